"""Raw bits of a blank token's oscillator, recorded over its REPL, in order, with a first look at them."""

import random

import pytest

from fakes import units
from fakes.pty_port import PtyPort
from fakes.strange_board import StrangeBoard
from host_tools.device import raw_samples
from host_tools.device.__main__ import main
from host_tools.device.errors import RawSamplesError
from host_tools.emulator.oscillator import Biased, Periodic
from host_tools.engines.open import open_engine

PATTERN = "00101110110100011"  # of 17: no piece begins where another did


@pytest.fixture
def blank(rp2040, tmp_path):
    """A blank token at its factory screen, plugged in."""
    with open_engine("rp2040", units.blank_unit(tmp_path / "unit")) as engine:
        engine.power_on()
        engine.pico.plug_usb()
        assert engine.pico.chip.run_until(lambda: engine.pico.usb.connected, 3e9)
        yield engine.pico


def record(pico, folder, *options) -> int:
    with PtyPort(pico, folder / "ttyACM0") as port:
        return main(["raw-samples", "--port", str(port.path), *options, str(folder / "bits.bin")])


def test_bits_are_recorded_one_to_a_byte_in_the_order_of_the_oscillator(blank, tmp_path, capsys):
    blank.oscillator.source = Biased(1, 0.6)
    assert record(blank, tmp_path, "--samples", "5000") == 0
    bits = (tmp_path / "bits.bin").read_bytes()
    assert len(bits) == 5000
    assert set(bits) == {0, 1}
    assert 0.57 < sum(bits) / 5000 < 0.63
    said = capsys.readouterr().out
    assert "5000 raw bits" in said
    assert " ones among 5376" in said


def test_a_bad_oscillator_is_told_of(blank, tmp_path, capsys):
    blank.oscillator.source = Periodic(PATTERN)
    assert record(blank, tmp_path, "--samples", "2048") == 1
    bits = "".join(map(str, (tmp_path / "bits.bin").read_bytes()))
    assert len(bits) == 2048
    assert bits in PATTERN * 200
    assert "the period test fails" in capsys.readouterr().err


def test_a_recording_that_breaks_off_leaves_no_file(blank, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(raw_samples, "TAKE", "print('nothing')")
    assert record(blank, tmp_path, "--samples", "2048") == 1
    assert not (tmp_path / "bits.bin").exists()
    assert "as many raw bits" in capsys.readouterr().err


def test_no_file_is_overwritten(blank, tmp_path, capsys):
    (tmp_path / "bits.bin").write_text("kept")
    assert record(blank, tmp_path, "--samples", "2048") == 1
    assert (tmp_path / "bits.bin").read_text() == "kept"
    assert "can't be written: File exists" in capsys.readouterr().err


@pytest.mark.parametrize("count", ["1023", "0", "-1", "many", "1" * 5000])
def test_a_count_of_which_nothing_can_be_said_is_refused(count, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["raw-samples", "--samples", count, str(tmp_path / "bits.bin")])
    assert "1,024 to 999,999,999" in capsys.readouterr().err


@pytest.mark.parametrize("said", [b"", b"00", b"zz" * 96, b"00" * 95, b"\xff"])
def test_a_board_that_says_no_raw_bits_is_refused(said):
    with pytest.raises(RawSamplesError, match="as many raw bits"):
        list(raw_samples.record(StrangeBoard(said), 4096))


@pytest.mark.parametrize(("ones", "most"), [(0.5, 1.0), (0.6, 0.737), (0.9, 0.152)])
def test_the_first_look_estimates_by_the_most_common_value(ones, most):
    source = random.Random(1)
    packed = bytes(
        sum((source.random() < ones) << place for place in range(8)) for _ in range(125_000 // 128 * 128)
    )
    seen = raw_samples.look(packed)
    assert seen.samples == len(packed) * 8
    assert abs(seen.ones / seen.samples - ones) < 0.01
    assert most - 0.02 < seen.most < most + 0.005
    assert bool(seen.failed) == (ones == 0.9)


def test_bits_that_never_change_have_no_entropy():
    assert raw_samples.look(bytes(256)).most == 0.0
