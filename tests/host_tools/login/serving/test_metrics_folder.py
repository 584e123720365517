"""The folder of the metrics goes with its service, and what an unclean end has left behind with the next start."""

import os
import tempfile

import pytest

from host_tools.login.serving.metrics import PREFIX, MetricsFolder


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Where temporary folders are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left_behind(place, name="left"):
    folder = place / f"{PREFIX}{name}"
    folder.mkdir(mode=0o700)
    (folder / "counter_0.db").write_bytes(bytes(100))
    return folder


def test_it_goes_with_its_service(place):
    with MetricsFolder() as folder:
        assert folder.path.is_dir()
    assert list(place.iterdir()) == []


def test_what_was_left_behind_goes_with_the_next_start(place):
    left_behind(place)
    with MetricsFolder() as folder:
        assert list(place.iterdir()) == [folder.path]


def test_that_of_another_service_stays(place):
    with MetricsFolder() as first, MetricsFolder() as second:
        assert first.path.is_dir()
        assert second.path.is_dir()


def test_it_stays_as_long_as_a_worker_lives_though_the_parent_is_gone(place):
    told, ended = os.pipe(), os.pipe()
    parent = os.fork()
    if parent == 0:
        folder = MetricsFolder()
        if os.fork() == 0:
            os.close(ended[1])
            os.write(told[1], os.fsencode(folder.path.name))
            os.read(ended[0], 1)
        os._exit(0)
    os.waitpid(parent, 0)
    left = place / os.fsdecode(os.read(told[0], 100))
    with MetricsFolder():
        assert left.is_dir()
    os.close(ended[1])  # the worker ends
    for each in (told[0], told[1], ended[0]):
        os.close(each)
    while left.exists():
        with MetricsFolder():
            pass


def test_nothing_else_is_touched(place):
    kept = place / "kept"
    kept.mkdir()
    (kept / "file").write_text("of somebody")
    (place / f"{PREFIX}link").symlink_to(kept)
    (place / f"{PREFIX}file").write_text("no folder")
    (place / "picodsc-other").mkdir()
    with MetricsFolder():
        pass
    assert (kept / "file").read_text() == "of somebody"
    assert {one.name for one in place.iterdir()} == {
        "kept",
        f"{PREFIX}link",
        f"{PREFIX}file",
        "picodsc-other",
    }


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder another user's")
def test_another_user_s_stays(place):
    folder = left_behind(place)
    os.chown(folder, 65534, 65534)
    with MetricsFolder():
        assert folder.is_dir()
