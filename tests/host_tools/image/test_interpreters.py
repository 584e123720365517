"""MicroPython's Unix port and the stock image are built when their sources changed, and else taken as they are."""

import pytest

from fakes.debian_archive import write
from host_tools.image import stock, unix
from host_tools.image.errors import StepFailedError

PORT = """
for word in "$@"; do case $word in BUILD=*) folder=${word#BUILD=};; esac; done
mkdir -p "$folder" && : > "$folder/mpy-cross" && echo "built" > "$folder/micropython"
echo "$*" >> "$0.calls"
"""


@pytest.fixture
def make(tools):
    """A make that builds the port too; its calls by their words."""
    path = write(tools.folder / "bin" / "make", f"#!/bin/sh\n{PORT}".encode())
    calls = tools.folder / "bin" / "make.calls"
    return path, lambda: calls.read_text().splitlines() if calls.exists() else []


def test_the_unix_port_is_built_once(workshop, make):
    assert unix.micropython(workshop).read_text() == "built\n"
    cross, port = make[1]()
    assert "mpy-cross" in cross
    assert "FROZEN_MANIFEST= " in f"{port} "
    unix.micropython(workshop)
    assert len(make[1]()) == 2


@pytest.mark.parametrize("name", ["py/runtime.c", "ports/unix/main.c", "mpy-cross/main.c"])
def test_the_unix_port_is_built_again_from_other_sources(workshop, make, name, tmp_path):
    unix.micropython(workshop)
    write(tmp_path / "micropython" / name, b"changed")
    unix.micropython(workshop)
    assert len(make[1]()) == 4


def test_a_port_that_does_not_build_leaves_the_one_that_is_there(workshop, make, tmp_path):
    unix.micropython(workshop)
    write(tmp_path / "micropython" / "py" / "runtime.c", b"changed")
    write(make[0], b"#!/bin/sh\nexit 1\n")
    with pytest.raises(StepFailedError):
        unix.micropython(workshop)
    assert workshop.micropython.read_text() == "built\n"


@pytest.fixture
def stock_tools(tools):
    """A ninja that counts, and says which sources it has."""
    script = 'cd "$2" && echo image > firmware.bin && echo x >> "$0.calls"\n'
    write(tools.folder / "bin" / "ninja", f"#!/bin/sh\n{script}".encode())
    calls = tools.folder / "bin" / "ninja.calls"
    return lambda: len(calls.read_text().splitlines())


def test_the_stock_image_is_built_once(workshop, stock_tools):
    first = stock.image(workshop).read_bytes()
    assert first[32:38] == b"image\n"
    assert stock.image(workshop).read_bytes() == first
    assert stock_tools() == 1


def test_the_stock_image_is_built_anew_from_other_sources(workshop, stock_tools, tmp_path):
    """cmake would refuse the folder that it had begun for the sources of before."""
    stock.image(workshop)
    folder = workshop.root / "build" / "stock"
    write(folder / "cmake" / "CMakeCache.txt", b"of before")
    write(tmp_path / "micropython" / "py" / "runtime.c", b"changed")
    stock.image(workshop)
    assert stock_tools() == 2
    assert not (folder / "cmake" / "CMakeCache.txt").exists()


def test_the_stock_image_that_was_removed_is_built_again(workshop, stock_tools):
    stock.image(workshop).unlink()
    assert stock.image(workshop).is_file()
    assert stock_tools() == 2
