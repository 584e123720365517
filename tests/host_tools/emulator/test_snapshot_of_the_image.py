"""The real image on a board that is taken back goes on to the cycle, whatever it was doing."""

import pytest

from fakes import units
from fakes.board_states import assert_goes_on_alike, board, measured
from host_tools.emulator.chip import MILLISECOND
from host_tools.emulator.pico import Pico
from host_tools.emulator.serial_port import EmulatedSerial, open_transport
from host_tools.engines.open import open_engine

MICROSECOND = 1e3


@pytest.fixture
def sealed(rp2040, tmp_path):
    """A sealed token with many rounds, switched on and asking for its PIN."""
    with open_engine("rp2040", units.sealed_unit(tmp_path, rounds=5000)) as engine:
        engine.power_on()
        yield engine


@pytest.fixture
def blank(rp2040, tmp_path):
    """A blank board, switched on."""
    with open_engine("rp2040", units.blank_unit(tmp_path)) as engine:
        engine.power_on()
        yield engine


def tap(engine, *keys) -> None:
    for key in keys:
        engine.press(key)
        engine.settle()
        engine.release(key)
        engine.settle()


@pytest.mark.parametrize("milliseconds", [0, 1, 7, 30])
def test_in_the_middle_of_its_boot(rp2040, milliseconds):
    pico = board()
    pico.load_uf2(rp2040)
    pico.power_off()
    pico.power_on()
    pico.run(milliseconds)
    assert_goes_on_alike(pico, lambda: pico.run(60))


def test_the_image_on_either_loop(image, loop):
    pico = board(loop=loop)
    pico.load_uf2(image)
    pico.reset()
    pico.run(2)
    assert_goes_on_alike(pico, lambda: pico.run(3))


def test_within_a_byte_that_goes_to_the_display(sealed):
    pico, controller = sealed.pico, sealed.pico.chip.mcu.i2c[0]
    sealed.press("4")

    def on_its_way() -> bool:
        return len(controller.buses[0]._received) > 100 and controller._after is not None

    assert pico.chip.run_until(on_its_way, 500 * MILLISECOND, 5 * MICROSECOND)
    sealed.press("5")
    assert_goes_on_alike(pico, lambda: pico.run(80))


def test_while_a_key_bounces(sealed):
    pico, (keypad,) = sealed.pico, sealed.pico.keypads
    sealed.press("4")
    pico.run(1)
    sealed.press("7")
    assert len(keypad._bounces) == 2
    assert_goes_on_alike(pico, lambda: pico.run(100))


def test_while_keys_come_at_times_that_were_set_before(sealed):
    pico = sealed.pico
    pico.chip.at(pico.chip.nanos + 40 * MILLISECOND, lambda: sealed.press("4"))
    pico.chip.at(pico.chip.nanos + 90 * MILLISECOND, lambda: sealed.release("4"))
    pico.run(20)
    assert_goes_on_alike(pico, lambda: pico.run(120))


def test_within_the_derivation_of_a_key(sealed):
    pico = sealed.pico
    tap(sealed, *"4711")
    sealed.press("OK")
    pico.run(150)
    assert pico.chip.nanos - pico.chip.last_idle_nanos > 50 * MILLISECOND, "it computes"
    assert_goes_on_alike(pico, lambda: pico.run(700))


def test_asleep(sealed):
    pico = sealed.pico
    pico.run(2000)
    assert pico.chip.run_until(lambda: pico.chip.mcu.core.waiting, 100 * MILLISECOND, 100 * MICROSECOND)

    def wake():
        pico.run(500)
        sealed.press("1")
        pico.run(100)

    assert_goes_on_alike(pico, wake)


@pytest.mark.parametrize("transfers", [1, 3, 6])
def test_while_a_computer_finds_out_what_it_is(blank, transfers):
    pico = blank.pico
    usb, begun = pico.usb, []
    pico.plug_usb()

    def under_way() -> bool:
        if usb._current is not None and usb._current not in begun:
            begun.append(usb._current)
        return len(begun) == transfers

    assert pico.chip.run_until(under_way, 1000 * MILLISECOND, 10 * MICROSECOND)
    assert not usb.connected
    assert_goes_on_alike(pico, lambda: pico.run(200))
    assert usb.connected


def connected(pico: Pico) -> EmulatedSerial:
    pico.plug_usb()
    assert pico.chip.run_until(lambda: pico.usb.connected, 2000 * MILLISECOND)
    return EmulatedSerial(pico.usb, pico.run)


def test_within_an_exchange_with_mpremote(blank):
    pico = blank.pico
    transport = open_transport(connected(pico))
    transport.enter_raw_repl(soft_reset=False)
    transport.exec_raw_no_follow("print(sum(i * i for i in range(3000)), 'x' * 300)")
    pico.run(2)

    def follow():
        said = transport.follow(5)
        pico.run(5)
        return said

    assert_goes_on_alike(pico, follow)


def test_while_packets_wait_on_both_ends(blank):
    pico = blank.pico
    serial = connected(pico)
    serial.write(b"\r\x03")
    pico.usb.send(b"1+1\r\n" * 200)
    assert pico.chip.run_until(lambda: bool(pico.usb.waiting), 100 * MILLISECOND, 10 * MICROSECOND)
    assert pico.usb._outgoing
    assert_goes_on_alike(pico, lambda: pico.run(50))


def test_a_port_that_was_opened_later_can_still_be_closed(blank):
    pico = blank.pico
    kept = pico.snapshot()
    serial = connected(pico)
    pico.restore(kept)
    assert not pico.usb.connected
    serial.close()


def test_a_port_knows_again_that_its_device_is_there(blank):
    pico = blank.pico
    serial = connected(pico)
    kept = pico.snapshot()
    pico.unplug_usb()
    with pytest.raises(OSError, match="left"):
        serial.write(b"x")
    pico.restore(kept)
    assert serial.write(b"\r\x03") == 2
    assert serial.read(1)


def test_before_the_image_goes_into_the_flash_anew(sealed):
    pico = sealed.pico
    kept = pico.snapshot()
    flash = bytes(pico.flash.data)
    pico.load(0, bytes(range(256)) * 4096)
    pico.restore(kept)
    assert bytes(pico.flash.data) == flash
    assert_goes_on_alike(pico, lambda: pico.run(20))


def test_several_moments_of_one_board_in_any_order(sealed):
    pico = sealed.pico
    kept = []
    for key in "4711":
        sealed.press(key)
        pico.run(17)
        sealed.release(key)
        kept.append((pico.snapshot(), measured(pico)))
        pico.run(60)
    after = {}
    for place in (2, 0, 3, 3, 1, 0, 2):
        snapshot, state = kept[place]
        pico.restore(snapshot)
        assert measured(pico) == state
        pico.run(60)
        assert after.setdefault(place, measured(pico)) == measured(pico)


@pytest.mark.parametrize("how", ["reset", "power_off", "power cycle"])
def test_a_reset_or_a_loss_of_power_is_undone(sealed, how):
    pico = sealed.pico

    def lose():
        if how == "reset":
            pico.reset()
        else:
            pico.power_off()
        if how == "power cycle":
            pico.power_on()
        pico.run(90)

    sealed.press("4")
    pico.run(3)
    assert_goes_on_alike(pico, lose)
    assert_goes_on_alike(pico, lambda: pico.run(50))
