"""An image is handed out with the licence of everything that is in it, or not at all."""

import pytest

from fakes.debian_archive import write
from host_tools.image import licences
from host_tools.image.errors import IncompleteTreeError
from host_tools.image.places import Places
from host_tools.image.tree import Tree


@pytest.fixture
def places(tmp_path):
    """A tree with a licence, and one driver with its own."""
    write(tmp_path / "root" / "LICENSE", b"MIT, ours")
    libraries = tmp_path / "root" / "build" / "device-libs"
    write(
        libraries / "adafruit_circuitpython_ssd1306-2.12.24.dist-info" / "licenses" / "LICENSE",
        b"MIT, theirs",
    )
    return Places(tmp_path / "root")


@pytest.fixture
def sources(tmp_path):
    for name in ("LICENSE", "lib/pico-sdk/copyright", "lib/tinyusb/LICENSE", "lib/mbedtls/LICENSE"):
        write(tmp_path / "sources" / name, name.encode())
    return Tree(tmp_path / "sources", tmp_path / "sources" / "lib" / "pico-sdk", "")


@pytest.fixture
def compiler(tmp_path):
    write(tmp_path / "usr" / licences.NEWLIB_NAMES[0], b"newlib's")
    return write(tmp_path / "usr" / "bin" / "arm-none-eabi-gcc", b"")


@pytest.fixture
def target(tmp_path):
    return tmp_path / "licences"


def test_each_component_has_one_file(sources, places, target, compiler):
    names = licences.collect(sources, places, target, compiler)
    assert names == sorted(names)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        "picodsc.txt": b"MIT, ours",
        "micropython.txt": b"LICENSE",
        "pico-sdk.txt": b"lib/pico-sdk/copyright",
        "tinyusb.txt": b"lib/tinyusb/LICENSE",
        "mbedtls.txt": b"lib/mbedtls/LICENSE",
        "newlib.txt": b"newlib's",
        "adafruit-circuitpython-ssd1306.txt": b"MIT, theirs",
    }


def test_what_an_earlier_image_had_is_taken_away(sources, places, target, compiler):
    write(target / "left-pad.txt", b"")
    licences.collect(sources, places, target, compiler)
    assert not (target / "left-pad.txt").exists()


@pytest.mark.parametrize(
    "missing",
    [
        "root/LICENSE",
        "sources/LICENSE",
        "sources/lib/pico-sdk/copyright",
        "sources/lib/tinyusb/LICENSE",
        "sources/lib/mbedtls/LICENSE",
        f"usr/{licences.NEWLIB_NAMES[0]}",
        "root/build/device-libs/adafruit_circuitpython_ssd1306-2.12.24.dist-info/licenses/LICENSE",
    ],
)
def test_a_component_without_its_licence_is_refused_and_nothing_is_written(
    sources, places, target, compiler, missing, tmp_path
):
    (tmp_path / missing).unlink()
    with pytest.raises(IncompleteTreeError) as caught:
        licences.collect(sources, places, target, compiler)
    assert str(caught.value.tree) in str(tmp_path / missing)
    assert not target.exists()


def test_without_drivers_the_step_that_fetches_them_is_named(sources, target, compiler, tmp_path):
    write(tmp_path / "bare" / "LICENSE", b"")
    with pytest.raises(IncompleteTreeError, match="make setup"):
        licences.collect(sources, Places(tmp_path / "bare"), target, compiler)


def test_the_real_image_comes_with_the_licences_of_all_that_is_linked_or_frozen(image):
    found = {path.stem: path.read_text(encoding="utf-8") for path in (image.parent / "licences").iterdir()}
    assert set(found) == {
        *("picodsc", "micropython", "pico-sdk", "tinyusb", "mbedtls", "newlib"),
        *(f"adafruit-circuitpython-{name}" for name in ("busdevice", "matrixkeypad", "ssd1306")),
    }
    assert "Damien P. George" in found["micropython"]
    assert "Raspberry Pi" in found["pico-sdk"]
    assert "Ha Thach" in found["tinyusb"]
    assert "Apache License" in found["mbedtls"]
    assert "Red Hat" in found["newlib"]
