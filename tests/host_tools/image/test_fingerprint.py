"""The build's hash changes with everything that goes into an image, and with nothing else."""

import pytest

from fakes.debian_archive import write
from host_tools.image import fingerprint
from host_tools.image.frozen import BUILD_INFO, FrozenFile

FACTS = {"sources": "micropython=1", "compiler": "gcc 12", "definitions": "[('A', '1')]"}
BASE = {
    "pico/mpconfigboard.h": b"#define A 1\n",
    "pico/mpconfigboard.cmake": b"set(A 1)\n",
    "pico/native/module.c": b"int a;\n",
}


def settings(folder, files=BASE, facts=FACTS):
    """The hash of boards that are nothing but these files."""
    for name, content in files.items():
        write(folder / name, content)
    return fingerprint.settings_hash([folder / name.partition("/")[0] for name in sorted(files)], facts)


def frozen(folder, modules: list[tuple[str, bytes]]) -> list[FrozenFile]:
    return [
        FrozenFile(name, write(folder / f"{number}.py", content))
        for number, (name, content) in enumerate(modules)
    ]


MODULES = [("dsc/a.py", b"a = 1\n"), ("dsc/b.py", b"b = 2\n")]


def test_the_same_inputs_at_another_place_have_the_same_hash(tmp_path):
    one, other = settings(tmp_path / "one"), settings(tmp_path / "a" / "longer" / "other")
    assert one == other
    assert fingerprint.build_hash(one, frozen(tmp_path / "1", MODULES)) == fingerprint.build_hash(
        other, frozen(tmp_path / "2", MODULES)
    )


def test_the_hash_is_64_hexadecimal_digits_of_which_the_image_shows_eight(tmp_path):
    digest = fingerprint.build_hash(settings(tmp_path), frozen(tmp_path / "m", MODULES))
    assert len(bytes.fromhex(digest)) == 32
    assert fingerprint.DIGITS == 8


@pytest.mark.parametrize("name", [*FACTS, "another"])
def test_another_fact_is_another_hash(tmp_path, name):
    other = {**FACTS, name: "something else"}
    assert settings(tmp_path / "one") != settings(tmp_path / "two", facts=other)


@pytest.mark.parametrize(
    "files",
    [
        {**BASE, "pico/mpconfigboard.h": b"#define A 2\n"},
        {**BASE, "pico/pins.csv": b""},
        {"pico/mpconfigboard.h": BASE["pico/mpconfigboard.h"]},
        {**BASE, "pico/native/module.c": b"int b;\n"},
        {**BASE, "pico/native/sha256.S": b""},
        {**BASE, "pico/native/sha256.h": b""},
        {**BASE, "pico/native/micropython.cmake": b""},
        {**BASE, "pico/module.c": BASE["pico/native/module.c"]},
        {**BASE, "pico2/mpconfigboard.h": b""},
        {name.replace("pico/", "pico2/"): data for name, data in BASE.items()},
    ],
    ids=[
        "changed",
        "added",
        "removed",
        "native changed",
        "assembly",
        "native header",
        "native cmake",
        "another folder",
        "another board's",
        "another name",
    ],
)
def test_another_c_side_of_the_board_is_another_hash(tmp_path, files):
    assert settings(tmp_path / "one") != settings(tmp_path / "two", files)


@pytest.mark.parametrize(
    "modules",
    [
        [("dsc/a.py", b"a = 2\n"), MODULES[1]],
        [("dsc/c.py", MODULES[0][1]), MODULES[1]],
        MODULES[::-1],
        MODULES[:1],
        [*MODULES, ("dsc/empty.py", b"")],
        [("dsc/a.py", MODULES[1][1]), ("dsc/b.py", MODULES[0][1])],
        [("dsc/a.py", b"a = 1\r\n"), MODULES[1]],
    ],
    ids=["content", "name", "order", "fewer", "more", "exchanged", "line ends"],
)
def test_other_modules_are_another_hash(tmp_path, modules):
    one = fingerprint.build_hash("0" * 64, frozen(tmp_path / "one", MODULES))
    assert fingerprint.build_hash("0" * 64, frozen(tmp_path / "two", modules)) != one


def test_other_settings_are_another_hash_of_the_same_modules(tmp_path):
    modules = frozen(tmp_path, MODULES)
    assert fingerprint.build_hash("0" * 64, modules) != fingerprint.build_hash("1" * 64, modules)


def test_the_module_that_carries_the_hash_is_not_in_it(tmp_path):
    without = fingerprint.build_hash("0" * 64, frozen(tmp_path / "one", MODULES))
    with_it = frozen(tmp_path / "two", [(BUILD_INFO, b'BUILD = "12345678"\n'), *MODULES])
    assert fingerprint.build_hash("0" * 64, with_it) == without


@pytest.mark.parametrize("between", ["\0", "\0001\0"], ids=["name alone", "name and length"])
def test_contents_cannot_pass_for_the_boundaries_between_them(tmp_path, between):
    """One file that holds what the stream of two would be is not the two."""
    two = frozen(tmp_path / "two", [("a", b"x"), ("b", b"y")])
    one = frozen(tmp_path / "one", [("a", f"xfrozen\0b{between}y".encode())])
    assert fingerprint.build_hash("0" * 64, one) != fingerprint.build_hash("0" * 64, two)
    assert settings(tmp_path / "s", facts={"a": "x", "b": "y"}) != settings(
        tmp_path / "t", facts={"a": f"xfact\0b{between}y"}
    )


def test_a_fact_cannot_pass_for_a_file_of_the_board(tmp_path):
    assert settings(tmp_path / "one", {"pico/a.h": b"x"}, {}) != settings(
        tmp_path / "two", {"pico/b.h": b"x"}, {"pico/a.h": "x"}
    )
