"""What a credential has beside its login key: alarm key, server key, form; and a token's unlock secret."""

import sqlite3

import pytest

from dsc.protocol.transaction import ACCOUNT, AMOUNT, REFERENCE, Field
from host_tools.inventory import Inventory, NewCredential
from host_tools.inventory.errors import (
    CredentialInUseError,
    FieldError,
    NoUnlockError,
    UnknownSerialError,
    UnwrapError,
)

ALARM = bytearray(range(32))
SECRET = bytearray(range(50, 82))
SIGN = "OCRA-1:HOTP-SHA256-8:QH64"
SERVER = "OCRA-1:HOTP-SHA256-6:QN06"
FORM = (Field(AMOUNT, "Beträge", 2, "EUR"), Field(ACCOUNT, "口座"), Field(REFERENCE, "Reference"))


def mutual(number=1, **changed):
    return {
        "server_id": bytes([100 + number]) * 16,
        "server_key": bytearray([number]) * 32,
        "server_suite": SERVER,
        **changed,
    }


def test_an_alarm_key_comes_back_equal_and_wipeable(inventory, record):
    record(alarm_key=bytearray(ALARM))
    key = inventory.alarm_key(inventory.credential("DS-1001"))
    assert isinstance(key, bytearray)
    assert key == ALARM
    assert inventory.key(inventory.credential("DS-1001")) == bytes([1]) * 32


def test_a_credential_without_duress_pin_has_no_alarm_key(inventory, record):
    record()
    assert inventory.alarm_key(inventory.credential("DS-1001")) is None


def test_a_form_comes_back_as_it_was_recorded(inventory, record, location):
    record(sign_suite=SIGN, form=FORM)
    inventory.close()
    with Inventory.open(location) as again:
        assert again.credential("DS-1001").form == FORM


def test_a_server_key_is_found_by_its_role(inventory, record):
    record(**mutual())
    credential = inventory.credential("DS-1001")
    assert credential.server_id == bytes([101]) * 16
    assert inventory.secret(credential, "server") == bytes([1]) * 32


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (mutual(1), mutual(1)),
        (mutual(1, server_id=bytes([2]) * 16), {}),
        ({}, mutual(2, server_id=bytes([1]) * 16)),
    ],
    ids=["two servers", "a server's id for a credential", "a credential's id for a server"],
)
def test_no_id_is_given_twice_to_keys_of_any_kind(inventory, record, first, second):
    record(**first)
    with pytest.raises(CredentialInUseError):
        record("DS-1002", 2, **second)
    assert inventory.serials() == ["DS-1001"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"form": FORM}, "needs a suite"),
        ({"sign_suite": SIGN, "form": (FORM[2],)}, "one to three"),
        ({"sign_suite": SIGN, "form": (Field(ACCOUNT, "Betra\u0308ge"),)}, "NFC"),
        (mutual(server_suite=None), "needs an OCRA suite"),
        (mutual(login_suite="HOTP-SHA1-6"), "needs an OCRA suite"),
        (mutual(server_suite="OCRA-1:HOTP-SHA256-6:QN08"), "one format and length"),
        (mutual(server_suite="OCRA-1:HOTP-SHA256-6:QH06"), "one format and length"),
        (mutual(server_suite="OCRA-1:HOTP-SHA256-8:QN06"), "must differ"),
        ({"mode": "hard"}, "soft, verified"),
        ({"mode": "verified"}, "in verified mode, and in no other"),
        ({"unlock_secret": SECRET}, "in verified mode, and in no other"),
        ({"mode": "verified", "unlock_secret": bytearray(31)}, "32 bytes, not 31"),
        ({"mode": "verified", "unlock_secret": SECRET, "alarm_key": ALARM}, "no duress PIN"),
    ],
)
def test_what_does_not_go_together_is_refused(inventory, record, options, message):
    with pytest.raises(FieldError, match=message):
        record(**options)
    assert inventory.serials() == []


@pytest.mark.parametrize(
    ("suite", "kind"),
    [("OCRA-1:HOTP-SHA256-8:QN06", "ocra"), ("HOTP-SHA1-6", "hotp"), ("TOTP-SHA256-8-T1M", "totp")],
)
def test_the_kind_follows_from_what_stands_for_the_login_suite(inventory, record, suite, kind):
    record(login_suite=suite)
    assert inventory.credential("DS-1001").kind == kind


def test_the_unlock_secret_is_the_whole_token_s(inventory, record):
    assert record(mode="verified", unlock_secret=bytearray(SECRET)).mode == "verified"
    assert inventory.token("DS-1001").mode == "verified"
    assert inventory.unlock_secret("DS-1001") == SECRET


def test_a_token_in_soft_mode_has_no_unlock_codes(inventory, record):
    record()
    with pytest.raises(NoUnlockError, match="soft mode"):
        inventory.unlock_secret("DS-1001")
    with pytest.raises(UnknownSerialError):
        inventory.unlock_secret("DS-1002")


def test_an_unlock_secret_in_another_token_s_place_is_refused(inventory, record, location):
    record(mode="verified", unlock_secret=bytearray(SECRET))
    record("DS-1002", 2, mode="verified", unlock_secret=bytearray(32))
    connection = sqlite3.connect(location.database)
    with connection:
        connection.execute("UPDATE token_secrets SET token_id = 9 WHERE token_id = 1")
        connection.execute("UPDATE token_secrets SET token_id = 1 WHERE token_id = 2")
    connection.close()
    with pytest.raises(UnwrapError):
        inventory.unlock_secret("DS-1001")


def test_an_alarm_key_in_the_login_key_s_place_is_refused(inventory, record, location):
    record(alarm_key=bytearray(ALARM))
    connection = sqlite3.connect(location.database)
    with connection:
        connection.execute("DELETE FROM wrapped_keys WHERE role = 'login'")
        connection.execute("UPDATE wrapped_keys SET role = 'login' WHERE role = 'alarm'")
    connection.close()
    with pytest.raises(UnwrapError):
        inventory.key(inventory.credential("DS-1001"))


def test_all_secrets_of_a_forgotten_token_are_gone_from_the_files(inventory, record, location):
    record(mode="verified", unlock_secret=bytearray(SECRET), **mutual())
    record("DS-1002", 2, alarm_key=bytearray(ALARM))
    connection = sqlite3.connect(location.database)
    rows = connection.execute(
        "SELECT ciphertext FROM wrapped_keys UNION ALL SELECT ciphertext FROM token_secrets"
    ).fetchall()
    connection.close()
    assert len(rows) == 7
    for serial in inventory.serials():
        inventory.forget(serial)
    content = b"".join(path.read_bytes() for path in location.database.parent.iterdir())
    assert not [row for (row,) in rows if row in content]


def test_no_repr_shows_any_of_the_keys():
    new = NewCredential(
        id=bytes(16), label="Login", key=bytearray(32), alarm_key=ALARM, **mutual(server_key=SECRET)
    )
    assert "key" not in repr(new)
    assert repr(bytes(ALARM))[4:20] not in repr(new)
