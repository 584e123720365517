"""Facts of the image as it was built, read from its UF2, its program and the linker's map."""

import datetime as dt
import getpass
import hashlib
import re
import struct
from pathlib import Path

import pytest

from dsc.version import VERSION
from host_tools.emulator import uf2 as reader
from host_tools.image import pins
from host_tools.image.mark import Mark
from host_tools.image.places import ROOT, Places

FLASH, FLASH_BYTES = 0x1000_0000, 2 << 20  # the Pico's, by its data sheet
VAULT = 128 * 1024
# USB 2.0, section 9.6.5, and the class codes of usb.org.
INTERFACE, COMMUNICATION, DATA = 4, 0x02, 0x0A
# Paths that Debian's builders left in the compiler's own libraries: the same on all machines.
TOOLCHAINS_OWN = re.compile(rb"^/usr/|/newlib[/-]|/gcc-arm-none-eabi[/-]")


@pytest.fixture(scope="module")
def symbols(elf):
    """The program's symbols by name: address and size."""
    return {
        symbol.name: (symbol["st_value"], symbol["st_size"])
        for symbol in elf.get_section_by_name(".symtab").iter_symbols()
    }


@pytest.fixture
def content(elf, symbols):
    """The bytes of a symbol, from where the program is linked to."""

    def content(name: str) -> bytes:
        address, size = symbols[name]
        for segment in elf.iter_segments("PT_LOAD"):
            start = address - segment["p_vaddr"]
            if 0 <= start < segment["p_filesz"]:
                return segment.data()[start : start + size]
        raise AssertionError(f"{name} is not in the file")

    return content


@pytest.fixture(scope="module")
def files(image) -> dict[str, bytes]:
    return {suffix: image.with_suffix(f".{suffix}").read_bytes() for suffix in ("uf2", "elf", "map")}


@pytest.fixture(scope="module")
def flash(image) -> bytes:
    """What the UF2 puts into flash, from its start."""
    blocks = list(reader.read(image))
    assert [offset for offset, _ in blocks] == list(range(0, 256 * len(blocks), 256))
    return b"".join(payload for _, payload in blocks)


def test_the_vault_is_exactly_the_last_128_kib_of_flash(content):
    """As rp2.Flash() has it: type, start, length."""
    _, start, length = struct.unpack("<III", content("rp2_flash_obj"))
    assert (start, length) == (FLASH_BYTES - VAULT, VAULT)


def test_no_file_system_in_flash_lies_beside_the_vault(symbols):
    assert "rp2_flash_romfs_obj" not in symbols


def test_the_program_does_not_reach_into_the_vault(elf, symbols, flash):
    loaded = [segment for segment in elf.iter_segments("PT_LOAD") if segment["p_filesz"]]
    end = max(segment["p_paddr"] + segment["p_filesz"] for segment in loaded)
    assert end <= FLASH + FLASH_BYTES - VAULT
    assert symbols["__flash_binary_end"][0] <= FLASH + FLASH_BYTES - VAULT
    assert len(flash) <= FLASH_BYTES - VAULT


def test_the_uf2_is_the_program_and_nothing_else(elf, flash):
    expected = bytearray(len(flash))
    for segment in elf.iter_segments("PT_LOAD"):
        start = segment["p_paddr"] - FLASH
        expected[start : start + segment["p_filesz"]] = segment.data()
    assert flash == expected


def test_usb_is_one_serial_port_and_no_disk(content, symbols):
    configuration = content("mp_usbd_builtin_desc_cfg")
    classes = []
    while configuration:
        length, kind = configuration[:2]
        if kind == INTERFACE:
            classes.append(configuration[5])
        configuration = configuration[length:]
    assert classes == [COMMUNICATION, DATA]
    assert not [name for name in symbols if re.search(r"(^|_)mscd?_|tud_msc", name)]


def test_no_repl_is_on_a_uart(symbols):
    """The port's uart.c is compiled only for it."""
    assert not {"mp_uart_init", "mp_uart_write_strn", "mp_uart_deinit"} & set(symbols)


def test_the_image_says_its_version_and_its_build(image, flash):
    generated = (Places().work / "pico" / "generated" / "pico" / "build_info.py").read_text(encoding="utf-8")
    found = re.search(r'^BUILD = "([0-9a-f]{8})"$', generated, re.MULTILINE)
    assert found is not None
    assert found[1].encode() in flash
    assert VERSION.encode() in flash
    assert f"-{VERSION}." in image.name
    assert Mark.found(flash) == Mark("pico", VERSION, found[1])


def test_the_image_says_which_micropython_it_is(flash):
    version = pins.read(Places().pins).files["micropython"].version.partition("+")[0]
    assert f"v{version} on ".encode() in flash


@pytest.mark.parametrize("suffix", ["uf2", "elf", "map"])
def test_no_file_tells_where_it_was_built(files, suffix):
    for path in (ROOT, Path.home(), Places().work, Path("/tmp")):  # noqa: S108 - it is what is looked for
        assert f"{path}/".encode() not in files[suffix], path
    deep = set(re.findall(rb"(?<![\w.+/-])(?:/[\w.+-]+){3,}", files[suffix]))
    ours = (b"/picodsc/", b"/micropython/", b"/pico-sdk/", b"/build/")
    assert [path for path in deep if not path.startswith(ours) and not TOOLCHAINS_OWN.search(path)] == []


@pytest.mark.parametrize("suffix", ["uf2", "elf", "map"])
def test_no_file_tells_who_built_it(files, suffix):
    user = re.escape(getpass.getuser().encode())
    assert re.findall(rb"/" + user + rb"/|\b" + user + rb"@", files[suffix]) == []


@pytest.mark.parametrize("suffix", ["uf2", "elf", "map"])
def test_no_file_tells_when_it_was_built(files, suffix):
    """The only date is that of MicroPython's release, in its own form and in the compiler's."""
    dates = set(re.findall(rb"\b20\d\d-[01]\d-[0-3]\d\b", files[suffix]))
    assert dates <= {b"2025-04-15"}
    months = b"Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
    assert set(re.findall(rb"\b(?:" + months + rb") +\d{1,2} 20\d\d\b", files[suffix])) <= {b"Apr 15 2025"}
    today = dt.datetime.now(dt.UTC).date()
    for day in (today, today - dt.timedelta(days=1)):
        assert day.isoformat().encode() not in files[suffix]


@pytest.mark.parametrize("suffix", ["uf2", "elf", "map"])
def test_the_sums_beside_the_files_are_theirs(image, files, suffix):
    sums = dict(reversed(line.split("  ")) for line in image.with_suffix(".sha256").read_text().splitlines())
    assert sums[image.with_suffix(f".{suffix}").name] == hashlib.sha256(files[suffix]).hexdigest()
