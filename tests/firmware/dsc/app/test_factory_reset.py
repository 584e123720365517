"""The factory reset: two keys at power-on, four digits, nothing left; and nothing lost by accident."""

import pytest

from fakes import units
from fakes.desk import Desk
from host_tools.engines.open import open_engine

DIGITS = f"{int.from_bytes(units.UID, 'big') % 10_000:04d}"
ASKED = f'expect "Type {DIGITS} to erase"'
HELD = "power off\npower on C FD\nwait 4s\nrelease C FD\n"
TYPED = f"press {' '.join(DIGITS)} OK"


@pytest.fixture
def unit(tmp_path):
    return units.sealed_unit(tmp_path)


@pytest.fixture
def desk(any_engine, unit):
    with open_engine(any_engine, unit) as engine:
        yield Desk(engine)


def test_two_keys_and_four_digits_leave_a_blank_token(desk, unit):
    desk.do(HELD + ASKED)
    desk.do(TYPED + '\nwait 2s\nexpect "Not provisioned yet"')
    desk.do('power off\npower on\nexpect "Not provisioned yet"')
    left = unit.flash.read_bytes()
    for name, secret in units.secrets_of().items():
        assert secret not in left, name
    assert units.fixed("device secret", 32) not in left


@pytest.mark.parametrize("digits", ["0 0 0 0", DIGITS[::-1].replace("", " ").strip()])
def test_other_digits_are_asked_for_again_and_erase_nothing(desk, unit, digits):
    before = unit.flash.read_bytes()
    desk.do(HELD + f"press {digits} OK\n" + ASKED)
    assert unit.flash.read_bytes() == before


@pytest.mark.parametrize("way_out", ["hold C 2s\nwait 1s", "wait 61s\nwait 1s"])
def test_who_thinks_better_of_it_finds_the_token_as_it_was(desk, unit, way_out):
    before = unit.flash.read_bytes()
    desk.do(HELD + ASKED + f'\n{way_out}\nexpect "PIN>"')
    assert unit.flash.read_bytes() == before


@pytest.mark.parametrize("keys", ["C", "FD", "C 0", "C FD 1", "1 2"])
def test_other_keys_at_power_on_mean_nothing(desk, keys):
    desk.do(f'power off\npower on {keys}\nwait 4s\nrelease {keys}\nexpect "PIN>"')


def test_keys_that_are_let_go_early_mean_nothing(desk):
    desk.do('power off\npower on C FD\nwait 1s\nexpect "Keep both keys down"\nrelease C FD\nexpect "PIN>"')


def test_the_two_keys_mean_nothing_later(desk):
    desk.engine.press("C")
    desk.engine.press("FD")
    desk.engine.run(5000)
    assert "erase" not in desk.screen.text


def test_a_vault_that_cannot_be_read_is_erased_too(any_engine, unit):
    image = bytearray(unit.flash.read_bytes())
    image[image.index(units.fixed("salt", 16))] ^= 0xFF
    unit.flash.write_bytes(image)
    with open_engine(any_engine, unit) as engine:
        desk = Desk(engine)
        desk.do('expect "HALTED"\n' + HELD + ASKED)
        desk.do(TYPED + '\nwait 2s\nexpect "Not provisioned yet"')


def test_a_blank_token_has_nothing_to_reset(any_engine, tmp_path):
    with open_engine(any_engine, units.blank_unit(tmp_path)) as engine:
        desk = Desk(engine)
        desk.do(HELD + 'expect "Not provisioned yet"')
