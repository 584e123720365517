"""What a token holds that was ordered with more than PIN and login: alarm, server, open keys, forms, verified mode."""

import pytest

from dsc.app.provisioning import NewToken
from dsc.crypto import seal
from dsc.hal import SecretMissingError
from dsc.protocol.duress import moved
from dsc.protocol.orders import MUST_CHANGE
from dsc.protocol.records import KIND_OPEN, KIND_PIN, KIND_SERVER, MODE_VERIFIED
from dsc.protocol.settings import RUSSIAN, Settings
from dsc.protocol.unlock import unlock_code
from fakes.factory_board import FactoryBoard
from fakes.factory_link import PIN, credential, order

DELTA = b"50000005"
SIGN, SERVER = "OCRA-1:HOTP-SHA256-8:QH64", "OCRA-1:HOTP-SHA512-8:QN06"
FORM = [(1, "Amount", 2, "EUR"), (4, "Number", 0, "")]
ALL = (
    credential(label="Bank", sign=SIGN, server=SERVER, form=FORM),
    credential(kind=KIND_OPEN, login="HOTP-SHA1-6", key_length=20, counter=7),
    credential(key_length=64),
)
SECRET = bytes(range(100, 132))


def secure_board() -> FactoryBoard:
    board = FactoryBoard()
    board.identity.secure = True
    board.device_secret = SECRET
    return board


def opened(vault, board, pin):
    """The keys that a PIN opens in a soft vault, by the formulas of docs/formats.md, section 6."""
    root = vault.root
    target = seal.shift(pin, vault.offset.offset)
    kek = seal.key_encryption_key(target, root.salt, root.rounds, root.device_secret, board.identity.uid)
    return under(vault, seal.open_dek(root.sealed_dek, kek))


def under(vault, dek):
    return [key_under(each, dek) for each in vault.credentials() if each.kind == KIND_PIN]


def key_under(each, wrapping):
    return seal.open_key(each.sealed_key, wrapping, each.id, each.nonce, each.header())


# Keys without a PIN.


@pytest.mark.parametrize("verified", [False, True])
def test_open_and_server_keys_are_under_the_device_secret_and_are_what_the_station_gets(verified):
    board = secure_board()
    mode = {"mode": MODE_VERIFIED, "pin_limit": 3, "code_limit": 3} if verified else {}
    new = NewToken(board, order(*ALL, **mode))
    bank, without_pin, last = new.keys
    vault = new.write()
    secret = SECRET if verified else vault.root.device_secret
    server = vault.server(bank.id)
    assert (server.kind, server.id, server.login, server.sign, server.server) == (
        KIND_SERVER, bank.server_id, "", "", SERVER,
    )  # fmt: skip
    assert key_under(server, seal.device_key(secret, board.identity.uid, "server")) == bank.server_key
    assert len(bank.server_key) == 64
    open_credential = vault.credentials()[1]
    assert open_credential.kind == KIND_OPEN
    assert key_under(open_credential, seal.device_key(secret, board.identity.uid, "open")) == without_pin.key
    assert (without_pin.server_id, last.server_id, vault.server(last.id)) == (b"", b"", None)
    assert vault.counter(without_pin.id) == 7


def test_no_two_keys_ids_or_nonces_of_a_token_are_alike():
    new = NewToken(FactoryBoard(), order(*ALL, delta=DELTA))
    keys = [bytes(key) for each in new.keys for key in (each.key, each.alarm_key, each.server_key) if key]
    everyone = new._credentials + new._servers
    parts = keys + [bytes(part) for each in everyone for part in (each.id, each.nonce)]
    assert len(keys) == 6
    assert len({part[:8] for part in parts}) == len(parts)


# What else was ordered.


def test_form_language_and_the_flag_must_change_are_in_the_vault():
    vault = NewToken(FactoryBoard(), order(*ALL, language=RUSSIAN, flags=MUST_CHANGE)).write()
    fields = vault.form(vault.credentials()[0].id)
    assert [(field.kind, field.label, field.decimals, field.currency) for field in fields] == FORM
    assert vault.form(vault.credentials()[1].id) is None
    assert (vault.offset.must_change, vault.offset.answered) == (True, False)
    assert vars(vault.settings) == vars(Settings(RUSSIAN))


def test_without_a_language_nothing_is_written_for_it():
    vault = NewToken(FactoryBoard(), order()).write()
    assert Settings.TYPE not in [record.kind for record in vault._log.records]
    assert not vault.offset.must_change


def test_the_time_of_the_order_sets_the_clock_and_without_one_it_stays_as_it_is():
    board = FactoryBoard()
    NewToken(board, order())
    assert board.wall.read() is None
    NewToken(board, order(time=1_800_000_000))
    assert board.wall.read() == 1_800_000_000


# Duress.


def test_the_alarm_keys_are_what_the_duress_pin_opens():
    board = FactoryBoard()
    new = NewToken(board, order(*ALL, delta=DELTA))
    vault = new.write()
    alarm = opened(vault, board, moved(PIN, DELTA))
    assert [bytes(each.alarm_key) for each in new.keys] == [bytes(alarm[0]), b"", bytes(alarm[1])]
    real = opened(vault, board, PIN)
    assert [bytes(new.keys[place].key) for place in (0, 2)] == [bytes(key) for key in real]
    assert not {bytes(key) for key in alarm} & {bytes(key) for key in real}


def test_without_a_duress_pin_there_are_no_alarm_keys():
    assert {bytes(each.alarm_key) for each in NewToken(FactoryBoard(), order(*ALL)).keys} == {b""}


def test_a_token_with_a_duress_pin_is_the_same_to_the_last_bit_as_one_without():
    images = []
    for delta in (b"", DELTA):
        board = FactoryBoard()
        NewToken(board, order(*ALL, delta=delta)).write()
        images.append(bytes(board.flash.cells))
    assert images[0] == images[1]


def test_after_ten_changes_the_pin_plus_delta_still_opens_the_alarm_keys():
    board = FactoryBoard()
    new = NewToken(board, order(*ALL, delta=DELTA))
    alarm = [bytes(new.keys[place].alarm_key) for place in (0, 2)]
    vault, pin = new.write(), PIN
    for number in range(10):
        changed = b"%08d" % (12_345_679 * (number + 3) % 10**8)
        target = seal.shift(pin, vault.offset.offset)
        vault.replace_offset(type(vault.offset)(seal.offset_between(target, changed)))
        pin = changed
    assert [bytes(key) for key in opened(vault, board, moved(pin, DELTA))] == alarm


# Verified mode.


def test_a_verified_token_opens_with_its_pin_and_its_first_unlock_code():
    board = secure_board()
    new = NewToken(
        board,
        order(*ALL, mode=MODE_VERIFIED, pin_limit=9, code_limit=4, wipes=True, flags=MUST_CHANGE, rounds=5),
    )
    unlock_secret = bytes(new.unlock_secret)
    vault = new.write()
    root, wrapped = vault.root, vault.wrapping
    assert (root.mode, root.pin_limit, root.code_limit, root.wipes, root.rounds) == (
        MODE_VERIFIED,
        9,
        4,
        True,
        5,
    )
    assert (bytes(root.device_secret), wrapped.must_change, wrapped.unlock_number) == (b"", True, 1)
    kek = seal.key_encryption_key(PIN, wrapped.salt, 5, SECRET, board.identity.uid)
    dek = seal.open_dek(wrapped.sealed_dek, kek)
    assert [bytes(key) for key in under(vault, dek)] == [bytes(new.keys[place].key) for place in (0, 2)]
    assert bytes(seal.verified_tag(kek, wrapped.tagged())) == wrapped.tag
    code = unlock_code(unlock_secret, root.serial, 1)
    code_kek = seal.unlock_key_encryption_key(code, wrapped.unlock_salt, 5, SECRET, board.identity.uid)
    assert seal.open_dek(wrapped.unlock_dek, code_kek) == dek
    assert seal.seal_unlock_secret(wrapped.unlock_secret, dek) == unlock_secret
    assert SECRET not in bytes(board.flash.cells)


def test_a_board_that_cannot_give_its_secret_after_all_makes_no_token():
    board = secure_board()
    board.device_secret = b""
    with pytest.raises(SecretMissingError):
        NewToken(board, order(mode=MODE_VERIFIED, pin_limit=3, code_limit=3))
    assert not any(any(drawn) for drawn in board.entropy.drawn)


def test_wiping_a_new_token_overwrites_all_its_keys():
    board = secure_board()
    for changes in ({"delta": DELTA}, {"mode": MODE_VERIFIED, "pin_limit": 3, "code_limit": 3}):
        new = NewToken(board, order(*ALL, **changes))
        secrets = [key for each in new.keys for key in (each.key, each.alarm_key, each.server_key)]
        secrets.append(new.unlock_secret)
        assert sum(any(secret) for secret in secrets) in (5, 6)
        new.wipe()
        assert not any(any(secret) for secret in secrets)
        assert (new.keys, new.unlock_secret) == ([], b"")
