"""A file that the service goes by is read only if nobody else can change it, or put another one in its place."""

import os
from pathlib import Path

import pytest

from host_tools.login.serving.errors import WritableFileError
from host_tools.login.serving.trusted_files import read_trusted

takes_root = pytest.mark.skipif(os.geteuid() != 0, reason="takes root, to make a file another user's")
OTHER_USER = 1234


@pytest.fixture
def above(tmp_path):
    """A folder that holds the file's folder."""
    above = tmp_path / "above"
    above.mkdir()
    return above


@pytest.fixture
def file(above):
    (above / "folder").mkdir()
    file = above / "folder" / "own.toml"
    file.write_text("own")
    return file


def refused(path):
    """What is at fault, and whose it is if it is another user's."""
    with pytest.raises(WritableFileError) as error:
        read_trusted(path)
    assert error.value.file == path
    assert str(error.value.place) in str(error.value)
    return error.value.place, error.value.owner


@pytest.mark.parametrize(
    ("file_mode", "folder_mode", "is_taken"),
    [
        (0o644, 0o755, True),
        (0o600, 0o1777, True),  # as /tmp: nobody removes another's file
        (0o666, 0o755, False),
        (0o620, 0o755, False),
        (0o1666, 0o755, False),
        (0o644, 0o777, False),
        (0o644, 0o775, False),
    ],
)
def test_neither_file_nor_folder_is_writable_for_others(file, file_mode, folder_mode, is_taken):
    file.chmod(file_mode)
    file.parent.chmod(folder_mode)
    if is_taken:
        assert read_trusted(file) == b"own"
    else:
        assert refused(file) == (file if file_mode & 0o022 else file.parent, None)


@pytest.mark.parametrize(
    ("mode", "is_taken"), [(0o755, True), (0o1777, True), (0o777, False), (0o775, False)]
)
def test_nor_is_any_folder_above(file, above, mode, is_taken):
    above.chmod(mode)
    if is_taken:
        assert read_trusted(file) == b"own"
    else:
        assert refused(file) == (above, None)


def test_a_link_is_taken_if_all_is_well_where_it_leads_to(file, tmp_path):
    (tmp_path / "relative").symlink_to("above/folder/../folder/own.toml")
    (tmp_path / "absolute").symlink_to(file.parent)
    assert read_trusted(tmp_path / "relative") == b"own"
    assert read_trusted(tmp_path / "absolute" / "own.toml") == b"own"


@pytest.mark.parametrize("name", ["own.toml", "folder"])
def test_a_link_is_judged_by_where_it_leads_to(file, above, tmp_path, name):
    above.chmod(0o777)
    link = tmp_path / name
    link.symlink_to(file if name == "own.toml" else file.parent)
    assert refused(link if name == "own.toml" else link / "own.toml") == (above, None)


def test_a_link_is_judged_by_the_folders_of_the_links_on_the_way(file, tmp_path):
    between = tmp_path / "between"
    between.mkdir()
    (between / "link").symlink_to(file)
    (tmp_path / "first").symlink_to(between / "link")
    assert read_trusted(tmp_path / "first") == b"own"
    between.chmod(0o777)
    assert refused(tmp_path / "first") == (between, None)


@takes_root
@pytest.mark.parametrize("whose", ["file", "folder", "above"])
def test_nothing_on_the_way_is_another_user_s(file, above, whose):
    place = {"file": file, "folder": file.parent, "above": above}[whose]
    os.chown(place, OTHER_USER, -1)
    assert refused(file) == (place, OTHER_USER)


@takes_root
@pytest.mark.parametrize("mode", [0o755, 0o1777])
def test_a_link_that_is_another_user_s_is_refused(file, tmp_path, mode):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc").chmod(mode)
    link = tmp_path / "etc" / "own.toml"
    link.symlink_to(file)
    os.lchown(link, OTHER_USER, -1)
    assert refused(link) == (link, OTHER_USER)


@takes_root
def test_a_folder_like_tmp_that_is_another_user_s_is_refused(file):
    file.parent.chmod(0o1777)
    os.chown(file.parent, OTHER_USER, -1)
    assert refused(file) == (file.parent, OTHER_USER)


def test_a_pipe_of_the_shell_has_no_folder():
    reader, writer = os.pipe()
    try:
        os.write(writer, b"own")
        os.close(writer)
        assert read_trusted(Path(f"/dev/fd/{reader}")) == b"own"  # as <(...) names it
    finally:
        os.close(reader)


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_trusted(tmp_path / "none.toml")
