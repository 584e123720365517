"""Soft sealing: a captured flash image opens with every PIN, and nothing in it says which one is right."""

from pathlib import Path

import pytest

from dsc.crypto import ocra, seal
from dsc.protocol.duress import moved
from dsc.protocol.settings import GERMAN
from dsc.protocol.transaction import AMOUNT, REFERENCE, Field
from fakes import secret_forms, units
from fakes.attacker.attack import Attacker, Guess
from fakes.attacker.formulas import every_pin
from fakes.nor_flash import NorFlash
from host_tools.engines import interpreters
from host_tools.engines.open import open_engine
from host_tools.inventory import Inventory, Location
from host_tools.simulator.screen_reader import read_screen
from host_tools.simulator.script import tap
from host_tools.station.make import CredentialSpec, Order, make_token

PIN = b"4711"
DELTA = b"5050"
WRONG = b"4791"  # ends with the same digit, which the screen shows for a moment
COUNTING = "OCRA-1:HOTP-SHA256-8:C-QN06"
CREDENTIALS = (
    CredentialSpec(
        "Bank",
        login=COUNTING,
        sign="OCRA-1:HOTP-SHA256-8:QH64",
        server="OCRA-1:HOTP-SHA256-6:QN06",
        form=(Field(AMOUNT, "Amount", 2, "EUR"), Field(REFERENCE, "Number")),
    ),
    CredentialSpec("Door", kind="open", login="HOTP-SHA256-6"),
    CredentialSpec("Mail"),
)
PROGRAMS = Path(__file__).parents[3] / "fakes" / "programs"


# Images to attack.


def fixed_image() -> Attacker:
    """Whoever holds a sealed unit's image."""
    flash = NorFlash()
    units.seal_flash(flash, ((units.LOGIN, ""),), PIN, units.LOW_ROUNDS, units.SERIAL)
    return Attacker((units.UID, [bytes(flash.cells)]))


def factory_image(folder: Path) -> Attacker:
    """Whoever holds the image of a token that the station made on the running firmware, with all that can be ordered.

    Its user has a PIN letter and a duress PIN, credentials with and without PIN, one with a form and a server key.
    """
    location = Location(folder / "data" / "inventory.db", folder / "config" / "master.key")
    wanted = Order(
        "DS-4242",
        bytearray(PIN),
        CREDENTIALS,
        units.LOW_ROUNDS,
        must_change=True,
        duress=DELTA,
        language=GERMAN,
    )
    with Inventory.open(location) as inventory:
        token = make_token(inventory, folder / "token", wanted, "cpython", seed=7)
    return Attacker((token.uid, [token.flash.read_bytes()]))


@pytest.fixture(scope="module", params=["fixed", "made by the station"])
def attacker(request, tmp_path_factory) -> Attacker:
    """Of two honest images; the second one's secrets are new in every run."""
    return fixed_image() if request.param == "fixed" else factory_image(tmp_path_factory.mktemp("station"))


@pytest.fixture(scope="module")
def guesses(attacker) -> list[Guess]:
    return attacker.guesses()


# Every PIN opens the image, and no PIN stands out.


def test_the_right_pin_opens_the_image_to_the_real_key():
    (guess,) = (guess for guess in fixed_image().guesses() if guess.pin == PIN)
    known = units.secrets_of(PIN)
    assert (guess.kek, guess.dek, guess.keys) == (known["kek"], known["dek"], (known["key"],))


def test_each_of_the_10000_pins_opens_the_image_to_a_key_of_its_own(guesses):
    assert [guess.pin for guess in guesses] == list(every_pin(4))
    assert {len(key) for guess in guesses for key in guess.keys} == {32}
    for secrets in (
        [g.kek for g in guesses],
        [g.dek for g in guesses],
        [key for g in guesses for key in g.keys],
    ):
        assert len(set(secrets)) == len(secrets)


def test_each_of_the_10000_keys_gives_a_response_and_all_digits_are_as_frequent(guesses):
    suite = ocra.Suite.parse(units.LOGIN)
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


def test_nothing_in_the_image_tells_the_10000_pins_apart(attacker):
    ranking = attacker.rank()
    assert PIN not in ranking.reasons
    assert bytes(moved(PIN, DELTA)) not in ranking.reasons
    # Weights are ratios of likelihoods: one PIN of 10,000 has 2^27 by chance once in some thousand images.
    assert max(ranking.scores.values()) < 27


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
