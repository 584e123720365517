"""The UF2 that is written is what the format says, by readers that are not ours."""

import subprocess
import sys

import pytest

from host_tools.emulator import uf2 as reader
from host_tools.image import uf2
from host_tools.image.errors import Uf2Error

FLASH = 0x1000_0000


@pytest.mark.parametrize("length", [1, 255, 256, 257, 512, 5000])
def test_the_emulators_reader_gets_back_what_was_written(tmp_path, length):
    data = bytes(number * 7 % 251 for number in range(length))
    path = tmp_path / "x.uf2"
    path.write_bytes(uf2.encode(data, FLASH, uf2.RP2040))
    blocks = list(reader.read(path))
    assert [offset for offset, _ in blocks] == list(range(0, length, 256))
    assert b"".join(payload for _, payload in blocks) == data.ljust(-(-length // 256) * 256, b"\0")


def test_a_block_is_frozen_byte_by_byte():
    assert uf2.encode(b"\xaa", FLASH + 0x100, uf2.RP2040) == bytes.fromhex(
        "5546320a 57515d9e 00200000 00010010 00010000 00000000 01000000 56ff8be4 aa"
    ) + bytes(475) + bytes.fromhex("306fb10a")


@pytest.mark.parametrize("length", [8, 256, 70_000])
@pytest.mark.parametrize("family", [uf2.RP2040, uf2.RP2350_ARM])
def test_micropythons_own_tool_writes_the_same_bytes(micropython_sources, tmp_path, length, family):
    (tmp_path / "x.bin").write_bytes(bytes(number * 7 % 251 for number in range(length)))
    tool = micropython_sources / "tools" / "uf2conv.py"
    words = ["-f", hex(family), "-b", hex(FLASH), "-c", "-o", tmp_path / "x.uf2", tmp_path / "x.bin"]
    subprocess.run([sys.executable, tool, *words], check=True, capture_output=True)
    assert uf2.encode((tmp_path / "x.bin").read_bytes(), FLASH, family) == (tmp_path / "x.uf2").read_bytes()


@pytest.mark.parametrize(("data", "address"), [(b"", FLASH), (b"x", FLASH + 1), (b"x", FLASH + 128)])
def test_no_data_and_no_page_are_refused(data, address):
    with pytest.raises(Uf2Error, match="need data, and the start of a page"):
        uf2.encode(data, address, uf2.RP2040)
