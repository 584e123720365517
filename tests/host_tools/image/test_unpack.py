"""Only regular files that stay inside the folder come out of an archive."""

import subprocess

import pytest

from fakes.debian_archive import deb, tar, write
from host_tools.image import unpack
from host_tools.image.errors import ToolMissingError, UnpackError


def unpacked(folder) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("compression", ["xz", "bz2", "gz"])
def test_the_wanted_parts_come_out_without_the_archives_top_folder(tmp_path, compression):
    members = {
        "top-1.0/py/a.c": b"a",
        "top-1.0/python/b.c": b"b",
        "top-1.0/LICENSE": b"MIT",
        "top-1.0/x": b"x",
    }
    archive = write(tmp_path / "a.tar", tar(members, compression))
    unpack.tar(archive, tmp_path / "out", ("py", "LICENSE"))
    assert unpacked(tmp_path / "out") == {"py/a.c": b"a", "LICENSE": b"MIT"}


def test_programs_stay_programs_and_nothing_else_of_a_mode_is_taken(tmp_path):
    archive = write(tmp_path / "a.tar", tar({"top/tool": b"#!/bin/sh\n", "top/file": b""}))
    unpack.tar(archive, tmp_path / "out", ("tool", "file"))
    modes = {path.name: path.stat().st_mode & 0o7777 for path in (tmp_path / "out").iterdir()}
    assert modes == {"tool": 0o755, "file": 0o644}


@pytest.mark.parametrize("name", ["top/../../evil", "../top/evil", "/top/evil", "top/py/../../../evil"])
def test_a_member_that_would_lead_out_of_the_folder_is_refused(tmp_path, name):
    archive = write(tmp_path / "a.tar", tar({"top/py/a.c": b"a", name: b"evil"}))
    with pytest.raises(UnpackError, match="would lead out of the folder") as caught:
        unpack.tar(archive, tmp_path / "out", (".", "py"))
    assert caught.value.archive == archive
    assert not list(tmp_path.rglob("evil"))


def test_a_member_of_a_package_that_would_lead_out_of_the_folder_is_refused(tmp_path):
    package = write(tmp_path / "a_1_all.deb", deb({"./usr/src/a/../../../../evil": b"evil"}))
    with pytest.raises(UnpackError, match="would lead out of the folder"):
        unpack.deb(package, "usr/src/a", tmp_path / "out")
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("through", ["tar", "deb"])
def test_links_are_left_out_and_nothing_is_written_through_them(tmp_path, through):
    outside = tmp_path / "outside"
    outside.mkdir()
    if through == "tar":
        members = {"top/py/link": str(outside), "top/py/link/evil": b"evil", "top/py/file": b"f"}
        unpack.tar(write(tmp_path / "a.tar", tar(members)), tmp_path / "out", ("py",))
    else:
        members = {"./usr/src/a/py/link": str(outside), "./usr/src/a/py/link/evil": b"evil"}
        members |= {"./usr/src/a/py/file": b"f"}
        unpack.deb(write(tmp_path / "a_1_all.deb", deb(members)), "usr/src/a", tmp_path / "out")
    assert list(outside.iterdir()) == []
    assert unpacked(tmp_path / "out") == {"py/link/evil": b"evil", "py/file": b"f"}
    assert not [path for path in tmp_path.rglob("*") if path.is_symlink()]


def test_a_folder_of_a_package_comes_out_with_the_packages_copyright(tmp_path):
    members = {
        "./usr/src/pico-sdk/a/b.c": b"b",
        "./usr/src/other/c.c": b"c",
        "./usr/share/doc/pico-sdk-source/copyright": b"BSD",
    }
    unpack.deb(write(tmp_path / "p_1_all.deb", deb(members)), "usr/src/pico-sdk", tmp_path / "out")
    assert unpacked(tmp_path / "out") == {"a/b.c": b"b", "copyright": b"BSD"}


def test_a_real_package_is_unpacked_like_one_of_the_tests(tmp_path):
    """Made by Debian's own tool, so that the tests' way of making one is not all that is ever seen."""
    write(tmp_path / "tree" / "DEBIAN" / "control", b"Package: a\nVersion: 1\nArchitecture: all\n")
    control = (tmp_path / "tree" / "DEBIAN" / "control").read_text()
    (tmp_path / "tree" / "DEBIAN" / "control").write_text(control + "Maintainer: A <a@b>\nDescription: a\n")
    write(tmp_path / "tree" / "usr" / "src" / "a" / "file", b"content")
    package = tmp_path / "a_1_all.deb"
    subprocess.run(["dpkg-deb", "--build", tmp_path / "tree", package], check=True, capture_output=True)  # noqa: S607
    unpack.deb(package, "usr/src/a", tmp_path / "out")
    assert unpacked(tmp_path / "out") == {"file": b"content"}


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda _: b"", lambda _: b"\0" * 99])
def test_damaged_archives_are_refused(tmp_path, damage):
    members = {f"top/py/{number}.c": bytes(range(256)) * number for number in range(40)}
    archive = write(tmp_path / "a.tar.xz", damage(tar(members)))
    with pytest.raises(UnpackError):
        unpack.tar(archive, tmp_path / "out", ("py",))
    package = write(tmp_path / "a_1_all.deb", damage(deb({f"./usr/src/a/{n}": b"x" * n for n in range(9)})))
    with pytest.raises(UnpackError):
        unpack.deb(package, "usr/src/a", tmp_path / "out")


def test_an_archive_with_nothing_of_what_is_wanted_is_refused(tmp_path):
    with pytest.raises(UnpackError, match="nothing of what the build needs"):
        unpack.tar(write(tmp_path / "a.tar", tar({"top/doc/x": b""})), tmp_path / "out", ("py",))


def test_without_dpkg_its_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissingError, match="dpkg-deb not found: sudo apt-get install dpkg"):
        unpack.deb(write(tmp_path / "a_1_all.deb", b""), "usr/src/a", tmp_path / "out")
