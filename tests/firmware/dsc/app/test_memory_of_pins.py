"""No secret stays in memory while a change waits for its service, after it, and after an unlocking."""

import pytest

from dsc.crypto import seal
from dsc.protocol.confirm import confirm_key, confirmation
from fakes import login_secrets, secret_forms, units, verified_unit
from fakes.desk import Desk
from fakes.probe import ProbedEngine

PIN = b"90210763"
NEW = b"83051946"
CONFIGURED = [f"board's secret: {half} half in hexadecimal" for half in ("first", "second")]
DIGITS = ("PIN", "shifted PIN", "new PIN", "unlock code")


def soft_secrets():
    """What a change brings into memory: all that a login does, the new PIN, and the key of confirmations."""
    known = {**login_secrets.of_unit(PIN), "new PIN": NEW}
    known["key of confirmations"] = bytes(confirm_key(known["key"], units.SERIAL))
    return known


def verified_secrets():
    """What proving, locking and unlocking bring into memory."""
    formula = (units.LOW_ROUNDS, verified_unit.DEVICE_SECRET, units.UID)
    code = verified_unit.code(1).encode()
    return {
        "PIN": PIN,
        "new PIN": NEW,
        "unlock code": code,
        "board's secret": verified_unit.DEVICE_SECRET,
        "DEK": verified_unit.DEK,
        "unlock secret": verified_unit.UNLOCK_SECRET,
        "key": units.fixed_key(0),
        "KEK": bytes(seal.key_encryption_key(PIN, units.fixed("verified salt", 16), *formula)),
        "unlock KEK": bytes(seal.unlock_key_encryption_key(code, units.fixed("unlock salt", 16), *formula)),
    }


def to_the_number(desk):
    desk.do("press D OK")
    for pin in (PIN, NEW, NEW):
        desk.type(pin.decode())
    desk.do('expect "Give this number to"')


def a_confirmed_change(desk):
    to_the_number(desk)
    number = desk.screen.large
    desk.do("press OK")
    desk.type(confirmation(units.fixed_key(0), units.SERIAL, number))
    desk.do('expect "The new PIN is set."')


def a_refused_change(desk):
    to_the_number(desk)
    desk.do("press OK")
    for _ in range(3):
        desk.type("00000000")
    desk.do('expect "Not confirmed. The"')


def a_change_that_nobody_confirms(desk):
    to_the_number(desk)
    desk.do('press OK\nwait 601s\nexpect ""')


def a_new_pin_that_is_cancelled(desk):
    desk.do("press D OK")
    desk.type(PIN.decode())
    desk.do("press 8 3 0 5 1 9 4 6\nhold C 2s")


@pytest.mark.parametrize(
    "end",
    [
        to_the_number,
        a_confirmed_change,
        a_refused_change,
        a_change_that_nobody_confirms,
        a_new_pin_that_is_cancelled,
    ],
)
def test_nothing_is_left_of_a_soft_change(end, tmp_path):
    with ProbedEngine(units.sealed_unit(tmp_path, pin=PIN), tmp_path, "hoarding") as engine:
        end(Desk(engine))
        assert engine.search(secret_forms.of_all(soft_secrets(), DIGITS)) == {}


def test_the_expected_answer_is_known_only_while_it_is_waited_for(tmp_path):
    with ProbedEngine(units.sealed_unit(tmp_path, pin=PIN), tmp_path) as engine:
        desk = Desk(engine)
        to_the_number(desk)
        answer = confirmation(units.fixed_key(0), units.SERIAL, desk.screen.large).encode()
        assert set(engine.search({"answer": answer})) == {"answer"}
        desk.do("hold C 2s")
        assert engine.search({"answer": answer}) == {}


def a_login(desk):
    desk.login(PIN.decode(), "123457")


def a_wrong_pin(desk):
    desk.type("90210764")
    desk.do('expect "WRONG PIN"')


def a_lock(desk):
    for delay in (5, 10, 20, 0):
        desk.type("90210764")
        desk.do(f"wait {delay + 1}s")
    desk.do('expect "LOCKED"')


def a_code_without_a_new_pin(desk):
    a_lock(desk)
    desk.do("press OK")
    desk.type(verified_unit.code(1))
    desk.do('hold C 2s\nexpect "LOCKED"')


def an_unlocking(desk):
    a_lock(desk)
    desk.do("press OK")
    for digits in (verified_unit.code(1), NEW.decode(), NEW.decode()):
        desk.type(digits)
    desk.do('expect "UNLOCKED"')


def a_verified_change(desk):
    desk.do("press D OK")
    for pin in (PIN, NEW, NEW):
        desk.type(pin.decode())
    desk.do('expect "The new PIN is set."')


@pytest.mark.parametrize(
    "end", [a_login, a_wrong_pin, a_lock, a_code_without_a_new_pin, an_unlocking, a_verified_change]
)
def test_nothing_is_left_in_verified_mode(end, tmp_path):
    policy = verified_unit.Policy(pin=PIN)
    with ProbedEngine(verified_unit.unit(tmp_path, policy), tmp_path, "hoarding") as engine:
        end(Desk(engine))
        # A simulated board has its secret as the text that it was configured with, and hands out copies.
        forms = secret_forms.of_all(verified_secrets(), DIGITS)
        copies = {name: form for name, form in forms.items() if name not in CONFIGURED}
        assert engine.search(copies) == {}


def test_without_overwriting_the_key_is_found_while_a_challenge_is_waited_for(tmp_path):
    policy = verified_unit.Policy(pin=PIN)
    with ProbedEngine(verified_unit.unit(tmp_path, policy), tmp_path, "negligent") as engine:
        desk = Desk(engine)
        desk.type(PIN.decode())
        found = secret_forms.kinds(engine.search(secret_forms.of_all(verified_secrets(), DIGITS)))
        assert "key" in found
