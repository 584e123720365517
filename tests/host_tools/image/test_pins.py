"""The list of sources is taken only if every entry has its form, and other pins change nothing else in it."""

from dataclasses import replace

import pytest

from host_tools.image import pins
from host_tools.image.errors import PinsError
from host_tools.image.pins import Pins
from host_tools.image.places import Places

SHA256 = "7b25be99a502f070b2de81dafc08da7051d992325d6e67daa9045a918fffdbea"


@pytest.fixture
def path(tmp_path):
    """A copy of the tree's own list."""
    path = tmp_path / "sources.toml"
    path.write_bytes(Places().pins.read_bytes())
    return path


def test_the_trees_own_list_has_what_the_build_needs(path):
    listed = pins.read(path)
    assert (listed.suite, tuple(listed.files)) == (
        "trixie",
        ("micropython", "mbedtls", "pico-sdk", "tinyusb"),
    )
    assert listed.files["micropython"].name == "micropython_1.25.0+ds.orig.tar.xz"


def test_a_list_that_is_not_there_is_named(tmp_path):
    with pytest.raises(PinsError, match="cannot be read: No such file") as caught:
        pins.read(tmp_path / "nothing.toml")
    assert caught.value.path == tmp_path / "nothing.toml"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"[micropython\n", "is no TOML"),
        (b"suite = 'trixie'\nsuite = 'sid'\n", "is no TOML"),
        (b"\xff\xfe\x00", "is no text"),
        (b"", "names no suite"),
        (b"suite = 13\n", "names no suite"),
        (b"suite = 'trixie'\n", r"has no table \[micropython\]"),
        (b"suite = 'trixie'\nmicropython = 'yes'\n", r"has no table \[micropython\]"),
        (b"suite = 'trixie'\n[linux]\n", "has linux, which the build does not know"),
    ],
)
def test_what_is_no_list_is_refused_with_the_reason(path, data, problem):
    path.write_bytes(data)
    with pytest.raises(PinsError, match=problem):
        pins.read(path)


@pytest.mark.parametrize("field", ["package", "version", "file", "size", "sha256"])
def test_an_entry_without_a_field_is_refused(path, field):
    lines = path.read_text().splitlines()
    lines.remove(next(line for line in lines if line.startswith(f"{field} = ")))
    path.write_text("\n".join(lines))
    with pytest.raises(PinsError, match=rf"\[micropython\] needs {field}, of type"):
        pins.read(path)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (f'"{SHA256}"', f'"{SHA256.upper()}"', "64 lower-case hexadecimal digits"),
        (f'"{SHA256}"', f'"{SHA256[:-1]}"', "64 lower-case hexadecimal digits"),
        (f'"{SHA256}"', f'"{SHA256}0"', "64 lower-case hexadecimal digits"),
        (f'"{SHA256}"', '"271f2f37f741dc6fe4ce8051f66938db"', "64 lower-case hexadecimal digits"),
        (f'"{SHA256}"', f'"{SHA256}\\n"', "64 lower-case hexadecimal digits"),
        (f'"{SHA256}"', "12", "needs sha256, of type str"),
        ("5983992", '"5983992"', "needs size, of type int"),
        ("5983992", "true", "needs size, of type int"),
        ("5983992", "0", "must be more than zero"),
        ("5983992", "-1", "must be more than zero"),
        ('"pool/main/m/micropython/', '"/pool/', "a path inside the archive"),
        ('"pool/main/m/micropython/', '"pool/../../', "a path inside the archive"),
        ('"pool/main/m/micropython/', '"', "a path inside the archive"),
        ("+ds.orig.tar.xz", "+ds.orig.tar.xz/", "a path inside the archive"),
        ("micropython_1.25.0", "micropython 1.25.0", "a path inside the archive"),
        ('"1.25.0+ds-1"', '""', "the version of a Debian package"),
        ('package = "micropython"', 'package = "--all"', "the name of a Debian package"),
        ('"trixie"', '"trixie main\\ndeb [trusted=yes] x"', "suite = .* must be a name"),
        ("sha256 =", "sha1 = 'x'\nsha256 =", r"\[micropython\] has sha1"),
    ],
)
def test_a_value_of_another_form_is_refused(path, old, new, problem):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(PinsError, match=problem):
        pins.read(path)


def newer(listed: Pins) -> Pins:
    mbedtls = replace(listed.files["mbedtls"], version="3.6.7-1", size=1234, sha256="ab" * 32)
    return Pins(listed.suite, {**listed.files, "mbedtls": mbedtls})


def test_other_pins_change_their_values_and_leave_every_other_character(path):
    text = path.read_text().replace("size = 5508045", "size   =  5508045  # bytes\n# sha256 = 'not this one'")
    path.write_text(text)
    old = pins.read(path)
    pins.update(path, newer(old))
    assert pins.read(path) == newer(old)
    mbedtls = old.files["mbedtls"]
    assert path.read_text() == text.replace(mbedtls.version, "3.6.7-1").replace("5508045", "1234").replace(
        mbedtls.sha256, "ab" * 32
    )
    assert "size   =  1234  # bytes" in path.read_text()


def test_pins_that_are_the_same_leave_the_list_byte_for_byte(path):
    before = path.read_bytes()
    pins.update(path, pins.read(path))
    assert path.read_bytes() == before


def test_a_layout_that_cannot_be_kept_is_refused_and_left_alone(path):
    mbedtls = pins.read(path).files["mbedtls"]
    path.write_text(path.read_text().replace(f'"{mbedtls.sha256}"', f'"""{mbedtls.sha256}"""'))
    before = path.read_bytes()
    with pytest.raises(PinsError, match="laid out in a way"):
        pins.update(path, newer(pins.read(path)))
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["sources.toml"]


def test_pins_of_a_wrong_form_are_never_written(path):
    before = path.read_bytes()
    old = pins.read(path)
    wrong = replace(old.files["mbedtls"], file='x/y"\nsha256 = "00')
    with pytest.raises(PinsError):
        pins.update(path, Pins(old.suite, {**old.files, "mbedtls": wrong}))
    assert path.read_bytes() == before


def test_changes_name_the_file_and_both_versions(path):
    old = pins.read(path)
    assert pins.changes(old, old) == []
    (line,) = pins.changes(old, newer(old))
    assert "mbedtls 3.6.6-0.1~deb13u1, 5508045 bytes" in line
    assert "-> mbedtls 3.6.7-1, 1234 bytes, SHA-256 abababababababab…" in line
