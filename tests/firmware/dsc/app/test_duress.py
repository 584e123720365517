"""The duress PIN: on the token nothing differs but the digits of the response, whatever has become of the PIN since."""

import random

import pytest

from dsc.crypto import seal
from dsc.protocol import duress
from dsc.protocol.errors import WeakPinError
from dsc.protocol.pin import check_pin
from dsc.vault.store import Vault
from fakes import units
from fakes.pin_user import CHALLENGE, change, response_to, right_response, soft_flash, token
from fakes.running_token import typed

PIN = units.PIN
DELTA = duress.DEFAULT[: len(PIN)]
BOTH_ENDS = b"5005"


def alarm_key(delta: bytes = DELTA) -> bytes:
    """What the station computes when the token is made: the key that the duress PIN opens."""
    flash = soft_flash()
    vault = Vault.mount(flash)
    root, credential = vault.root, vault.credentials()[0]
    shifted = seal.shift(duress.moved(PIN, delta), vault.offset.offset)
    kek = seal.key_encryption_key(shifted, root.salt, root.rounds, root.device_secret, units.UID)
    dek = seal.open_dek(root.sealed_dek, kek)
    return bytes(
        seal.open_key(credential.sealed_key, dek, credential.id, credential.nonce, credential.header())
    )


def alarmed(pin: bytes, delta: bytes = DELTA) -> str:
    return duress.moved(pin, delta).decode()


def fresh_pins(count: int, delta: bytes = DELTA) -> list[bytes]:
    """PINs that may be set, and that differ from their neighbours in the list."""
    source, pins = random.Random("duress"), [PIN]
    while len(pins) <= count:
        pin = b"%04d" % source.randrange(10_000)
        try:
            check_pin(pin)
        except WeakPinError:
            continue
        if pin not in (pins[-1], duress.moved(pins[-1], delta)):
            pins.append(pin)
    return pins[1:]


@pytest.mark.parametrize("delta", [DELTA, BOTH_ENDS])
def test_ten_changes_later_the_pin_plus_delta_still_raises_the_alarm(delta):
    flash, pin = soft_flash(), PIN
    for new in fresh_pins(10, delta):
        token(flash).use(*change(pin.decode(), new.decode()))
        pin = new
        assert response_to(flash, pin.decode()) == right_response()
        assert response_to(flash, alarmed(pin, delta)) == right_response(alarm_key(delta))
    assert alarm_key(delta) != units.fixed_key(0)


def test_after_a_change_under_duress_the_new_pin_raises_the_alarm_and_plus_delta_is_the_real_one():
    flash, new = soft_flash(), b"8305"
    # Who is alarmed answers with the alarm key: the coercer sees a confirmation like any other.
    token(flash).use(*change(alarmed(PIN), new.decode(), alarm_key()))
    assert response_to(flash, new.decode()) == right_response(alarm_key())
    assert response_to(flash, alarmed(new)) == right_response()


def test_frames_differ_in_the_digits_of_the_response_only():
    frames = []
    for pin in (PIN.decode(), alarmed(PIN)):
        running = token(soft_flash()).use(*typed(pin), 2000, *typed(CHALLENGE))
        frames.append(running.pictures)
    real, alarm = frames
    typed_first = 1  # the first digit of the PIN is readable for a moment
    assert len(real) == len(alarm)
    different = [index for index in range(len(real)) if real[index] != alarm[index]]
    assert different == [typed_first, len(real) - 1]
    page = 128
    changed = {place // page for place in range(len(real[-1])) if real[-1][place] != alarm[-1][place]}
    assert changed <= {2, 3, 4}  # the rows of the large digits


@pytest.mark.parametrize("suite", [units.LOGIN, "OCRA-1:HOTP-SHA256-8:C-QN06"])
def test_the_flash_is_written_as_often_and_with_the_same_bytes(suite):
    left = []
    for pin in (PIN.decode(), alarmed(PIN)):
        flash = soft_flash(((suite, ""),))
        before = flash.operations
        token(flash).use(*typed(pin), *typed(CHALLENGE))
        left.append((flash.operations - before, flash.reads, bytes(flash.cells)))
    assert left[0] == left[1]


def test_a_change_writes_as_often_under_duress():
    counts = []
    for old, key in ((PIN.decode(), units.fixed_key(0)), (alarmed(PIN), alarm_key())):
        flash = soft_flash()
        before = flash.operations
        token(flash).use(*change(old, "8305", key))
        counts.append(flash.operations - before)
    assert counts[0] == counts[1]
