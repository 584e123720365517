"""The first difference of two builds is found, and said in the terms of the file that has it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.image import difference, uf2


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_the_first_difference_is_the_first(one, other):
    plain = next((n for n in range(max(len(one), len(other))) if one[n : n + 1] != other[n : n + 1]), None)
    assert difference.first(one, other) == plain


@pytest.mark.parametrize("suffix", ["uf2", "elf", "map"])
def test_files_that_are_the_same_have_no_difference(suffix):
    assert difference.describe(suffix, b"x", b"x") is None


def test_a_uf2_is_told_by_the_place_in_flash():
    data = bytes(1000)
    one, other = (
        uf2.encode(content, 0x1000_0000, uf2.RP2040) for content in (data, data[:600] + b"\1" + data[601:])
    )
    assert difference.describe("uf2", one, other) == "  uf2: from byte 1,144, the block for 0x10000200"


def test_a_map_is_told_by_its_line_and_by_both_lengths():
    assert (
        difference.describe("map", b"a\nb\nc\n", b"a\nb\nd")
        == "  map: from byte 4, line 3; 6 and 5 bytes long"
    )


def test_a_program_is_told_by_the_sections_that_differ(elf_bytes):
    text = elf_bytes.index(b"program text")
    other = elf_bytes[: text + 3] + b"X" + elf_bytes[text + 4 :]
    assert difference.describe("elf", elf_bytes, other) == f"  elf: from byte {text + 3}, in .text at 0x3"


def test_a_program_that_is_damaged_is_told_by_the_byte(elf_bytes):
    assert difference.describe("elf", elf_bytes, b"no elf") == (
        f"  elf: from byte 0; {len(elf_bytes)} and 6 bytes long"
    )
