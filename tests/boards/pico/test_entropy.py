"""The real image with oscillators good and bad: keys from the good one, none from any other, and logins from all."""

from contextlib import contextmanager

import pytest

from dsc.crypto.ocra import Suite, respond
from dsc.protocol import messages, orders
from fakes import units
from fakes.factory_link import FactoryLink, order
from hil.desk import EmulatedDesk
from host_tools.emulator.oscillator import Biased, Dying, Good, Periodic, Sticky, Stuck
from host_tools.engines.open import open_engine
from host_tools.inventory import Inventory, Location
from host_tools.simulator import login
from host_tools.simulator.screen_reader import read_screen
from host_tools.station import make
from host_tools.station.errors import BrokenEntropyError

ROUNDS = 10_000  # the board makes no token with fewer
SCAN_BITS = 128  # that are read at power-on, for the order in which rows are scanned
START_BITS, BLOCK_BITS = 4096, 1024
BROKEN = "Random source broken"

ANY = ("repetition", "proportion", "period")  # whichever is met first
BAD = {
    "stuck at 0": (lambda: Stuck(0), "repetition"),
    "stuck at 1": (lambda: Stuck(1), "repetition"),
    "biased to 0": (lambda: Biased(1, 0.1), ANY),
    "biased to 1": (lambda: Biased(1, 0.85), ANY),
    "alternating": (lambda: Periodic("01"), "period"),
    "of a period of 5": (lambda: Periodic("01101"), "period"),
    "of a period of 64": (lambda: Periodic("0110100110010110" * 3 + "1001011001101001"), "period"),
    "sticky": (lambda: Sticky(1, 0.85), ("repetition", "period")),
    "restless": (lambda: Sticky(1, 0.15), "period"),
    "dying in the start-up test": (lambda: Dying(Good(1), SCAN_BITS + 2000), "repetition"),
    "dying after it": (lambda: Dying(Good(1), SCAN_BITS + START_BITS + 100, 1), "repetition"),
    "dying in the last block": (
        lambda: Dying(Good(1), SCAN_BITS + START_BITS + 2 * BLOCK_BITS - 100),
        "repetition",
    ),
}

SAMPLES = """
import time
from pico import oscillator
buffer = bytearray({length})
begun = time.ticks_us()
oscillator.fill(buffer)
print(time.ticks_diff(time.ticks_us(), begun), buffer.hex())
"""


@contextmanager
def switched_on(unit, source=None):
    """The image on an emulated Pico whose oscillator is `source`, or a good one of the unit's seed."""
    with open_engine("rp2040", unit) as engine:
        if source is not None:
            engine.on_wired.append(lambda pico: setattr(pico.oscillator, "source", source))
        engine.power_on()
        yield engine


def keys_of(rp2040, folder, seed):
    """The key that a unit makes of the station's order, always the same one."""
    with switched_on(units.blank_unit(folder, seed=seed)) as engine:
        ((_, key),) = FactoryLink(engine).provision(order(rounds=ROUNDS))
        assert engine.pico.oscillator.reads == SCAN_BITS + START_BITS + 2 * BLOCK_BITS
        return bytes(key)


def test_units_of_different_oscillators_make_different_keys_and_of_the_same_one_the_same(rp2040, tmp_path):
    keys = [keys_of(rp2040, tmp_path / str(n), seed) for n, seed in enumerate([1, 2, 3, 1])]
    assert len(set(keys)) == 3
    assert keys[3] == keys[0]


@pytest.mark.parametrize("kind", BAD)
def test_no_token_is_made_with_a_bad_oscillator(rp2040, tmp_path, kind):
    source, tests = BAD[kind]
    unit = units.blank_unit(tmp_path)
    with switched_on(unit, source()) as engine:
        link = FactoryLink(engine)
        name, reason = link.refused(messages.PROVISION, orders.encode_provision(order(rounds=ROUNDS)))
        assert name == "EntropyError"
        assert reason.split()[5] in tests
        assert reason.endswith("no key was made")
        assert BROKEN in read_screen(engine.frame()).text
        assert link.refused(messages.COMMIT)[0] == "SequenceError"
        assert link.state() == messages.VAULT_BLANK
    assert set(unit.flash.read_bytes()) == {0xFF}


def test_an_oscillator_that_failed_is_not_believed_again_before_a_restart(rp2040, tmp_path):
    wanted = orders.encode_provision(order(rounds=ROUNDS))
    with switched_on(units.blank_unit(tmp_path), Periodic("01")) as engine:
        link = FactoryLink(engine)
        assert link.refused(messages.PROVISION, bytearray(wanted))[0] == "EntropyError"
        engine.pico.oscillator.source = Good(1)
        reads = engine.pico.oscillator.reads
        assert link.refused(messages.PROVISION, bytearray(wanted))[0] == "EntropyError"
        assert engine.pico.oscillator.reads == reads
        engine.power_off()
        engine.on_wired.clear()
        engine.power_on()
        assert BROKEN not in read_screen(engine.frame()).text
        assert FactoryLink(engine).provision(order(rounds=ROUNDS))


def test_the_station_says_what_is_wrong_and_records_nothing(rp2040, tmp_path, monkeypatch):
    def open_broken(name, unit):
        engine = open_engine(name, unit)
        engine.on_wired.append(lambda pico: setattr(pico.oscillator, "source", Stuck(1)))
        return engine

    monkeypatch.setattr(make, "open_engine", open_broken)
    wanted = make.Order("DS-1", bytearray(b"4713"))
    with Inventory.open(Location.inside(tmp_path / "inventory")) as inventory:
        with pytest.raises(BrokenEntropyError, match=r"repetition test; no key was made; .* is broken"):
            make.make_token(inventory, tmp_path / "token", wanted, "rp2040")
        assert inventory.serials() == []
    assert not (tmp_path / "token").exists()


@pytest.mark.parametrize("source", [Stuck(0), Stuck(1), Periodic("01")], ids=["zeros", "ones", "alternating"])
def test_the_owner_of_a_sealed_token_logs_in_with_a_broken_oscillator(rp2040, tmp_path, source):
    with switched_on(units.sealed_unit(tmp_path), source) as engine:
        response = login.respond(engine, units.PIN.decode(), "123457", lambda name, frame: None)
    assert response == respond(Suite.parse(units.LOGIN), units.fixed_key(0), "123457")


def test_raw_bits_are_the_oscillators_own_in_their_order_and_at_least_20_microseconds_apart(rp2040, tmp_path):
    pattern = "0010111011010001"
    with switched_on(units.blank_unit(tmp_path), Periodic(pattern)) as engine:
        desk = EmulatedDesk(engine, units.UID)
        before = engine.pico.oscillator.reads
        took, text = desk.ask(SAMPLES.format(length=64)).split()
        reads = engine.pico.oscillator.reads - before
    bits = "".join(str(byte >> place & 1) for byte in bytes.fromhex(text) for place in range(8))
    assert reads == 512
    assert bits == (pattern * 34)[before % 16 :][:512]
    assert 20 * 512 <= int(took) < 50 * 512
