"""What is frozen is the token's firmware, its unmodified drivers and one module of the port, and nothing else."""

import base64
import csv
import hashlib
import re

import pytest

from fakes.debian_archive import write
from host_tools.image import frozen
from host_tools.image.errors import ManifestError
from host_tools.image.mark import Mark
from host_tools.image.places import Places

PLACES = Places()
DRIVERS = PLACES.device_libraries
# What is not by us, under its name in the image.
FOREIGN = {
    "rp2.py",
    "adafruit_matrixkeypad.py",
    "adafruit_ssd1306.py",
    "adafruit_bus_device/__init__.py",
    "adafruit_bus_device/i2c_device.py",
    "adafruit_bus_device/spi_device.py",
}


@pytest.fixture
def evaluate(micropython_sources, tmp_path):
    """What a board's manifest freezes; the generated module is there, and empty."""

    def evaluate(board: str) -> list[frozen.FrozenFile]:
        write(tmp_path / "generated" / frozen.BUILD_INFO, b"")
        return frozen.evaluate(PLACES.board(board), micropython_sources, tmp_path / "generated")

    return evaluate


@pytest.fixture
def manifest(micropython_sources, tmp_path):
    """Evaluates a manifest of these words, beside modules a.py and b.py."""

    def evaluate(text: str) -> list[frozen.FrozenFile]:
        for name in ("a.py", "b.py", "sub/a.py"):
            write(tmp_path / "board" / name, name.encode())
        write(tmp_path / "board" / "manifest.py", text.encode())
        return frozen.evaluate(tmp_path / "board", micropython_sources, tmp_path)

    return evaluate


def ours() -> set[str]:
    firmware = PLACES.root / "firmware"
    return (
        {"_boot.py", frozen.BUILD_INFO}
        | {path.relative_to(firmware).as_posix() for path in (firmware / "dsc").rglob("*.py")}
        | {
            path.relative_to(firmware / "adapters").as_posix()
            for path in (firmware / "adapters").rglob("*.py")
        }
        | {f"pico/{path.name}" for path in PLACES.board("pico").glob("*.py") if path.name != "manifest.py"}
    )


def test_exactly_the_firmware_and_its_drivers_are_frozen(evaluate):
    names = [file.name for file in evaluate("pico")]
    assert set(names) == ours() | FOREIGN
    assert len(names) == len(set(names))


def test_the_pico_2_has_what_the_pico_has_in_the_same_order(evaluate):
    assert evaluate("pico2") == evaluate("pico")


def test_the_boot_module_is_ours_and_not_the_ports(evaluate, micropython_sources):
    (boot,) = [file for file in evaluate("pico") if file.name == "_boot.py"]
    assert boot.path.resolve() == PLACES.root / "firmware" / "_boot.py"
    assert boot.path.read_bytes() != (micropython_sources / "ports/rp2/modules/_boot.py").read_bytes()


def test_no_module_runs_by_its_name_but_the_boot_module(evaluate):
    names = {file.name for file in evaluate("pico")}
    assert not names & {"boot.py", "main.py", "_boot_fat.py", "manifest.py", "sitecustomize.py"}


def test_the_ports_module_is_the_one_of_the_pinned_sources(evaluate, micropython_sources):
    (rp2,) = [file for file in evaluate("pico") if file.name == "rp2.py"]
    assert rp2.path.read_bytes() == (micropython_sources / "ports/rp2/modules/rp2.py").read_bytes()


def test_the_drivers_are_byte_for_byte_those_of_the_pinned_distributions(evaluate):
    """pip checked the wheels against requirements/device.txt; each wheel says what its files are."""
    recorded = {}
    for record in DRIVERS.glob("*.dist-info/RECORD"):
        with record.open(encoding="utf-8", newline="") as rows:
            recorded |= {name: digest for name, digest, _ in csv.reader(rows)}
    for file in evaluate("pico"):
        if file.path.is_relative_to(DRIVERS):
            digest = base64.urlsafe_b64encode(hashlib.sha256(file.path.read_bytes()).digest()).decode()
            assert recorded[file.name] == f"sha256={digest.rstrip('=')}", file.name


def test_the_drivers_are_of_the_versions_that_are_pinned():
    text = (PLACES.root / "requirements" / "device.txt").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([a-z0-9-]+)==([^ \\\n]+)", text, re.MULTILINE))
    installed = dict(
        folder.name.removesuffix(".dist-info").replace("_", "-").rsplit("-", 1)
        for folder in DRIVERS.glob("*.dist-info")
    )
    assert installed == pinned


def test_the_order_depends_on_names_and_on_nothing_of_the_machine(evaluate):
    names = [file.name for file in evaluate("pico")]
    dsc = [name for name in names if name.startswith("dsc/")]
    assert dsc == sorted(dsc)
    assert names == [file.name for file in evaluate("pico")]


def test_the_image_has_the_modules_that_the_manifest_names(evaluate, elf):
    """As the program itself lists them."""
    symbol = elf.get_section_by_name(".symtab").get_symbol_by_name("mp_frozen_names")[0]
    text = elf.get_section(symbol["st_shndx"])
    start = symbol["st_value"] - text["sh_addr"]
    names = text.data()[start : start + symbol["st_size"]].rstrip(b"\0").split(b"\0")
    assert [name.decode() for name in names] == [file.name for file in evaluate("pico")]


def test_two_files_under_one_name_are_refused(manifest):
    with pytest.raises(ManifestError, match=r"freezes a\.py twice"):
        manifest('freeze("$(BOARD_DIR)", "a.py")\nfreeze("$(BOARD_DIR)/sub", "a.py")\n')


def test_the_order_is_the_manifests(manifest):
    names = [file.name for file in manifest('freeze("$(BOARD_DIR)", ("b.py", "a.py"))\n')]
    assert names == ["b.py", "a.py"]


@pytest.mark.parametrize(
    "text",
    [
        'freeze("$(BOARD_DIR)", "nothing.py")\n',
        'freeze("$(NO_SUCH_DIR)", "a.py")\n',
        'require("logging")\n',
        "freeze(\n",
        'thaw("a.py")\n',
        "1 / 0\n",
    ],
)
def test_a_manifest_that_is_wrong_is_refused_with_its_name(manifest, text, tmp_path):
    with pytest.raises(ManifestError) as caught:
        manifest(text)
    assert caught.value.path == tmp_path / "board" / "manifest.py"


def test_what_the_image_says_of_itself_is_a_module_of_its_own():
    mark = Mark("pico", "0.1.0", "0123abcd")
    text = frozen.build_info(mark)
    values: dict[str, str] = {}
    exec(text, values)  # noqa: S102 - it is the module that the test is about
    assert (values["BOARD"], values["BUILD"]) == ("pico", "0123abcd")
    assert Mark.found(values["MARK"].encode() + b"\0") == mark
