"""A token's folder: what is taken for one, and how one comes to be."""

import errno
import json
import os
from pathlib import Path

import pytest

from host_tools.engines.unit import FLASH_SIZE
from host_tools.simulator.folder import TokenFolder, TokenFolderError, Workbench

GOOD = {"format": 1, "board": "simulated", "uid": "e6614103e7452d2f", "serial": "DS-0815"}


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "token"
    path.mkdir()
    (path / "token.json").write_text(json.dumps(GOOD))
    (path / "flash.bin").write_bytes(b"\xff" * FLASH_SIZE)
    return path


@pytest.fixture
def made(tmp_path):
    """Makes an empty token at a place."""

    def make(destination, serial="DS-1"):
        bench = Workbench(destination, serial)
        try:
            return bench.finish("simulated")
        finally:
            bench.discard()

    return make


def left_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_is_the_token_that_its_description_says(folder):
    token = TokenFolder.load(folder)
    assert (token.path, token.uid.hex(), token.serial) == (folder, GOOD["uid"], GOOD["serial"])
    assert token.unit().flash == folder / "flash.bin"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": 2}, "format 2 is newer"),
        ({"board": "esp32"}, "board esp32, not on simulated or pico"),
        ({"uid": "xyz"}, "can't be read"),
        ({"uid": 5}, "can't be read"),
        ({"uid": ""}, "uid is not 1 to 32 bytes"),
        ({"uid": "00" * 33}, "uid is not 1 to 32 bytes"),
        ({"uid": None}, "can't be read"),
    ],
)
def test_a_description_of_something_else_is_refused(folder, change, reason):
    (folder / "token.json").write_text(json.dumps({**GOOD, **change}))
    with pytest.raises(TokenFolderError, match=reason) as caught:
        TokenFolder.load(folder)
    assert caught.value.folder == folder


@pytest.mark.parametrize("field", list(GOOD))
def test_a_description_that_lacks_something_says_what(folder, field):
    (folder / "token.json").write_text(json.dumps({name: GOOD[name] for name in GOOD if name != field}))
    with pytest.raises(TokenFolderError, match=f"it has no '{field}'"):
        TokenFolder.load(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_description_is_refused(folder, content):
    (folder / "token.json").write_bytes(content)
    with pytest.raises(TokenFolderError, match=r"token\.json can't be read"):
        TokenFolder.load(folder)


def test_a_folder_without_a_description_is_no_token(tmp_path):
    with pytest.raises(TokenFolderError, match=r"is no token: there is no token\.json"):
        TokenFolder.load(tmp_path)


def test_a_place_that_is_not_there_is_no_token(tmp_path):
    with pytest.raises(TokenFolderError, match="is no token"):
        TokenFolder.load(tmp_path / "nowhere")


def test_a_file_is_no_token(folder):
    with pytest.raises(TokenFolderError):
        TokenFolder.load(folder / "token.json")


def test_a_token_without_its_flash_is_refused(folder):
    (folder / "flash.bin").unlink()
    with pytest.raises(TokenFolderError, match=r"flash\.bin is missing"):
        TokenFolder.load(folder)


@pytest.mark.parametrize("size", [0, FLASH_SIZE - 1, FLASH_SIZE + 1])
def test_a_flash_of_another_size_is_refused(folder, size):
    (folder / "flash.bin").write_bytes(bytes(size))
    with pytest.raises(TokenFolderError, match=f"has {size} bytes instead of 131072"):
        TokenFolder.load(folder)


def test_a_flash_that_may_not_be_written_is_refused(folder, monkeypatch):
    (folder / "flash.bin").chmod(0o400)
    if os.geteuid() == 0:  # whom no mode keeps out
        monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    with pytest.raises(TokenFolderError, match="can't be read and written by you"):
        TokenFolder.load(folder)


def test_a_new_token_is_found_again(tmp_path, made):
    token = made(tmp_path / "token")
    assert TokenFolder.load(tmp_path / "token") == token
    assert left_in(tmp_path) == ["token"]
    assert token.flash.read_bytes() == b"\xff" * FLASH_SIZE
    assert token.flash.stat().st_mode & 0o777 == 0o600


def test_no_two_units_have_the_same_id(tmp_path, made):
    assert made(tmp_path / "one").uid != made(tmp_path / "two").uid


def test_folders_on_the_way_are_made(tmp_path, made):
    made(tmp_path / "a" / "b" / "token")
    assert left_in(tmp_path / "a" / "b") == ["token"]


def test_an_empty_folder_is_filled(tmp_path, made):
    (tmp_path / "token").mkdir()
    made(tmp_path / "token")
    assert left_in(tmp_path / "token") == ["flash.bin", "token.json"]
    assert left_in(tmp_path) == ["token"]


def test_the_working_folder_is_filled(tmp_path, made, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    made(type(tmp_path)("."))
    assert left_in(tmp_path / "here") == ["flash.bin", "token.json"]


def test_a_link_to_an_empty_folder_is_filled_and_stays(tmp_path, made):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    made(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert left_in(tmp_path / "real") == ["flash.bin", "token.json"]


def test_a_folder_with_something_in_it_is_left_alone(tmp_path, made):
    (tmp_path / "token").mkdir()
    (tmp_path / "token" / "mine").write_text("")
    with pytest.raises(TokenFolderError, match="exists already and is not empty"):
        made(tmp_path / "token")
    assert left_in(tmp_path / "token") == ["mine"]
    assert left_in(tmp_path) == ["token"]


def test_a_folder_that_fills_meanwhile_is_left_alone(tmp_path):
    bench = Workbench(tmp_path / "token", "DS-1")
    (tmp_path / "token").mkdir()
    (tmp_path / "token" / "mine").write_text("")
    with pytest.raises(TokenFolderError, match="exists already and is not empty"):
        bench.finish("simulated")
    bench.discard()
    assert left_in(tmp_path / "token") == ["mine"]
    assert left_in(tmp_path) == ["token"]


@pytest.mark.parametrize("place", ["file", "file/token"])
def test_a_file_is_never_replaced(tmp_path, made, place):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(TokenFolderError):
        made(tmp_path / place)
    assert (tmp_path / "file").read_text() == "mine"
    assert left_in(tmp_path) == ["file"]


@pytest.fixture(params=["new", "empty"])
def destination(request, tmp_path):
    """A place for a token: one to be made, or an empty folder."""
    if request.param == "empty":
        (tmp_path / "token").mkdir()
    return tmp_path / "token"


def test_a_finished_unit_is_undone(destination, tmp_path):
    bench = Workbench(destination, "DS-1")
    bench.finish("simulated")
    bench.undo()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_after_it_was_discarded_a_finished_unit_stays(destination):
    bench = Workbench(destination, "DS-1")
    token = bench.finish("simulated")
    bench.discard()
    bench.undo()
    assert TokenFolder.load(destination) == token


@pytest.mark.parametrize("name", ["flash.bin", "token.json"])
def test_a_unit_that_was_moved_in_part_is_undone(tmp_path, monkeypatch, name):
    (tmp_path / "token").mkdir()
    bench = Workbench(tmp_path / "token", "DS-1")
    move = Path.rename

    def rename(source, target):
        if source.name == name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return move(source, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(TokenFolderError, match="can't be made: No space left"):
        bench.finish("simulated")
    bench.undo()
    assert left_in(tmp_path) == ["token"]
    assert left_in(tmp_path / "token") == []


def test_to_undo_leaves_alone_what_others_have_put_there(tmp_path):
    bench = Workbench(tmp_path / "token", "DS-1")
    bench.finish("simulated")
    (tmp_path / "token" / "mine").write_text("")
    with pytest.raises(OSError, match="not empty"):
        bench.undo()
    assert left_in(tmp_path / "token") == ["mine"]


@pytest.mark.parametrize("name", ["flash.bin", "token.json"])
def test_to_undo_leaves_alone_a_token_that_was_faster(tmp_path, name):
    bench = Workbench(tmp_path / "token", "DS-1")
    (tmp_path / "token").mkdir()
    (tmp_path / "token" / name).write_text("")
    with pytest.raises(TokenFolderError):
        bench.finish("simulated")
    bench.undo()
    assert left_in(tmp_path / "token") == [name]


def test_a_discarded_unit_leaves_nothing(tmp_path):
    Workbench(tmp_path / "token", "DS-1").discard()
    assert left_in(tmp_path) == []
