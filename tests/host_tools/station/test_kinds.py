"""Tokens with more than PIN and login, made by the station on each interpreter: what they are, and what is recorded."""

import time

import pytest

from dsc.protocol import messages
from dsc.protocol.duress import moved
from dsc.protocol.frames import encode_frame
from dsc.protocol.records import KIND_OPEN
from dsc.protocol.settings import GERMAN
from dsc.protocol.transaction import ACCOUNT, AMOUNT, REFERENCE, Field
from dsc.vault.store import Vault
from fakes.nor_flash import NorFlash
from host_tools.engines.open import open_engine
from host_tools.engines.unit import FLASH_SIZE
from host_tools.inventory import TokenState
from host_tools.inventory.recording import SERVER_ROLE
from host_tools.inventory.verify import Verdict, verify_response
from host_tools.simulator import login
from host_tools.simulator.folder import TokenFolder, TokenFolderError
from host_tools.station.errors import FailedProofError, TokenRefusedError, WrongKeysError
from host_tools.station.make import CredentialSpec, Order, make_token

PIN = "4713"
SIGN, SERVER = "OCRA-1:HOTP-SHA256-8:QH64", "OCRA-1:HOTP-SHA1-8:QN06"
FORM = (Field(AMOUNT, "Betra\u0308ge", 2, "EUR"), Field(ACCOUNT, "Konto"), Field(REFERENCE, "Nummer"))
ALL = (
    CredentialSpec("Bank", sign=SIGN, server=SERVER, form=FORM),
    CredentialSpec("Alpine", kind="open", login="HOTP-SHA1-6", counter=5),
    CredentialSpec("Door", login="HOTP-SHA512-10"),
)


def order(*credentials, **changes):
    return Order("DS-1", bytearray(PIN.encode()), credentials or ALL, **{"rounds": 16, **changes})


@pytest.fixture
def made(inventory, tmp_path, engine_name):
    """Makes a real token on each engine."""

    def made(*credentials, **changes):
        return make_token(inventory, tmp_path / "token", order(*credentials, **changes), engine_name)

    return made


def vault_of(token):
    return Vault.mount(NorFlash(FLASH_SIZE, token.flash.read_bytes()))


def log_in(token, engine_name, pin, challenge="123457"):
    with open_engine(engine_name, token.unit()) as engine:
        engine.power_on()
        return login.respond(engine, pin, challenge, lambda name, frame: None)


def test_each_kind_of_credential_proves_itself_and_is_recorded_as_it_is_on_the_token(inventory, made):
    vault = vault_of(made())
    assert inventory.token("DS-1").state is TokenState.SEALED
    bank, alpine, door = inventory.credentials("DS-1")
    assert [each.kind for each in (bank, alpine, door)] == ["ocra", "hotp", "hotp"]
    assert [each.id for each in vault.credentials()] == [bank.id, alpine.id, door.id]
    assert (bank.sign_suite, bank.server_suite) == (SIGN, SERVER)
    assert bank.server_id == vault.server(bank.id).id
    assert len(inventory.secret(bank, SERVER_ROLE)) == 20
    assert vault.form(bank.id) == list(bank.form)
    assert bank.form[0].label == "Betr\u00e4ge"
    assert (alpine.server_id, alpine.form, vault.credential(alpine.id).kind) == (None, (), KIND_OPEN)
    # The proof has used one counter, on either side.
    assert (alpine.counter, vault.counter(alpine.id)) == (6, 6)
    assert (door.counter, vault.counter(door.id)) == (1, 1)
    assert [len(inventory.key(each)) for each in (bank, alpine, door)] == [32, 20, 64]


def test_codes_by_time_are_made_once_the_station_has_set_the_clock(inventory, made):
    made(CredentialSpec(login="TOTP-SHA1-6-T30S"), time=int(time.time()))
    assert inventory.credential("DS-1").kind == "totp"


def test_codes_by_time_without_the_time_are_refused_with_the_reason(inventory, made):
    with pytest.raises(TokenRefusedError, match="does not know the time"):
        made(CredentialSpec(login="TOTP-SHA1-6-T30S"))
    assert inventory.serials() == []


def test_letter_and_language_are_on_the_token(made):
    vault = vault_of(made(must_change=True, language=GERMAN))
    assert (vault.offset.must_change, vault.offset.answered, vault.settings.language) == (True, False, GERMAN)


def test_the_duress_pin_raises_the_alarm_and_is_nowhere_else(inventory, made, engine_name):
    duress = bytearray(b"5005")
    token = made(CredentialSpec(), duress=duress)
    assert not any(duress)
    duress_pin = moved(PIN.encode(), b"5005").decode()
    assert verify_response(inventory, "DS-1", "123457", log_in(token, engine_name, PIN)) is Verdict.ACCEPTED
    response = log_in(token, engine_name, duress_pin)
    assert verify_response(inventory, "DS-1", "123457", response) is Verdict.ALARM
    response = log_in(token, engine_name, "9713")  # half of the way to it
    assert verify_response(inventory, "DS-1", "123457", response) is Verdict.REJECTED


def test_a_credential_without_pin_has_no_alarm(inventory, made):
    made(duress=b"5000")
    keys = [inventory.alarm_key(each) for each in inventory.credentials("DS-1")]
    assert [key is None for key in keys] == [False, True, False]


def test_a_weak_duress_pin_is_refused_by_the_token(inventory, tmp_path):
    wanted = Order("DS-1", bytearray(b"6234"), rounds=16, duress=b"5000")
    with pytest.raises(TokenRefusedError, match="duress PIN is too easy to guess"):
        make_token(inventory, tmp_path / "token", wanted, "cpython")


# Verified mode.


def test_a_verified_token_is_recorded_with_its_unlock_secret_and_keeps_its_board_s_secret(
    inventory, made, engine_name
):
    token = made(CredentialSpec(), mode="verified", pin_limit=4, code_limit=3, wipe=True)
    assert inventory.token("DS-1").mode == "verified"
    assert TokenFolder.load(token.path).secret == token.secret
    root = vault_of(token).root
    assert (root.mode, root.pin_limit, root.code_limit, root.wipes) == (1, 4, 3, True)
    assert token.secret not in token.flash.read_bytes()
    assert verify_response(inventory, "DS-1", "123457", log_in(token, engine_name, PIN)) is Verdict.ACCEPTED


def test_a_token_that_is_not_verified_has_no_board_s_secret(made):
    token = made(CredentialSpec())
    assert token.secret is None
    assert "secret" not in (token.path / "token.json").read_text()


@pytest.mark.parametrize("secret", ['"00"', '"zz"', "7"])
def test_a_folder_with_a_wrong_secret_is_no_token(inventory, tmp_path, secret):
    token = make_token(inventory, tmp_path / "token", order(CredentialSpec()), "cpython")
    described = (token.path / "token.json").read_text().replace('"serial"', f'"secret": {secret}, "serial"')
    (token.path / "token.json").write_text(described)
    with pytest.raises(TokenFolderError, match=r"token\.json can't be read"):
        TokenFolder.load(token.path)


def test_a_verified_token_has_no_duress_pin(inventory, made):
    with pytest.raises(TokenRefusedError, match="no duress PIN in verified mode"):
        made(CredentialSpec(), mode="verified", duress=b"5000")


# Orders.


def test_neither_pin_nor_duress_digits_are_in_what_an_order_says_of_itself():
    assert PIN not in repr(order(duress=b"5000"))
    assert "5000" not in repr(order(duress=b"5000"))


def test_keys_that_are_missing_are_not_taken(inventory, fake, tmp_path, monkeypatch):
    monkeypatch.setattr("host_tools.station.make.open_engine", lambda name, unit: fake)
    for changes in (
        {"duress": b"5000"},
        {"mode": "verified"},
        {"credentials": (CredentialSpec(server=SERVER),)},
    ):
        wanted = Order("DS-1", bytearray(PIN.encode()), **changes)
        with pytest.raises(WrongKeysError):
            make_token(inventory, tmp_path / "token", wanted, "fake")
    assert inventory.serials() == []


@pytest.mark.parametrize("code", ["", "12345", "1234567", "000000"])
def test_a_plain_code_that_is_wrong_is_no_proof(inventory, fake, tmp_path, monkeypatch, code):
    monkeypatch.setattr("host_tools.station.make.open_engine", lambda name, unit: fake)
    answer = bytes(encode_frame(messages.PROOF, messages.encode_proof(code)))
    fake.lies[messages.PROVE] = lambda asked: answer
    wanted = Order("DS-1", bytearray(PIN.encode()), (CredentialSpec(login="HOTP-SHA256-6"),))
    with pytest.raises(FailedProofError):
        make_token(inventory, tmp_path / "token", wanted, "fake")
    assert inventory.serials() == []
    assert [one.event for one in inventory.history("DS-1")] == ["in doubt", "proof failed", "never sealed"]
