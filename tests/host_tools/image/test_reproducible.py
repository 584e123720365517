"""A clone of HEAD elsewhere gives the same bytes, or it is said which file differs, and where."""

import os
import subprocess

import pytest

from fakes.debian_archive import write
from host_tools.image import board, reproducible
from host_tools.image.errors import (
    IncompleteTreeError,
    NotCommittedError,
    NotReproducibleError,
    StepFailedError,
    ToolMissingError,
)

PICO = board.named("pico")


def git(places, *words: str) -> None:
    identity = ["-c", "user.name=maker", "-c", "user.email=maker@example.org"]
    subprocess.run(
        ["git", *identity, *words],  # noqa: S607
        cwd=places.root,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull},  # a developer's may sign, or run hooks
        check=True,
        capture_output=True,
    )


@pytest.fixture
def committed(workshop):
    """The workshop as a repository with nothing to commit."""
    git(workshop, "init", "--initial-branch=main")
    git(workshop, "add", ".")
    git(workshop, "commit", "--message", "all of it")
    return workshop


def test_a_clone_that_gives_the_same_bytes_gives_the_sums(committed):
    sums = reproducible.check(PICO, committed, clones=1)
    assert set(sums) == {"uf2", "elf", "map"}
    listed = next(committed.dist.glob("*.sha256")).read_text().splitlines()
    assert [line.split("  ")[0] for line in listed] == list(sums.values())
    assert not (committed.root / "build" / "reproducible").exists()


def test_another_board_is_compared_as_well(committed):
    reproducible.check(board.named("pico2"), committed, clones=1)
    assert next(committed.dist.glob("picodsc-pico2-*.uf2")).is_file()


@pytest.mark.parametrize(
    ("hook", "files"),
    [
        ("pwd >> firmware.bin", {"uf2"}),
        ("pwd >> firmware.elf", {"elf"}),
        ('mkdir "$PWD/once" 2>/dev/null; date +%N >> firmware.elf.map', {"map"}),
        ("head -c 9 /dev/urandom | tee -a firmware.elf >> firmware.bin", {"uf2", "elf"}),
    ],
    ids=["path in the image", "path in the program", "time", "chance"],
)
def test_what_differs_is_named_and_both_builds_are_kept(committed, tools, hook, files):
    tools.set_hook(hook)
    with pytest.raises(NotReproducibleError) as caught:
        reproducible.check(PICO, committed, clones=1)
    assert {line.strip().partition(":")[0] for line in caught.value.differences} == files
    assert "from byte" in str(caught.value)
    for suffix in files:
        one, other = (caught.value.kept / number / f"firmware.{suffix}" for number in ("1", "2"))
        assert one.read_bytes() != other.read_bytes()


def test_what_the_user_has_set_must_not_matter(committed, tools):
    """The clone is built with flags, a clock and a locale that the tree was not."""
    tools.set_hook(
        'echo "$CFLAGS $SOURCE_DATE_EPOCH $TZ $LC_ALL $MICROPYPATH" | sed "s/[^ ]*=[^ ]*//g" >> firmware.elf'
    )
    reproducible.check(PICO, committed, clones=1)


@pytest.mark.parametrize(
    "change",
    [
        lambda root: write(root / "firmware" / "dsc" / "new.py", b""),
        lambda root: (root / "LICENSE").unlink(),
        lambda root: write(root / "firmware" / "dsc" / "version.py", b'VERSION = "9"\n'),
    ],
    ids=["a new file", "a file less", "a changed file"],
)
def test_a_tree_that_is_not_its_head_is_refused_before_anything_is_built(committed, change):
    change(committed.root)
    with pytest.raises(NotCommittedError, match="--clones 2") as caught:
        reproducible.check(PICO, committed, clones=1)
    assert len(caught.value.files) == 1
    assert not committed.work.exists()


def test_two_clones_of_head_do_not_mind_what_is_not_committed(committed):
    write(committed.root / "firmware" / "dsc" / "new.py", b"")
    reproducible.check(PICO, committed, clones=2)
    assert not committed.dist.exists()


def test_two_clones_differ_by_the_length_of_their_paths(committed, tools):
    tools.set_hook("pwd | wc -c >> firmware.elf")
    with pytest.raises(NotReproducibleError):
        reproducible.check(PICO, committed, clones=2)


def test_a_clone_that_cannot_be_built_shows_why(committed, tools):
    tools.set_hook("case $PWD in */clone/*|*/another-clone/*) echo 'out of luck' >&2; exit 1;; esac")
    with pytest.raises(StepFailedError, match="out of luck"):
        reproducible.check(PICO, committed, clones=1)


def test_a_folder_that_is_no_repository_is_told(workshop):
    with pytest.raises(StepFailedError, match="not a git repository"):
        reproducible.check(PICO, workshop, clones=1)


def test_without_git_its_package_is_named(workshop, tools, monkeypatch):
    monkeypatch.setenv("PATH", str(tools.folder / "bin"))
    with pytest.raises(ToolMissingError, match="apt-get install git"):
        reproducible.check(PICO, workshop, clones=1)


def test_without_drivers_the_step_that_fetches_them_is_named(committed, tmp_path):
    committed.device_libraries.rename(tmp_path / "gone")
    with pytest.raises(IncompleteTreeError, match="make setup"):
        reproducible.check(PICO, committed, clones=2)
