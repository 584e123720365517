"""PINs changed and tokens unlocked on the engines, with the words of the inventory that knows the keys."""

from contextlib import closing

import pytest

from dsc.protocol.records import OFFSET_MUST_CHANGE, PinOffset
from dsc.vault.store import Vault
from fakes import units, verified_unit
from fakes.desk import Desk
from host_tools.engines.open import open_engine
from host_tools.inventory import Inventory, Location
from host_tools.inventory.asking import ask
from host_tools.inventory.desk_errors import WrongResponseError
from host_tools.inventory.help_desk import authenticate, confirm
from host_tools.station.make import Order, make_token
from simulated.flash import Flash

SERIAL = "END-0002"
PIN = "729461"
NEW = "830512"
WRONG_PIN = "4712"
NEW_SHORT = "8305"


@pytest.fixture
def made(engine_name, tmp_path):
    """A token from the station, and the inventory; `boot` switches it on."""
    with Inventory.open(Location.inside(tmp_path)) as inventory:
        token = make_token(
            inventory, tmp_path / "token", Order(SERIAL, bytearray(PIN.encode()), rounds=16), "cpython"
        )

        def boot():
            return open_engine(engine_name, token.unit())

        yield boot, inventory, token.unit().flash


def open_change(desk):
    desk.do("press D")
    desk.do(f"press {'B ' * (desk.screen.lines.index('Change PIN') - 1)} OK")


def change(desk, inventory, old=PIN, new=NEW):
    """A whole change, for which the service is asked."""
    open_change(desk)
    answer_demand(desk, inventory, old, new)


def answer_demand(desk, inventory, old=PIN, new=NEW):
    for pin in (old, new, new):
        desk.type(pin)
    number = desk.screen.large
    desk.do("press OK")
    desk.type(confirm(inventory, SERIAL, number))


def is_accepted(desk, inventory, pin):
    """A login that opens a session in which the help desk confirms."""
    challenge = ask(inventory, SERIAL).question
    try:
        authenticate(inventory, SERIAL, desk.login(pin, challenge), question=challenge)
    except WrongResponseError:
        return False
    return True


def again(desk):
    desk.do('press OK\nwait 1s\nexpect ""\npress OK')


def test_after_a_confirmed_change_the_inventory_accepts_the_new_pins_responses_alone(made):
    boot, inventory, _ = made
    with boot() as engine:
        desk = Desk(engine)
        assert is_accepted(desk, inventory, PIN)
        again(desk)
        change(desk, inventory)
        desk.do('expect "The new PIN is set."')
        again(desk)
        assert is_accepted(desk, inventory, NEW)
        again(desk)
        assert not is_accepted(desk, inventory, PIN)


def test_after_a_mistyped_old_pin_the_old_one_is_in_force(made):
    boot, inventory, flash = made
    before = flash.read_bytes()
    with boot() as engine:
        desk = Desk(engine)
        assert is_accepted(desk, inventory, PIN)
        again(desk)
        change(desk, inventory, old="729460")
        desk.do('expect "Wrong. Tries left: 2"\nhold C 2s')
        assert is_accepted(desk, inventory, PIN)
    assert flash.read_bytes() == before


def test_a_pin_from_a_letter_is_changed_after_its_first_login(made):
    boot, inventory, image = made
    with closing(Flash(str(image))) as flash:
        vault = Vault.mount(flash)
        vault.replace_offset(PinOffset(vault.offset.offset, OFFSET_MUST_CHANGE))
    with boot() as engine:
        desk = Desk(engine)
        desk.type(PIN)
        assert is_accepted(desk, inventory, PIN)
        again(desk)
        desk.do('expect "The PIN from the"\npress OK')
        answer_demand(desk, inventory)
        desk.do('expect "The new PIN is set."')
        again(desk)
        assert is_accepted(desk, inventory, NEW)


@pytest.fixture
def verified(engine_name, tmp_path):
    with open_engine(engine_name, verified_unit.unit(tmp_path)) as engine:
        yield Desk(engine)


def test_wrong_pins_delay_lock_and_are_unlocked_by_code(verified):
    for delay in (5, 10, 20):
        verified.type(WRONG_PIN)
        verified.do('expect "WRONG PIN"')
        verified.do(f"wait {delay}s")
    verified.type(WRONG_PIN)
    verified.do('expect "LOCKED"\npower off\npower on\nexpect "LOCKED"\nexpect "Number 1"\npress OK')
    verified.type("1234567812345678")
    verified.do('expect "WRONG CODE"\npress OK\nexpect "LOCKED"\npress OK')
    verified.type(verified_unit.code(1))
    verified.type(NEW_SHORT)
    verified.type(NEW_SHORT)
    verified.do('expect "UNLOCKED"')
    again(verified)
    assert len(verified.login(NEW_SHORT, "123457")) == 8


def test_a_delay_is_whole_again_after_power_off(verified):
    verified.type(WRONG_PIN)
    verified.do(
        'wait 4s\npower off\npower on\nexpect "Wait 0:05"\nwait 4s\nexpect "Wait 0:01"\nwait 2s\nexpect "PIN>"'
    )
    verified.type(units.PIN.decode())
    verified.do('expect "CHALLNG>"')


def test_a_pin_is_changed_without_a_service(verified):
    open_change(verified)
    for pin in (units.PIN.decode(), NEW_SHORT, NEW_SHORT):
        verified.type(pin)
    verified.do('expect "The new PIN is set."')
    again(verified)
    verified.type(NEW_SHORT)
    verified.do('expect "CHALLNG>"')
