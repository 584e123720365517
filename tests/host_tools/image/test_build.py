"""A build is made anew as far as something changed, says by its hash what it is, and not where it was made."""

import subprocess

import pytest

from fakes.debian_archive import write
from host_tools.image import board, build
from host_tools.image.errors import (
    ChangedMeanwhileError,
    ManifestError,
    PlaceError,
    StepFailedError,
    ToolMissingError,
)
from host_tools.image.places import Places

PICO = board.named("pico")
MODULE = "firmware/dsc/version.py"


def test_the_hash_is_in_what_is_compiled(workshop):
    built = build.image(PICO, workshop)
    assert f'BUILD = "{built.build}"' in built.binary.read_text()
    assert 'BOARD = "pico"' in built.elf.read_text()
    assert len(built.build) == 8
    assert "dsc/version.py" in built.modules


def test_the_same_tree_elsewhere_has_the_same_hash(workshop, tmp_path):
    first = build.image(PICO, workshop).build
    moved = Places(workshop.root.rename(tmp_path / "at-another-and-longer-place"))
    assert build.image(PICO, moved).build == first


def test_the_boards_have_hashes_of_their_own(workshop):
    assert build.image(PICO, workshop).build != build.image(board.named("pico2"), workshop).build


@pytest.mark.parametrize(
    "name", [MODULE, "boards/pico/mpconfigboard.h", "build/device-libs/adafruit_ssd1306.py"]
)
def test_a_file_that_changed_and_changed_back_gives_the_first_hash_again(workshop, name):
    path = workshop.root / name
    before = path.read_bytes()
    first = build.image(PICO, workshop).build
    path.write_bytes(before + b"\n")
    assert build.image(PICO, workshop).build != first
    path.write_bytes(before)
    assert build.image(PICO, workshop).build == first


def test_modules_are_compiled_again_whatever_the_age_of_their_files_is(workshop):
    """A change of branches may leave a file that is older than what was compiled of the other one."""
    frozen = build.image(PICO, workshop).folder / "cmake" / "frozen_mpy"
    write(frozen / "from-before", b"")
    build.image(PICO, workshop)
    assert (frozen / "from-before").exists()
    path = workshop.root / MODULE
    path.write_bytes(path.read_bytes() + b"\n")
    build.image(PICO, workshop)
    assert not (frozen / "from-before").exists()


def test_other_compilers_keep_nothing_of_what_was_compiled(workshop, tools):
    built = build.image(PICO, workshop)
    write(built.folder / "cmake" / "a.o", b"")
    assert build.image(PICO, workshop).build == built.build
    assert (built.folder / "cmake" / "a.o").exists()
    compiler = tools.folder / "bin" / "arm-none-eabi-gcc"
    compiler.write_text(compiler.read_text().replace("ld (fake) 2.40", "ld (fake) 2.41"))
    assert build.image(PICO, workshop).build != built.build
    assert not (built.folder / "cmake" / "a.o").exists()


def test_what_was_compiled_is_bound_to_the_place_of_its_sources(workshop):
    """cmake refuses to go on in a folder that was begun for another source folder."""
    built = build.image(PICO, workshop)
    facts = (built.folder / "settings").read_text().splitlines()
    assert {str(built.tree.micropython), str(built.tree.sdk), str(built.folder)} < set(facts)


def test_a_module_that_changes_while_it_is_compiled_makes_no_image(workshop, tools):
    tools.set_hook(f"echo >> {workshop.root / MODULE}")
    with pytest.raises(ChangedMeanwhileError, match="build it again"):
        build.image(PICO, workshop)
    tools.set_hook("")
    build.image(PICO, workshop)


def test_a_step_that_fails_is_named_and_the_next_build_goes_on(workshop, tools):
    tools.set_hook("echo 'No space left on device'; exit 1")
    with pytest.raises(StepFailedError, match=r"compiling the image failed.*\n.*No space left") as caught:
        build.image(PICO, workshop)
    assert caught.value.log == workshop.work / "pico" / "ninja.log"
    tools.set_hook("")
    assert build.image(PICO, workshop).elf.is_file()


def test_nothing_that_the_user_has_set_reaches_the_compiler(workshop, monkeypatch):
    monkeypatch.setenv("CFLAGS", "-O0")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    monkeypatch.setenv("MICROPYPATH", "/home/maker")
    first = build.image(PICO, workshop)
    lines = (first.folder / "cmake" / "environment").read_text().splitlines()
    variables = dict(line.split("=", 1) for line in lines if "=" in line)
    assert variables["SOURCE_DATE_EPOCH"] == "1744675200"
    assert variables["MICROPY_GIT_TAG"] == "v1.25.0"
    assert variables["CFLAGS"].startswith("-ffile-prefix-map=")
    assert "-O0" not in variables["CFLAGS"]
    assert not {"MICROPYPATH", "MICROPYTHON_DIR", "PYTHONPATH"} & set(variables)


def test_without_the_drivers_there_is_no_image(workshop):
    (workshop.device_libraries / "adafruit_ssd1306.py").unlink()
    with pytest.raises(ManifestError, match="adafruit_ssd1306"):
        build.image(PICO, workshop)


def test_a_tree_at_a_path_that_make_cannot_take_is_refused(workshop, tmp_path):
    (tmp_path / "My Projects").mkdir()
    moved = Places(workshop.root.rename(tmp_path / "My Projects" / "picodsc"))
    with pytest.raises(PlaceError, match=r"no path with ' ' in it: move .*My Projects"):
        build.image(PICO, moved)


def test_without_a_compiler_the_packages_are_named_before_anything_is_done(workshop, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolMissingError, match="gcc-arm-none-eabi"):
        build.image(PICO, workshop)
    assert not workshop.work.exists()


@pytest.mark.usefixtures("image")
@pytest.mark.parametrize(("variable", "name"), [("CFLAGS", "a.c"), ("ASMFLAGS", "a.s"), ("ASMFLAGS", "a.S")])
def test_the_real_compiler_leaves_no_trace_of_where_it_worked(tmp_path, variable, name):
    """gcc 12 tells the assembler nothing of -ffile-prefix-map: two files of the SDK told where they lay."""
    source = write(tmp_path / "outer" / "inner" / name, b"int a;\n" if name == "a.c" else b".text\na: nop\n")
    flags = build.compiler_flags({tmp_path / "outer": "OUTER", tmp_path / "outer" / "inner": "INNER"})
    subprocess.run(
        ["arm-none-eabi-gcc", "-g", "-c", *flags[variable].split(), source, "-o", "a.o"],  # noqa: S607
        cwd=source.parent,
        check=True,
    )
    compiled = (source.parent / "a.o").read_bytes()
    assert str(tmp_path).encode() not in compiled
    assert b"INNER" in compiled
    assert b"OUTER" not in compiled
