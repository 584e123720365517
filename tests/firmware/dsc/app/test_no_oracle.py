"""Soft sealing: a captured flash image opens with every PIN, and nothing in it says which one is right."""

import hashlib
import random
import zlib
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

import pytest

from dsc.app.provisioning import NewToken
from dsc.crypto import kdf, ocra, seal
from dsc.protocol.errors import PinError
from dsc.protocol.pin import check_pin
from dsc.protocol.records import PinOffset
from fakes import secret_forms, units
from fakes.attacker import FOUR_DIGITS, SCORES, Dump, Guess, rank, tells
from fakes.factory_board import FactoryBoard
from fakes.factory_link import order
from fakes.nor_flash import NorFlash
from host_tools.engines import interpreters
from host_tools.engines.open import open_engine
from host_tools.inventory import Inventory, Location
from host_tools.simulator.screen_reader import read_screen
from host_tools.simulator.script import tap
from host_tools.station.make import Order, make_token

PIN = b"4711"
WRONG = b"4791"  # ends with the same digit, which the screen shows for a moment
COUNTING = "OCRA-1:HOTP-SHA256-8:C-QN06"
NOTE = 0x20  # a record type that firmware does not know, and may ignore
PROGRAMS = Path(__file__).parents[3] / "fakes" / "programs"


# Images to attack.


def fixed_dump(plant=None, credentials=((units.LOGIN, ""),)) -> Dump:
    """A sealed unit's image with an extra record that `plant` makes of the unit's secrets."""
    flash = NorFlash()
    vault = units.seal_flash(flash, credentials, PIN, units.LOW_ROUNDS, units.SERIAL)
    if plant is not None:
        vault._log.append(NOTE, 1, plant(units.secrets_of(PIN)))
    return Dump(bytes(flash.cells), units.UID)


def factory_dump(folder: Path) -> Dump:
    """The image of a token that the station made on the running firmware."""
    location = Location(folder / "data" / "inventory.db", folder / "config" / "master.key")
    wanted = Order("DS-4242", bytearray(PIN), rounds=units.LOW_ROUNDS)
    with Inventory.open(location) as inventory:
        token = make_token(inventory, folder / "token", wanted, "cpython", seed=7)
    return Dump(token.flash.read_bytes(), token.uid)


@pytest.fixture(scope="module", params=["fixed", "made by the station"])
def dump(request, tmp_path_factory) -> Dump:
    """Two honest images; the second one's secrets are new in every run."""
    return fixed_dump() if request.param == "fixed" else factory_dump(tmp_path_factory.mktemp("station"))


@pytest.fixture(scope="module")
def guesses(dump) -> list[Guess]:
    return [dump.guess(pin) for pin in FOUR_DIGITS]


# Every PIN opens the image, and no PIN stands out.


def test_the_right_pin_opens_the_image_to_the_real_key():
    guess = fixed_dump().guess(PIN)
    known = units.secrets_of(PIN)
    assert (guess.kek, guess.dek, guess.keys) == (known["kek"], known["dek"], (known["key"],))


def test_each_of_the_10000_pins_opens_the_image_to_a_key_of_its_own(guesses):
    assert len(guesses) == 10_000
    assert {len(key) for guess in guesses for key in guess.keys} == {32}
    for secrets in (
        [g.kek for g in guesses],
        [g.dek for g in guesses],
        [key for g in guesses for key in g.keys],
    ):
        assert len(set(secrets)) == len(secrets)


def test_each_of_the_10000_keys_gives_a_response_and_all_digits_are_as_frequent(dump, guesses):
    suite = ocra.Suite.parse(dump.credentials[0].login)
    responses = [ocra.respond(suite, guess.keys[0], "123457") for guess in guesses]
    assert {len(response) for response in responses} == {8}
    text = "".join(responses)
    assert not text.strip("0123456789")
    # 80,000 digits: a standard deviation is 85, and 6 of them is once in 10^8.
    assert all(abs(text.count(digit) - 8000) < 510 for digit in "0123456789")


def test_every_bit_of_the_key_is_set_by_half_of_the_pins(guesses):
    for index in range(len(guesses[0].keys)):
        numbers = [int.from_bytes(guess.keys[index], "big") for guess in guesses]
        counts = [sum(number >> bit & 1 for number in numbers) for bit in range(256)]
        # A standard deviation is 50.
        assert all(abs(count - 5000) < 300 for count in counts)


def test_nothing_in_the_image_tells_the_10000_pins_apart(dump, guesses):
    # Short checksums meet by chance now and then, and so do bytes; that tells a PIN only if it is the right one.
    chance = ("checksum", "outlier: different bytes")
    assert {(pin, how) for pin, how in tells(dump, guesses) if pin == PIN or how not in chance} == set()


@pytest.fixture(scope="module")
def tokens() -> list[tuple[bytes, list[Guess]]]:
    """Twenty tokens with the PIN of each, and what it and 999 other PINs open."""
    return list(_tokens(structured=False))


def _tokens(structured: bool) -> Iterator[tuple[bytes, list[Guess]]]:
    for seed in range(20):
        source = random.Random(seed)
        pin = _random_pin(source)
        board = FactoryBoard(seed)
        new = NewToken(board, order(pin=pin, rounds=2, entropy=source.randbytes(32)))
        if structured:
            _reseal(new, board, pin, bytes(source.choices(b"0123456789abcdef", k=32)))
        new.write()
        dump = Dump(bytes(board.flash.cells), board.identity.uid)
        others = source.sample([other for other in FOUR_DIGITS if other != pin], 999)
        yield pin, [dump.guess(each) for each in (pin, *others)]


def _random_pin(source: random.Random) -> bytes:
    while True:
        pin = source.choice(FOUR_DIGITS)
        try:
            check_pin(pin)
        except PinError:
            continue
        return pin


def _reseal(new: NewToken, board: FactoryBoard, pin: bytes, key: bytes) -> None:
    """Put an imported key in the place of the one that the token drew."""
    root, (kept,) = new._root, new._credentials
    target = seal.shift(pin, new._offset.offset)
    kek = seal.key_encryption_key(target, root.salt, root.rounds, root.device_secret, board.identity.uid)
    dek = seal.open_dek(root.sealed_dek, kek)
    kept.sealed_key = bytes(seal.seal_key(key, dek, kept.id, kept.nonce, kept.header()))


def _ranks(tokens, name: str) -> list[float]:
    return [rank(pin, guesses, SCORES[name]) for pin, guesses in tokens]


@pytest.mark.parametrize("name", SCORES)
def test_the_right_pin_of_twenty_tokens_ranks_like_any_other_by(name, tokens):
    ranks = _ranks(tokens, name)
    assert abs(fmean(ranks) - 0.5) < 0.25  # a standard deviation is 0.065
    assert sum(not 0.05 <= each <= 0.95 for each in ranks) <= 7  # 2 are expected, 8 come once in 2,000


def test_the_ranking_gives_imported_text_keys_away():
    ranks = _ranks(_tokens(structured=True), "printable bytes")
    assert min(ranks) > 0.99


# The attacker finds an oracle where there is one.


PLANTED = {
    "a digest of the PIN": lambda known: hashlib.sha256(PIN).digest(),
    "a salted digest of the PIN": lambda known: hashlib.sha256(units.fixed("salt", 16) + PIN).digest(),
    "a stretched PIN": lambda known: bytes(
        kdf.pbkdf2_sha256(PIN, units.fixed("salt", 16), units.LOW_ROUNDS, 32)
    ),
    "half a digest of the KEK": lambda known: hashlib.sha256(known["kek"]).digest()[:16],
    "a checksum of the DEK": lambda known: zlib.crc32(known["dek"]).to_bytes(4, "big"),
    "a MAC under the key": lambda known: bytes(kdf.hmac("SHA256", known["key"], units.fixed("id 0", 16))),
    "a MAC over the key": lambda known: bytes(
        kdf.hmac("SHA256", units.fixed("device secret", 32), known["key"])
    ),
    "the beginning of the key": lambda known: known["key"][:8],
    "the key": lambda known: known["key"],
}


@pytest.mark.parametrize("oracle", PLANTED)
def test_the_attacker_learns_the_pin_from(oracle):
    dump = fixed_dump(PLANTED[oracle])
    found = tells(dump, [dump.guess(pin) for pin in _some_pins()])
    assert {pin for pin, _ in found} == {PIN}


def test_the_attacker_learns_the_pin_from_one_key_under_two_nonces(monkeypatch):
    monkeypatch.setattr(units, "fixed_key", lambda index, length=32: units.fixed("key 0", length))
    dump = fixed_dump(credentials=((units.LOGIN, "Home"), (units.LOGIN, "Shop")))
    found = tells(dump, [dump.guess(pin) for pin in _some_pins()])
    assert found == {(PIN, "wrapped twice")}


def test_the_attacker_learns_the_pin_from_an_imported_text_key(monkeypatch):
    monkeypatch.setattr(
        units, "fixed_key", lambda index, length=32: b"correct horse battery staple 123"[:length]
    )
    dump = fixed_dump()
    found = tells(dump, [dump.guess(pin) for pin in _some_pins()])
    assert {pin for pin, _ in found} == {PIN}


def _some_pins() -> list[bytes]:
    """A thousand PINs, the right one among them."""
    return sorted({*FOUR_DIGITS[1::10], PIN})


# What is in flash.


def test_no_secret_is_in_flash_in_any_form(tmp_path):
    pin = b"90210763"
    unit = units.sealed_unit(tmp_path, ((units.LOGIN, "Home"), (COUNTING, "")), pin=pin)
    image = unit.flash.read_bytes()
    known = units.secrets_of(pin)
    forms = secret_forms.of_all(
        {
            **secret_forms.of_token(
                pin, known["target"], units.fixed("salt", 16), units.LOW_ROUNDS, units.fixed("device secret", 32),
                units.UID, bytes(seal.seal_dek(known["dek"], known["kek"])),
            ),
            "key": known["key"],
            "second key": units.fixed_key(1),
        }
    )  # fmt: skip
    assert [name for name, pattern in forms.items() if pattern in image] == []
    assert units.fixed("device secret", 32) in image  # what may be there is found


def test_two_dumps_from_before_and_after_a_new_offset_differ_in_nothing_that_is_sealed():
    flash = NorFlash()
    vault = units.seal_flash(flash, ((units.LOGIN, ""),), PIN, units.LOW_ROUNDS, units.SERIAL)
    before = Dump(bytes(flash.cells), units.UID)
    new = b"8305"
    vault.replace_offset(PinOffset(seal.offset_between(units.secrets_of(PIN)["target"], new)))
    after = Dump(bytes(flash.cells), units.UID)
    assert bytes(after.root.encode()) == bytes(before.root.encode())
    assert [bytes(each.encode()) for each in after.credentials] == [
        bytes(each.encode()) for each in before.credentials
    ]
    # The differences of PINs can be told from two dumps, but neither PIN: each old one has a new one.
    assert [(a - b) % 10 for a, b in zip(before.offset, after.offset, strict=True)] == [
        (n - o) % 10 for n, o in zip(new, PIN, strict=True)
    ]
    shifted = seal.shift(b"0000", seal.offset_between(new, PIN))
    assert after.guess(bytes(shifted)) == Guess(bytes(shifted), *_rest(before.guess(b"0000")))


def _rest(guess: Guess) -> tuple:
    return guess.target, guess.kek, guess.dek, guess.keys


# The running token.


def log_in(
    engine_name: str, folder: Path, pin: bytes, rounds: int
) -> tuple[str, list[bytes], list[str], bytes]:
    """One login: the response, all frames before it, all operations on the flash, and the image after it."""
    folder.mkdir()
    unit = units.sealed_unit(folder, ((COUNTING, ""),), pin=PIN, rounds=rounds)
    frames = []
    with open_engine(engine_name, unit, PROGRAMS / "logged_flash.py") as engine:
        engine.power_on()
        for key in (*pin.decode(), "OK", *"123457", "OK"):
            tap(engine, key)
            # A digit of the PIN can be read for a moment; what is compared comes after it.
            engine.run(1000 if len(frames) < len(pin) else 0)
            frames.append(engine.frame().vlsb())
        response = read_screen(engine.frame()).large
        frames.pop()
        tap(engine, "OK")
        frames.append(engine.frame().vlsb())
        assert engine.faults == []
    log = (folder / "flash.bin.log").read_text().splitlines()
    return response, frames, log, unit.flash.read_bytes()


@pytest.mark.parametrize("engine_name", interpreters.NAMES)
def test_a_wrong_pin_at_full_rounds_is_answered_like_the_right_one(engine_name, tmp_path, request):
    if engine_name == interpreters.MICROPYTHON:
        request.getfixturevalue("micropython")
    right, *right_traces = log_in(engine_name, tmp_path / "right", PIN, 10_000)
    wrong, *wrong_traces = log_in(engine_name, tmp_path / "wrong", WRONG, 10_000)
    suite = ocra.Suite.parse(COUNTING)
    assert right == ocra.respond(suite, units.fixed_key(0), "123457", counter=0)
    assert len(wrong) == 8
    assert wrong.isdigit()
    assert wrong != right
    # Screens, order of reads and writes, and every byte of the image.
    assert wrong_traces == right_traces


def test_the_flash_stays_as_it_is_where_no_counter_is_kept(tmp_path):
    unit = units.sealed_unit(tmp_path, pin=PIN)
    before = unit.flash.read_bytes()
    for pin in (PIN, WRONG, b"0000"):
        with open_engine("cpython", unit) as engine:
            engine.power_on()
            for key in (*pin.decode(), "OK", *"123457", "OK"):
                tap(engine, key)
            assert len(read_screen(engine.frame()).large) == 8
        assert unit.flash.read_bytes() == before
