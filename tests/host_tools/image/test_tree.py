"""The tree that is compiled is made of the pinned files, or is a checkout that has everything, and says which."""

import shutil
from dataclasses import replace

import pytest

from fakes.debian_archive import write
from host_tools.image import tree
from host_tools.image.errors import IncompleteTreeError, UnpackError, WrongSourceError


@pytest.fixture
def get(archive, tmp_path):
    """Gives each pinned file, and counts; as the cache would."""

    def get(pin):
        get.count += 1
        return write(tmp_path / "cache" / pin.name, archive.files[pin.file])

    get.count = 0
    return get


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "sources"


@pytest.fixture
def checkout(tmp_path):
    """The files of a checkout with submodules, as far as they are asked for."""
    for name in (*tree.IMAGE_NEEDS, f"{tree.SDK}/pico_sdk_init.cmake", "py/runtime.c", "mpy-cross/main.c"):
        write(tmp_path / "checkout" / name, name.encode())
    return tmp_path / "checkout"


def relative_files(folder) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def test_four_files_become_one_tree_with_the_submodules_in_their_places(pins, get, folder):
    made = tree.of_pins(pins, folder, get)
    assert relative_files(made.micropython) == {
        "LICENSE",
        "py/runtime.c",
        "ports/rp2/CMakeLists.txt",
        "tools/makemanifest.py",
        "lib/mbedtls/LICENSE",
        "lib/mbedtls/library/sha256.c",
        "lib/pico-sdk/pico_sdk_init.cmake",
        "lib/pico-sdk/copyright",
        "lib/tinyusb/src/tusb.c",
        "lib/tinyusb/copyright",
        "lib/micropython-lib/README.md",
    }
    assert made.sdk == made.micropython / "lib/pico-sdk"
    assert all(f"{name}={pin.sha256}" in made.identity for name, pin in pins.files.items())


def test_a_tree_is_put_together_once(pins, get, folder):
    first = tree.of_pins(pins, folder, get)
    assert tree.of_pins(pins, folder, get) == first
    assert get.count == 4


@pytest.mark.parametrize(
    "meddle",
    [
        lambda top: (top / "py" / "runtime.c").write_bytes(b"int backdoor;\n"),
        lambda top: (top / "py" / "more.c").write_bytes(b""),
        lambda top: (top / "py" / "runtime.c").unlink(),
        lambda top: (top / "py" / "runtime.c").rename(top / "py" / "other.c"),
        lambda top: shutil.rmtree(top),
        lambda top: top.with_suffix(".content").unlink(),
    ],
    ids=["changed", "added", "removed", "renamed", "all removed", "no record"],
)
def test_a_tree_that_was_changed_by_hand_is_made_anew(pins, get, folder, meddle):
    first = tree.of_pins(pins, folder, get)
    before = tree.content_hash(first.micropython)
    meddle(first.micropython)
    assert tree.of_pins(pins, folder, get) == first
    assert tree.content_hash(first.micropython) == before


def test_other_pins_make_another_tree_in_place_of_the_first(pins, get, folder):
    first = tree.of_pins(pins, folder, get)
    (folder / ".DS_Store").write_bytes(b"the desktop was here")
    other = replace(pins, files={**pins.files, "mbedtls": replace(pins.files["mbedtls"], sha256="00" * 32)})
    second = tree.of_pins(other, folder, get)
    assert first.identity != second.identity
    assert {path.name for path in folder.iterdir()} == {
        second.micropython.name,
        f"{second.micropython.name}.content",
    }


def test_a_damaged_file_leaves_no_tree(pins, get, folder, archive):
    name = pins.files["tinyusb"].file
    archive.files[name] = archive.files[name][:-200]
    with pytest.raises(UnpackError):
        tree.of_pins(pins, folder, get)
    assert not [path for path in folder.iterdir() if path.is_dir()]


def test_files_that_are_not_the_pinned_ones_leave_the_tree_that_is_there(pins, get, folder):
    first = tree.of_pins(pins, folder, get)
    other = replace(pins, files={**pins.files, "mbedtls": pins.files["tinyusb"]})

    def refuse(pin):
        raise WrongSourceError(pin.name, "this", "that")

    with pytest.raises(WrongSourceError):
        tree.of_pins(other, folder, refuse)
    assert first.micropython.is_dir()


def test_a_checkout_is_taken_as_it_is(checkout, pins, folder):
    chosen = tree.chosen(pins, folder, {"MICROPYTHON_DIR": str(checkout)})
    assert (chosen.micropython, chosen.sdk) == (checkout, checkout / "lib/pico-sdk")
    assert not folder.exists()


def test_the_sdk_may_be_elsewhere(checkout, pins, folder, tmp_path):
    elsewhere = (checkout / tree.SDK).rename(tmp_path / "sdk")
    variables = {"MICROPYTHON_DIR": str(checkout), "PICO_SDK_PATH": str(elsewhere)}
    assert tree.chosen(pins, folder, variables).sdk == elsewhere


@pytest.mark.parametrize("missing", [*tree.IMAGE_NEEDS, f"{tree.SDK}/pico_sdk_init.cmake"])
def test_a_checkout_without_a_submodule_is_refused_with_what_to_do(checkout, pins, folder, missing):
    (checkout / missing).unlink()
    with pytest.raises(IncompleteTreeError, match=r"git submodule update|set PICO_SDK_PATH") as caught:
        tree.chosen(pins, folder, {"MICROPYTHON_DIR": str(checkout)})
    assert caught.value.missing == (missing.removeprefix(f"{tree.SDK}/"),)


@pytest.mark.parametrize("variable", ["MICROPYTHON_DIR", "PICO_SDK_PATH"])
def test_a_variable_that_names_no_sources_is_reported(pins, folder, tmp_path, variable):
    with pytest.raises(IncompleteTreeError) as caught:
        tree.chosen(pins, folder, {variable: str(tmp_path / "nothing")})
    assert caught.value.tree == tmp_path / "nothing"


@pytest.mark.parametrize("name", ["py/runtime.c", "mpy-cross/main.c", "lib/tinyusb/src/tusb.c", "py/new.h"])
def test_every_file_of_a_checkout_that_is_compiled_is_part_of_its_identity(checkout, name):
    before = tree.of_checkout(checkout, checkout / tree.SDK).identity
    write(checkout / name, b"changed")
    assert tree.of_checkout(checkout, checkout / tree.SDK).identity != before


@pytest.mark.parametrize("name", ["README.md", "py/.cache/x", "ports/esp32/main.c", "mpy-cross/build/main.o"])
def test_what_takes_no_part_in_a_build_is_none_of_a_checkouts_identity(checkout, name):
    before = tree.of_checkout(checkout, checkout / tree.SDK).identity
    write(checkout / name, b"changed")
    assert tree.of_checkout(checkout, checkout / tree.SDK).identity == before


def test_what_a_link_leads_to_is_part_of_the_identity(checkout, tmp_path):
    """Submodules may be links to where somebody has them."""
    elsewhere = (checkout / tree.TINYUSB).rename(tmp_path / "tinyusb")
    (checkout / tree.TINYUSB).symlink_to(elsewhere)
    for name in ("round", "and-round"):
        (elsewhere / name).symlink_to(elsewhere)
    before = tree.of_checkout(checkout, checkout / tree.SDK).identity
    write(elsewhere / "src" / "tusb.c", b"changed")
    assert tree.of_checkout(checkout, checkout / tree.SDK).identity != before


def test_the_content_hash_takes_names_and_contents_apart(tmp_path):
    write(tmp_path / "one" / "ab", b"c")
    write(tmp_path / "two" / "a", b"bc")
    assert tree.content_hash(tmp_path / "one") != tree.content_hash(tmp_path / "two")
    write(tmp_path / "three" / "ab", b"c")
    assert tree.content_hash(tmp_path / "one") == tree.content_hash(tmp_path / "three")
