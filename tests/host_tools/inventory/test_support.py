"""What the service tells a token's user: confirmations by the right key, unlock codes, and no key left behind."""

import pytest

from dsc.crypto.errors import QuestionError
from dsc.protocol.confirm import confirmation
from dsc.protocol.errors import UnlockError
from dsc.protocol.unlock import unlock_code
from host_tools.inventory import support as module
from host_tools.inventory.errors import NoAlarmError, NoUnlockError
from host_tools.inventory.support import code_to_unlock, confirm_pin_change

REAL = bytes([1]) * 32
ALARM = bytes(range(32))
SECRET = bytes(range(50, 82))


def test_a_pin_change_is_confirmed_with_the_key_that_opened_the_session(inventory, record):
    record(alarm_key=bytearray(ALARM))
    assert confirm_pin_change(inventory, "DS-1001", "12345678") == confirmation(REAL, "DS-1001", "12345678")
    answer = confirm_pin_change(inventory, "DS-1001", "12345678", "Login", alarm=True)
    assert answer == confirmation(ALARM, "DS-1001", "12345678")


def test_without_an_alarm_key_nothing_is_confirmed_with_it(inventory, record):
    record()
    with pytest.raises(NoAlarmError, match="'Login'"):
        confirm_pin_change(inventory, "DS-1001", "12345678", alarm=True)


def test_another_number_is_refused_and_both_keys_are_wiped(inventory, record, monkeypatch):
    record(alarm_key=bytearray(ALARM))
    seen = []

    def watched(key, serial, number):
        seen.append(key)
        return confirmation(key, serial, number)

    monkeypatch.setattr(module, "confirmation", watched)
    for alarm in (False, True):
        with pytest.raises(QuestionError):
            confirm_pin_change(inventory, "DS-1001", "1234567", alarm=alarm)
    assert seen == [bytearray(32)] * 2


def test_unlock_codes_are_the_token_s(inventory, record):
    record(mode="verified", unlock_secret=bytearray(SECRET))
    assert code_to_unlock(inventory, "DS-1001", 7) == unlock_code(SECRET, "DS-1001", 7)
    with pytest.raises(UnlockError):
        code_to_unlock(inventory, "DS-1001", 0)
    record("DS-1002", 2)
    with pytest.raises(NoUnlockError):
        code_to_unlock(inventory, "DS-1002", 1)


def test_the_unlock_secret_is_wiped_whatever_happens(inventory, record, monkeypatch):
    record(mode="verified", unlock_secret=bytearray(SECRET))
    seen = []

    def failing(secret, serial, n):
        seen.append(secret)
        raise RuntimeError("failed on the way")

    monkeypatch.setattr(module, "unlock_code", failing)
    with pytest.raises(RuntimeError):
        code_to_unlock(inventory, "DS-1001", 1)
    assert seen == [bytearray(32)]
