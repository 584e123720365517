"""What was compiled is kept only as long as it fits, and nothing of a build that was killed."""

import subprocess
import sys

import pytest

from host_tools.image import workfolder
from host_tools.image.errors import PlaceError, StepFailedError

KILLED = """
import os, sys
from pathlib import Path
from host_tools.image import workfolder
with workfolder.prepared(Path(sys.argv[1]), ["settings"], sys.argv[2:]):
    (Path(sys.argv[1]) / "half.o").write_bytes(b"half of it")
    (Path(sys.argv[1]) / "modules").mkdir()
    (Path(sys.argv[1]) / "modules" / "half.mpy").write_bytes(b"half of it")
    os.kill(os.getpid(), 9)
"""


@pytest.fixture
def folder(tmp_path):
    """A folder with one thing compiled in it."""
    folder = tmp_path / "work" / "pico"
    with workfolder.prepared(folder, ["settings", "compiler"]):
        (folder / "a.o").touch()
    return folder


def test_the_same_settings_keep_what_was_compiled(folder):
    with workfolder.prepared(folder, ["settings", "compiler"]):
        assert (folder / "a.o").exists()


@pytest.mark.parametrize(
    "facts", [("other", "compiler"), ("settings",), ("settings", "compiler", "more"), ()]
)
def test_other_settings_keep_nothing(folder, facts):
    with workfolder.prepared(folder, facts):
        assert not (folder / "a.o").exists()


def test_a_folder_that_was_moved_keeps_nothing(folder, tmp_path):
    """cmake writes down where it was, and refuses to work elsewhere."""
    moved = folder.rename(tmp_path / "moved")
    with workfolder.prepared(moved, ["settings", "compiler"]):
        assert not (moved / "a.o").exists()


def test_a_folder_without_its_settings_keeps_nothing(folder):
    (folder / "settings").unlink()
    with workfolder.prepared(folder, ["settings", "compiler"]):
        assert not (folder / "a.o").exists()


@pytest.mark.parametrize("end", [StepFailedError("x", None, ""), KeyboardInterrupt()])
def test_a_build_that_fails_or_is_interrupted_keeps_what_it_has_done(folder, end):
    with pytest.raises(type(end)), workfolder.prepared(folder, ["settings", "compiler"]):
        raise end
    with workfolder.prepared(folder, ["settings", "compiler"]):
        assert (folder / "a.o").exists()


@pytest.mark.parametrize(
    ("by_age", "left"),
    [
        (["."], set()),
        (["modules"], {"half.o"}),
        (["half.o", "never made"], {"modules"}),
    ],
)
def test_of_a_build_that_was_killed_nothing_is_left_that_goes_by_its_age(tmp_path, by_age, left):
    folder = tmp_path / "pico"
    done = subprocess.run([sys.executable, "-c", KILLED, folder, *by_age], check=False)
    assert done.returncode == -9
    assert {"half.o", "modules"} <= {path.name for path in folder.iterdir()}
    with workfolder.prepared(folder, ["settings"], by_age):
        assert {path.name for path in folder.iterdir()} == {"settings", "under-way"} | left


@pytest.mark.parametrize("name", ["My Projects", "50%", "a:b", "it's", "$HOME", "a=b", "a#b", "(1)"])
def test_a_path_that_make_cannot_take_is_refused_before_anything_is_done(tmp_path, name):
    with (
        pytest.raises(PlaceError, match="take no path with") as caught,
        workfolder.prepared(tmp_path / name / "pico", []),
    ):
        pass
    assert caught.value.folder == tmp_path / name / "pico"
    assert not (tmp_path / name).exists()
