"""The command line ends with the code and the words that fit."""

import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from fakes.debian_archive import write
from host_tools.image import __main__ as command
from host_tools.image import pins as lists
from host_tools.image import stock, suite, unix
from host_tools.image.places import ROOT, Places


@pytest.fixture
def run(workshop, capsys):
    """Runs a command in the workshop; gives the exit code, the output and the errors."""

    def run(*words: str) -> tuple[int, str, str]:
        code = command.main(list(words), workshop)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def published(archive, pins, workshop, apt, keyring, monkeypatch):
    """The workshop's list of pins, an archive that has what is pinned, and its key in the place of Debian's."""
    lists.update(workshop.pins, pins)
    for pin in pins.files.values():
        if pin.file.endswith(".deb"):
            archive.add_binary(pins.suite, pin.package, pin.version, pin.file)
        else:
            archive.add_source(pins.suite, pin.package, pin.version, pin.name)
    archive.publish(pins.suite)
    monkeypatch.setattr(suite.keyring, "__defaults__", ((keyring,),))
    return archive


def publish_a_newer_one(archive, suite_name: str) -> None:
    archive.files["pool/main/m/mbedtls/mbedtls_3.6.7.orig.tar.bz2"] = b"newer"
    archive.add_source(suite_name, "mbedtls", "3.6.7-1", "mbedtls_3.6.7.orig.tar.bz2")
    archive.publish(suite_name)


def test_build_says_what_it_wrote(run, workshop):
    code, out, err = run("build")
    assert (code, err) == (0, "")
    assert out.startswith("dist/picodsc-pico-")
    assert out.rstrip().endswith("frozen modules")
    assert (workshop.root / out.partition(":")[0]).is_file()


def test_build_takes_a_board(run, workshop):
    code, out, _ = run("build", "pico2")
    assert code == 0
    assert out.startswith("dist/picodsc-pico2-")


@pytest.mark.parametrize("words", [("build", "pico3"), ("size", "pico3"), ("reproducible", "pico3")])
def test_a_board_that_there_is_not_is_a_usage_error(run, words):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err == ("python -m host_tools.image: there is no board 'pico3'; choose from pico, pico2\n")


@pytest.mark.parametrize(
    "words", [(), ("deploy",), ("reproducible", "--clones", "3"), ("build", "pico", "x")]
)
def test_other_words_are_a_usage_error(run, words):
    with pytest.raises(SystemExit) as caught:
        run(*words)
    assert caught.value.code == 2


def test_a_failed_build_ends_with_1_and_the_end_of_the_log(run, tools):
    tools.set_hook("echo 'undefined reference to main'; exit 1")
    code, out, err = run("build")
    assert (code, out) == (1, "")
    assert err.startswith("python -m host_tools.image: compiling the image failed")
    assert "undefined reference" in err


def test_size_before_a_build_says_how_to_make_one(run):
    code, _, err = run("size", "pico2")
    assert code == 1
    assert "make firmware BOARD=pico2" in err


@pytest.fixture
def elf_of(run, workshop, elf_bytes):
    """Puts a small program in the place of a board's."""

    def put(board: str) -> None:
        run("build", board)
        next(workshop.dist.glob(f"picodsc-{board}-*.elf")).write_bytes(elf_bytes)

    return put


def test_size_within_the_budget_prints_the_figures(run, elf_of, workshop):
    elf_of("pico")
    write(workshop.board("pico") / "budget.toml", b"flash_most = 16\nram_most = 12\nheap_least = 256\n")
    code, out, err = run("size")
    assert (code, err, len(out.splitlines())) == (0, "", 3)


def test_size_beyond_the_budget_prints_them_too_and_fails(run, elf_of, workshop):
    elf_of("pico")
    write(workshop.board("pico") / "budget.toml", b"flash_most = 15\nram_most = 12\nheap_least = 256\n")
    code, out, err = run("size")
    assert (code, len(out.splitlines())) == (1, 3)
    assert "beyond the budget: flash by 1 bytes" in err


def test_size_of_a_board_without_a_budget_prints_the_figures_and_says_so(run, elf_of):
    elf_of("pico2")
    code, out, err = run("size", "pico2")
    assert (code, err) == (0, "")
    assert out.splitlines()[0].startswith("flash                      16 bytes")
    assert out.splitlines()[-1] == "boards/pico2/budget.toml is not there: nothing to hold these against"


def test_pins_that_are_todays_are_left_alone(run, published, workshop):
    before = workshop.pins.read_bytes()
    for words in (("pins",), ("pins", "--check")):
        assert run(*words) == (0, "trixie has what is pinned\n", "")
    assert workshop.pins.read_bytes() == before


def test_check_only_says_what_is_newer(run, published, pins, workshop):
    publish_a_newer_one(published, pins.suite)
    before = workshop.pins.read_bytes()
    code, out, err = run("pins", "--check")
    assert (code, out) == (1, "")
    assert "trixie has moved on" in err
    assert "mbedtls 3.6.6-0.1~deb13u1, " in err
    assert "-> mbedtls 3.6.7-1, 5 bytes" in err
    assert workshop.pins.read_bytes() == before


def test_newer_ones_are_written_into_the_list(run, published, pins, workshop):
    publish_a_newer_one(published, pins.suite)
    code, out, _ = run("pins")
    assert code == 0
    assert out.splitlines()[-1] == "written to boards/sources.toml; now build and test"
    assert lists.read(workshop.pins).files["mbedtls"].version == "3.6.7-1"
    assert workshop.pins.read_text().startswith((ROOT / "boards" / "sources.toml").read_text()[:200])


def test_what_cannot_be_verified_is_not_written(run, published, pins, workshop):
    publish_a_newer_one(published, pins.suite)
    published.files[f"dists/{pins.suite}/InRelease"] += b"and more\n"
    published.files[f"dists/{pins.suite}/main/source/Sources"] += b"\n"
    before = workshop.pins.read_bytes()
    code, _, err = run("pins")
    assert code == 1
    assert "could not be verified, so nothing was changed" in err
    assert workshop.pins.read_bytes() == before


def test_a_list_that_is_no_list_is_told_by_its_path(run, workshop):
    workshop.pins.write_text("suite = 13\n")
    code, _, err = run("pins", "--check")
    assert (code, err) == (1, f"python -m host_tools.image: {workshop.pins}: names no suite\n")


def test_the_other_interpreters_are_announced_by_their_paths(run, workshop, monkeypatch):
    monkeypatch.setattr(stock, "image", lambda places: places.root / "build" / "stock" / "stock.uf2")
    monkeypatch.setattr(unix, "micropython", lambda places: places.micropython)
    assert run("stock") == (0, "build/stock/stock.uf2\n", "")
    assert run("micropython") == (0, "build/micropython/micropython\n", "")


def test_a_folder_that_cannot_be_written_is_a_reason_and_no_traceback(run, workshop):
    write(workshop.root / "dist", b"a file in its place")
    code, _, err = run("build")
    assert code == 1
    assert err.startswith("python -m host_tools.image: ")
    assert str(workshop.dist) in err


def test_an_interrupt_from_the_keyboard_ends_the_build_in_order(workshop, tools):
    """As the terminal does it: the signal goes to all programs of the group. The next build goes on."""
    tools.set_hook(f"touch {workshop.root}/compiling; exec sleep 60")
    program = (
        "import sys; from pathlib import Path; from host_tools.image.__main__ import main; "
        "from host_tools.image.places import Places; sys.exit(main(['build'], Places(Path(sys.argv[1]))))"
    )
    building = subprocess.Popen(
        [sys.executable, "-c", program, workshop.root],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not (workshop.root / "compiling").exists():
        assert building.poll() is None, building.stderr.read()
    os.killpg(building.pid, signal.SIGINT)
    _, err = building.communicate(timeout=20)
    assert building.returncode == 130
    assert err == (
        "python -m host_tools.image: interrupted; what was half done is done again the next time\n"
    )
    tools.set_hook("")
    assert command.main(["build"], workshop) == 0


def test_the_pins_of_this_tree_are_a_list():
    """What `pins` writes is what `build` reads: the tree's own list is of that form, to the byte."""
    text = Places().pins.read_text(encoding="utf-8")
    listed = lists.read(Places().pins)
    assert lists.with_pins(text, listed) == text
    assert lists.with_pins(text, replace(listed, suite="forky")) == text.replace('"trixie"', '"forky"')
