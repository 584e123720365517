"""Making a token: both sides' entropy in every secret, everything new and used once, nothing left on errors."""

from collections import Counter
from types import TracebackType

import pytest

from dsc.app import provisioning
from dsc.app.errors import UnusableSuiteError
from dsc.app.ordering import OrderError, check_order
from dsc.app.provisioning import DEVICE_ENTROPY, NewToken, Source
from dsc.crypto import kdf, seal
from dsc.crypto.errors import SuiteError
from dsc.hal import EntropyError
from dsc.protocol.errors import PinError
from dsc.protocol.records import MODE_VERIFIED
from dsc.vault.store import BLANK, SEALED, UNSEALED, Vault
from fakes import secret_forms
from fakes.factory_board import FactoryBoard
from fakes.factory_link import ENTROPY, LOGIN, PIN, credential, order
from fakes.nor_flash import CLEAR, RANDOM, SET, TEARS, NorFlash, PowerCut

THREE = (
    credential(label="Home"),
    credential(label="Shop", key_length=20),
    credential(key_length=64, counter=9),
)


def opened(vault: Vault, board: FactoryBoard, pin: bytes) -> list[bytes]:
    """The keys that a PIN opens, by the formulas of docs/formats.md, section 6."""
    root = vault.root
    target = seal.shift(pin, vault.offset.offset)
    kek = seal.key_encryption_key(target, root.salt, root.rounds, root.device_secret, board.identity.uid)
    dek = seal.open_dek(root.sealed_dek, kek)
    return [
        bytes(seal.open_key(each.sealed_key, dek, each.id, each.nonce, each.header()))
        for each in vault.credentials()
    ]


def random_parts(new: NewToken) -> list[bytes]:
    """Everything in a token that must be random, secret or not."""
    parts = [new._root.salt, new._root.device_secret, new._root.sealed_dek]
    for each in new._credentials:
        parts += [each.id, each.nonce, each.sealed_key]
    return [bytes(part) for part in parts] + [bytes(each.key) for each in new.keys]


# The source.


def draws(device: bytes, host: bytes) -> list[bytes]:
    source = Source(bytearray(device), bytearray(host))
    return [bytes(source.read(32)) for _ in range(50)]


def test_draws_never_repeat():
    first = draws(bytes(64), bytes(32))
    assert len(set(first)) == 50


def test_equal_entropy_gives_equal_draws():
    assert draws(b"d" * 64, b"h" * 32) == draws(b"d" * 64, b"h" * 32)


@pytest.mark.parametrize("position", [0, 31, 32, 63])
def test_each_byte_of_the_units_entropy_changes_every_draw(position):
    device = bytearray(64)
    device[position] = 1
    assert set(draws(bytes(device), ENTROPY)).isdisjoint(draws(bytes(64), ENTROPY))


@pytest.mark.parametrize("position", [0, 15, 31])
def test_each_byte_of_the_stations_entropy_changes_every_draw(position):
    host = bytearray(32)
    host[position] = 1
    assert set(draws(bytes(64), bytes(host))).isdisjoint(draws(bytes(64), bytes(32)))


def test_a_draw_is_the_expansion_that_its_number_tells():
    prk = kdf.hkdf_extract(ENTROPY, bytes(range(64)))
    second = kdf.hkdf_expand(prk, b"picodsc provision 1\0\0\0\2", 32)
    assert draws(bytes(range(64)), ENTROPY)[1] == second


def test_a_long_draw_does_not_contain_the_next_one():
    source = Source(bytearray(64), bytearray(32))
    long = bytes(source.read(8160))
    assert bytes(source.read(32)) not in long


def test_a_wiped_source_holds_nothing():
    source = Source(bytearray(64), bytearray(32))
    source.wipe()
    assert not any(source._prk)


# A new token.


def test_the_keys_that_the_station_gets_are_those_that_the_pin_opens():
    board = FactoryBoard()
    new = NewToken(board, order(*THREE))
    keys = [bytes(each.key) for each in new.keys]
    vault = new.write()
    assert opened(vault, board, PIN) == keys
    assert [len(key) for key in keys] == [32, 20, 64]
    assert [each.id for each in vault.credentials()] == [each.id for each in new.keys]
    assert opened(vault, board, b"90210764") != keys


def test_everything_that_was_ordered_is_in_the_vault():
    board = FactoryBoard()
    vault = NewToken(board, order(*THREE, rounds=5)).write()
    assert vault.state == SEALED
    assert (vault.root.serial, vault.root.rounds, vault.root.pin_length) == ("DS-4242", 5, 8)
    assert not vault.offset.must_change
    assert [each.label for each in vault.credentials()] == ["Home", "Shop", ""]
    assert [each.login for each in vault.credentials()] == [LOGIN] * 3
    assert [vault.counter(each.id) for each in vault.credentials()] == [0, 0, 9]


def test_rounds_that_are_not_ordered_are_the_boards():
    assert NewToken(FactoryBoard(), order(rounds=0)).write().root.rounds == FactoryBoard().kdf.default_rounds


def test_all_ids_nonces_salts_and_keys_of_all_tokens_differ():
    parts = [part for seed in range(30) for part in random_parts(NewToken(FactoryBoard(seed), order(*THREE)))]
    assert len(set(parts)) == len(parts)
    # Neither does one begin as another does: no draw is used twice, at whatever length.
    assert len({part[:8] for part in parts}) == len(parts)


def test_one_order_twice_on_one_unit_makes_two_tokens_that_share_nothing():
    board = FactoryBoard()
    first, second = (random_parts(NewToken(board, order(*THREE))) for _ in range(2))
    assert set(first).isdisjoint(second)


def test_a_broken_generator_on_either_side_alone_repeats_nothing():
    stuck = [random_parts(NewToken(FactoryBoard(1), order(entropy=bytes([n]) * 32))) for n in range(2)]
    assert set(stuck[0]).isdisjoint(stuck[1])
    idle = [random_parts(NewToken(FactoryBoard(n), order(entropy=bytes(32)))) for n in range(2)]
    assert set(idle[0]).isdisjoint(idle[1])


def test_nothing_is_in_flash_before_write():
    board = FactoryBoard()
    NewToken(board, order())
    assert board.flash.operations == 0
    assert board.flash.cells == b"\xff" * board.flash.size


def test_no_secret_is_in_flash_after_write():
    board = FactoryBoard()
    new = NewToken(board, order())
    key = bytes(new.keys[0].key)
    vault = new.write()
    root = vault.root
    target = bytes(seal.shift(PIN, vault.offset.offset))
    chain = secret_forms.of_token(
        PIN, target, root.salt, root.rounds, root.device_secret, board.identity.uid, root.sealed_dek
    )
    forms = secret_forms.of_all({**chain, "key": key, "station's entropy": ENTROPY})
    image = bytes(board.flash.cells)
    assert [name for name, pattern in forms.items() if pattern in image] == []
    assert bytes(root.device_secret) in image  # what may be there is found


def test_the_offset_is_uniform_whatever_the_pin():
    for pin in (b"4711", b"9072"):
        counts = [Counter() for _ in pin]
        for seed in range(1000):
            new = NewToken(FactoryBoard(seed), order(pin=pin, rounds=2))
            for place, value in zip(counts, new._offset.offset, strict=True):
                place[value] += 1
        # 100 of each are expected in every place; a standard deviation is 9.5.
        assert all(50 < place[value] < 150 for place in counts for value in range(10))


# Errors.


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (order(pin=b"1234"), PinError),
        (order(mode=MODE_VERIFIED), OrderError),
        (order(credential(login="OCRA-1:HOTP-SHA256-8:QN03")), SuiteError),
        (order(credential(login="OCRA-1:HOTP-SHA256-8:QA08")), UnusableSuiteError),
        (order(credential(server=LOGIN)), UnusableSuiteError),
        (order(credential(label="\N{SNOWMAN}")), OrderError),
    ],
)
def test_an_order_is_refused_before_anything_is_drawn(wanted, error):
    board = FactoryBoard()
    with pytest.raises(error):
        NewToken(board, wanted)
    assert board.entropy.drawn == []


def test_a_board_whose_source_of_random_bits_failed_makes_no_token_though_the_host_gave_its_part():
    board = FactoryBoard()
    board.entropy.failed = "period"
    with pytest.raises(EntropyError) as caught:
        NewToken(board, order())
    assert caught.value.test == "period"
    assert board.flash.operations == 0


def test_an_order_error_says_what_is_wrong_and_nothing_of_the_pin():
    with pytest.raises(OrderError) as caught:
        check_order(FactoryBoard(), order(mode=MODE_VERIFIED))
    assert caught.value.field == "mode"
    assert "simulated" in caught.value.reason
    assert PIN.decode() not in str(caught.value)


def buffers_of(trace: TracebackType | None) -> list[bytearray]:
    """All bytearrays that the functions of provisioning held when an error left them.

    But for the order's, which are its owner's to wipe, and the device secret, which is none without a vault, and
    lies in clear in every vault.
    """
    found = []
    while trace:
        if trace.tb_frame.f_code.co_filename == provisioning.__file__:
            for name, value in trace.tb_frame.f_locals.items():
                if name not in ("board", "order", "wanted", "secret"):
                    found += [value, *([value._prk] if isinstance(value, Source) else [])]
        trace = trace.tb_next
    return [each for each in found if isinstance(each, bytearray)]


@pytest.mark.parametrize(
    "broken", ["random_digits", "key_encryption_key", "offset_between", "seal_dek", "seal_key"]
)
@pytest.mark.parametrize("nth", [1, 2])
def test_an_error_while_a_token_is_made_leaves_only_zeros(broken, nth, monkeypatch):
    working, calls = getattr(seal, broken), []

    def fail(*arguments, **options):
        calls.append(broken)
        if len(calls) == nth:
            raise MemoryError
        return working(*arguments, **options)

    monkeypatch.setattr(seal, broken, fail)
    board = FactoryBoard()
    if nth == 2 and broken != "seal_key":
        NewToken(board, order(*THREE))  # these are called once for each token
    with pytest.raises(MemoryError) as caught:
        NewToken(board, order(*THREE))
    held = buffers_of(caught.value.__traceback__)
    assert len(held) >= 2
    assert [each for each in held if any(each)] == []
    assert {len(drawn) for drawn in board.entropy.drawn} == {DEVICE_ENTROPY}
    assert not any(any(drawn) for drawn in board.entropy.drawn)
    assert board.flash.operations == 0


def test_success_leaves_only_the_keys():
    board = FactoryBoard()
    new = NewToken(board, order(*THREE))
    keys = [each.key for each in new.keys]
    assert not any(any(drawn) for drawn in board.entropy.drawn)
    new.wipe()
    assert new.keys == []
    assert not any(any(key) for key in keys)


# Power cuts while the vault is written.


def cut_while_writing(operation: int, **how: object) -> tuple[FactoryBoard, NewToken, list[bytes]]:
    """A unit that lost power in, or after, one operation of writing a token; the token, and its random parts."""
    board = FactoryBoard(operation)
    new = NewToken(board, order())
    parts = random_parts(new)
    board.flash.cut(operation, **how)
    with pytest.raises(PowerCut):
        new.write()
    board.flash.power_on()
    return board, new, parts


@pytest.fixture(scope="module")
def sealing() -> int:
    """The number of the operation that seals a token."""
    operation = 1
    while Vault.mount(cut_while_writing(operation, after=True)[0].flash).state != SEALED:
        operation += 1
    return operation


@pytest.mark.parametrize("tear", TEARS)
def test_power_lost_before_sealing_leaves_a_factory_and_the_next_token_shares_nothing(tear, sealing):
    assert sealing > 50
    for operation in range(1, sealing):
        board, _, parts = cut_while_writing(operation, tear=TEARS[tear])
        assert Vault.mount(board.flash).state != SEALED
        second = NewToken(board, order())
        keys = [bytes(each.key) for each in second.keys]
        assert set(parts).isdisjoint(random_parts(second))
        assert opened(second.write(), board, PIN) == keys
        image = bytes(board.flash.cells)
        assert [part for part in parts if part in image] == []


@pytest.mark.parametrize("tear", TEARS)
@pytest.mark.parametrize("doubt", [SET, CLEAR, RANDOM])
def test_power_lost_while_sealing_leaves_the_token_whole_or_a_factory(tear, doubt, sealing):
    board, new, _ = cut_while_writing(sealing, tear=TEARS[tear])
    board.flash.power_on(doubt)
    vault = Vault.mount(board.flash)
    assert vault.state in (SEALED, UNSEALED)
    if vault.state == SEALED:
        assert opened(vault, board, PIN) == [bytes(each.key) for each in new.keys]
    board.flash.power_on(SET)
    assert Vault.mount(board.flash).state == vault.state


def test_a_blank_flash_is_blank():
    assert Vault.mount(NorFlash()).state == BLANK


def test_a_board_does_not_go_below_its_least_rounds():
    board = FactoryBoard()
    with pytest.raises(OrderError, match="least on this board"):
        NewToken(board, order(rounds=board.kdf.least_rounds - 1))
    assert NewToken(board, order(rounds=board.kdf.least_rounds)).write().root.rounds == board.kdf.least_rounds
