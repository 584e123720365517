"""What ends in a restart, and what the next boot makes of it: the token again, or a screen that says why; no REPL."""

import itertools

import pytest

from dsc.protocol import messages
from dsc.protocol.frames import encode_frame
from dsc.ui import texts
from fakes import interpreter, units
from fakes.factory_link import FactoryLink, order
from host_tools.emulator.chip import MILLISECOND
from host_tools.engines.open import open_engine
from host_tools.engines.unit import FLASH_SIZE
from host_tools.simulator.screen_reader import read_screen
from host_tools.simulator.script import Player, parse

RAM = 0x2000_0000
# Thumb instructions: a branch to itself, and one that is undefined.
LOOP, UNDEFINED = 0xE7FE, 0xDE00


def shown(engine) -> str:
    return read_screen(engine.frame()).text


def press_ok(engine) -> None:
    Player(engine, lambda said: None).play(parse("press OK\nwait 1s"))


@pytest.fixture
def engine(rp2040, tmp_path):
    """A sealed token with few rounds, switched on."""
    with open_engine("rp2040", units.sealed_unit(tmp_path)) as opened:
        opened.power_on()
        yield opened


@pytest.fixture
def blank(rp2040, tmp_path):
    """A blank board, switched on."""
    with open_engine("rp2040", units.blank_unit(tmp_path)) as opened:
        opened.power_on()
        yield opened


@pytest.fixture
def resets(engine) -> list[float]:
    """The moments of the engine's restarts from now on, in milliseconds."""
    moments: list[float] = []
    engine.pico.chip.on_reset.append(lambda: moments.append(engine.pico.chip.nanos / MILLISECOND))
    return moments


def execute(engine, instruction: int) -> None:
    """Put an instruction into RAM, and have the processor go on there."""
    core = engine.pico.chip.mcu.core
    core.pm = True
    engine.pico.chip.mcu.write_uint16(RAM, instruction)
    core.pc = RAM


def test_an_escape_from_the_application_ends_in_a_screen_that_says_so(engine, resets, rp2040):
    interpreter.raise_soon(engine.pico.chip.mcu, rp2040.with_suffix(".elf"), "SystemExit")
    engine.run(1500)
    assert len(resets) == 1
    assert texts.text("cause.escaped") in shown(engine)
    press_ok(engine)
    assert "PIN>" in shown(engine)
    assert engine.pico.usb.pull_ups == 0


def test_a_token_that_hangs_is_restarted_by_its_watchdog_and_says_so(engine, resets):
    execute(engine, LOOP)
    engine.run(9000)
    assert len(resets) == 1
    assert texts.text("cause.hang") in shown(engine)
    press_ok(engine)
    assert "PIN>" in shown(engine)


def test_a_processor_fault_ends_in_a_screen_that_says_so(engine, resets):
    execute(engine, UNDEFINED)
    engine.run(1500)
    assert len(resets) == 1
    assert texts.text("cause.fault") in shown(engine)
    press_ok(engine)
    assert "PIN>" in shown(engine)
    assert engine.pico.usb.pull_ups == 0


def test_a_restart_that_somebody_wanted_shows_no_cause(engine, resets, rp2040):
    interpreter.raise_soon(engine.pico.chip.mcu, rp2040.with_suffix(".elf"), "RuntimeError")
    engine.run(500)
    assert (texts.text("error.title") in shown(engine), resets) == (True, [])
    press_ok(engine)
    assert len(resets) == 1
    assert "PIN>" in shown(engine)


def test_faults_that_come_back_before_anything_is_shown_come_ever_more_rarely(engine, resets):
    """An image that is broken from its first instruction of Python on does not restart hundreds of times a second."""
    chip = engine.pico.chip
    chip.on_reset.append(lambda: chip.at(chip.nanos + 60 * MILLISECOND, lambda: execute(engine, UNDEFINED)))
    execute(engine, UNDEFINED)
    engine.run(60_000)
    pauses = [after - before for before, after in itertools.pairwise(resets)]
    assert all(later > earlier - 1 for earlier, later in itertools.pairwise(pauses))
    assert 4 < len(resets) < 12
    assert pauses[-1] > 8000


def test_usb_stays_shut_if_the_interpreter_gets_to_it_on_a_sealed_token(engine, resets, rp2040):
    """Whatever led there: the port's own function, which starts USB, is behind a door that looks at the flash."""
    core = engine.pico.chip.mcu.core
    core.pm = True
    core.pc = interpreter.symbol(rp2040.with_suffix(".elf"), "__wrap_mp_usbd_init") & ~1
    engine.run(1500)
    assert engine.pico.usb.pull_ups == 0
    assert len(resets) == 1
    assert texts.text("cause.door") in shown(engine)


def test_usb_stays_shut_even_if_the_door_was_opened_on_a_sealed_token(engine, resets, rp2040):
    elf = rp2040.with_suffix(".elf")
    mcu = engine.pico.chip.mcu
    mcu.write_uint32(interpreter.symbol(elf, "usb_door"), 0x3A96C5D1)
    mcu.write_uint32(interpreter.symbol(elf, "usb_door") + 4, 0x3A96C5D1 ^ 0xFFFFFFFF)
    mcu.core.pm = True
    mcu.core.pc = interpreter.symbol(elf, "__wrap_mp_usbd_init") & ~1
    engine.run(1500)
    assert engine.pico.usb.pull_ups == 0
    assert len(resets) == 1


def test_without_a_display_the_board_restarts_ever_more_rarely(rp2040, tmp_path):
    with open_engine("rp2040", units.sealed_unit(tmp_path, display=False)) as engine:
        engine.power_on()
        resets = []
        engine.pico.chip.on_reset.append(lambda: resets.append(engine.pico.chip.nanos / MILLISECOND))
        engine.run(40_000)
        pauses = [after - before for before, after in itertools.pairwise(resets)]
        assert all(1.5 < later / earlier < 2.1 for earlier, later in itertools.pairwise(pauses))
        assert pauses[-1] > 15_000
        assert engine.pico.usb.pull_ups == 0


def test_a_soft_reset_of_a_sealed_token_restarts_it_without_usb(rp2040, tmp_path):
    """Whoever sealed a token and then resets its REPL by Ctrl-D does not get an application with USB beside it."""
    with open_engine("rp2040", units.blank_unit(tmp_path)) as engine:
        engine.power_on()
        link = FactoryLink(engine)
        link.state()
        engine.link_send(b"\r\x03")  # back to the REPL
        engine.run(100)
        sealed = units.sealed_unit(tmp_path / "other").flash.read_bytes()
        engine.pico.load(engine.pico.flash.size - FLASH_SIZE, sealed)
        engine.pico.usb.send(b"\x02\x04")  # out of the raw REPL, and the soft reset
        engine.run(2000)
        assert not engine.pico.usb.pulled_up
        assert "PIN>" in shown(engine)


def test_a_token_that_hangs_after_it_was_sealed_leaves_usb_by_a_restart(blank):
    link = FactoryLink(blank)
    link.provision(order(rounds=10_000))
    link.commit()
    assert blank.pico.usb.pulled_up
    execute(blank, LOOP)
    blank.run(9000)
    assert not blank.pico.usb.pulled_up
    assert texts.text("cause.hang") in shown(blank)


def test_a_blank_token_at_its_repl_has_all_the_time_it_wants(blank):
    resets = []
    blank.pico.chip.on_reset.append(lambda: resets.append(1))
    link = FactoryLink(blank)
    link.state()
    blank.link_send(b"\r\x03")  # back to the REPL
    blank.run(30_000)
    assert resets == []


def test_a_reset_by_the_run_pin_starts_the_row_of_failures_anew(engine, resets):
    execute(engine, UNDEFINED)
    engine.run(1500)
    assert texts.text("cause.fault") in shown(engine)
    engine.pico.reset()
    engine.run(1500)
    assert "PIN>" in shown(engine)


def test_a_sealing_that_failed_half_way_ends_in_a_restart_that_looks_at_the_flash(blank):
    link = FactoryLink(blank)
    link.provision(order(rounds=10_000))
    resets = []
    blank.pico.chip.on_reset.append(lambda: resets.append(1))
    blank.pico.flash.on_operation.append(
        lambda operation: setattr(blank.pico.flash, "keeps_programs", operation.number < 68)
    )
    assert link.refused(messages.COMMIT)[0] == "VaultWriteError"
    blank.run(1500)
    assert resets
    assert not blank.pico.usb.pulled_up


@pytest.mark.parametrize("fault", ["unplugged", "shorted"])
def test_a_display_that_dies_after_the_sealing_leaves_no_repl_behind(blank, fault):
    link = FactoryLink(blank)
    link.provision(order(rounds=10_000))
    link.commit()
    (bus,) = blank.pico._buses.values()
    if fault == "unplugged":
        bus.detach(blank.display)
    else:
        bus.sda_held = True
    blank._link.send(encode_frame(messages.RESET))
    blank.run(1500)
    assert not blank.pico.usb.pulled_up


def test_nothing_of_the_order_is_left_in_the_usb_controllers_memory_after_the_restart(blank):
    link = FactoryLink(blank)
    wanted = order(rounds=10_000)
    pin = bytes(wanted.pin)
    keys = link.provision(wanted)
    link.commit()
    memory = blank.pico.chip.mcu.usb_dpram
    secrets = [pin, *(bytes(key)[:16] for _, key in keys)]
    # The PIN lies across two packets, and the controller's buffer has room for the last one.
    assert all(secret in bytes(memory) for secret in secrets[1:]), "they went that way"
    blank._link.send(encode_frame(messages.RESET))
    blank.run(1500)
    assert "PIN>" in shown(blank)
    assert not any(secret in bytes(memory) for secret in secrets)


def test_a_blank_board_without_a_display_is_not_on_usb_either(rp2040, tmp_path):
    with open_engine("rp2040", units.blank_unit(tmp_path, display=False)) as engine:
        engine.power_on()
        engine.pico.plug_usb()
        engine.run(7000)
        assert engine.pico.usb.pull_ups == 0
