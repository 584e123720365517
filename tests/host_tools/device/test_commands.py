"""The commands behind `make flash` and `make flash-check`: their words and exit codes."""

import io
import sys

import pytest

from fakes.bootsel_drive import BootselDrive, make_drive
from host_tools.device.__main__ import CONFIRMATION, main
from host_tools.device.layout import VAULT_START


@pytest.fixture
def run(small_image, capsys, monkeypatch):
    """Runs a command on the image, with `typed` on the keyboard; exit code, output, errors."""

    def run(command: str, *options: str, typed: str = ""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        code = main([command, "--image", str(small_image.path), *options])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_flash_over_a_drive_says_what_it_did_and_what_it_left(run, small_image, no_drives, no_picotool):
    with BootselDrive(no_drives / "RPI-RP2", small_image.path.name, len(small_image.file) // 512):
        code, out, _ = run("flash", "--drive", str(no_drives / "RPI-RP2"))
    assert code == 0
    assert small_image.sha256 in out
    assert "drive has gone" in out
    assert "make flash-check" in out
    assert "a vault from before is still in the flash" in out


def test_flash_over_picotool_says_that_it_was_read_back(run, bench, no_drives):
    code, out, _ = run("flash")
    assert code == 0
    assert "Written, read back and started." in out
    assert "a vault from before is still in the flash" in out


def test_flash_without_a_board_fails_with_a_reason(run, no_drives, no_picotool):
    code, _, err = run("flash")
    assert code == 1
    assert "hold its BOOTSEL button down" in err
    assert "Traceback" not in err


def test_flash_on_a_pico_2_fails(run, no_picotool, tmp_path):
    code, _, err = run("flash", "--drive", str(make_drive(tmp_path / "RP2350", "RP2350")))
    assert code == 1
    assert "RP2350" in err


def test_flash_without_an_image_names_the_remedy(capsys, tmp_path):
    assert main(["flash", "--image", str(tmp_path / "none.uf2")]) == 1
    assert "make firmware" in capsys.readouterr().err


def test_erase_asks_and_destroys_only_for_the_whole_sentence(run, bench):
    bench.flash = bytes(2 << 20)
    for typed in ("", "yes\n", "y\n", f"{CONFIRMATION} not\n"):
        code, out, err = run("flash", "--erase", typed=typed)
        assert code == 1
        assert "DESTROYS THE TOKEN" in out
        assert "nothing was erased or written" in err
    assert bench.flash == bytes(2 << 20)
    code, out, _ = run("flash", "--erase", typed=f"{CONFIRMATION}\n")
    assert code == 0
    assert "blank but for the image" in out
    assert bench.flash[VAULT_START:] == b"\xff" * 131072


def test_erase_without_picotool_asks_nothing(run, no_picotool):
    code, out, err = run("flash", "--erase", typed=f"{CONFIRMATION}\n")
    assert code == 1
    assert "erasing the flash needs picotool" in err
    assert "DESTROYS" not in out


def test_what_flash_wrote_the_check_finds_sound(run, bench, no_drives):
    run("flash")
    code, out, _ = run("flash-check")
    assert code == 0
    assert "image: all 9472 bytes" in out
    assert "vault: blank" in out
    assert "entered by hand" in out


def test_the_check_tells_the_first_difference(run, bench, small_image):
    run("flash", "--erase", typed=f"{CONFIRMATION}\n")
    flash = bytearray(bench.flash)
    flash[0x1234] ^= 0xFF
    bench.flash = bytes(flash)
    code, out, err = run("flash-check")
    assert code == 1
    wanted = small_image.content[0x1234]
    assert f"DIFFERENT: the byte at 0x001234 is {wanted ^ 0xFF:#04x}, the image's is {wanted:#04x}" in out
    assert "NOT what it should be" in err


def test_the_check_fails_for_foreign_content_and_tells_a_vault_in_use(run, bench):
    run("flash", "--erase", typed=f"{CONFIRMATION}\n")
    flash = bytearray(bench.flash)
    flash[0x100000] = 0
    flash[VAULT_START] = 0
    bench.flash = bytes(flash)
    code, out, err = run("flash-check")
    assert code == 1
    assert "FOREIGN: 256 bytes from 0x100000" in out
    assert "vault: in use, 1 of its 131072 bytes" in out
    assert "ERASE=yes" in err


def test_a_vault_in_use_is_no_failure_of_the_check(run, bench):
    run("flash", "--erase", typed=f"{CONFIRMATION}\n")
    bench.flash = bench.flash[:VAULT_START] + bytes(131072)
    code, out, _ = run("flash-check")
    assert code == 0
    assert "vault: in use, 131072 of its 131072 bytes" in out


def test_the_check_without_picotool_says_why_it_needs_it(run, no_picotool):
    code, _, err = run("flash-check")
    assert code == 1
    assert "INFO_UF2.TXT and INDEX.HTM" in err
    assert "brew install picotool" in err


def test_a_command_that_is_none_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["flush"])
    assert caught.value.code == 2
