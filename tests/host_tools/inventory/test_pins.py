"""A PIN that is kept: until its letter is made or its token has sealed, under the master key, and then no longer."""

import signal
import sqlite3
from collections.abc import Callable

import pytest

from host_tools.inventory import Inventory, Location, NewCredential
from host_tools.inventory.errors import NoPinError, UnknownSerialError, UnwrapError
from host_tools.inventory.lifecycle import assign, destroy, make_blank, release
from host_tools.inventory.pins import hand_over_letter_pin, has_letter_pin
from host_tools.inventory.rotation import rotate
from host_tools.inventory.token_rows import token_row

PIN = b"48291376"
SERIAL = "DS-1001"


class PrinterError(Exception):
    """The letter could not be made."""


@pytest.fixture
def doubted(anywhere: Location) -> Callable[..., Inventory]:
    """Opens the inventory, and records a token in doubt with a PIN."""
    opened: list[Inventory] = []

    def doubted(letter: bool = True, serial: str = SERIAL, number: int = 1) -> Inventory:
        if not opened:
            opened.append(Inventory.open(anywhere))
        key = bytearray([number]) * 32
        opened[0].record_in_doubt(
            serial,
            board="simulated",
            uid=bytes(8),
            firmware_version="0.1.0",
            credentials=[NewCredential(id=bytes([number]) * 16, label="Login", key=key)],
            pin=bytearray(PIN),
            letter=letter,
        )
        return opened[0]

    yield doubted
    for inventory in opened:
        inventory.close()


@pytest.fixture
def sealed(doubted) -> Inventory:
    """An inventory with a sealed token whose letter is to be made."""
    inventory = doubted()
    inventory.mark_sealed(SERIAL)
    return inventory


def handed(inventory: Inventory, serial: str = SERIAL) -> bytes:
    """What the maker of a letter is given."""
    given: list[bytes] = []
    hand_over_letter_pin(inventory, serial, lambda pin: given.append(bytes(pin)))
    return given[0]


def events(inventory: Inventory) -> list[str]:
    return [entry.event for entry in inventory.history(SERIAL)]


def test_the_pin_is_kept_from_in_doubt_until_its_letter_and_not_longer(doubted):
    inventory = doubted()
    assert has_letter_pin(inventory, SERIAL)
    inventory.mark_sealed(SERIAL)
    assert handed(inventory) == PIN
    assert not has_letter_pin(inventory, SERIAL)
    with pytest.raises(NoPinError, match=f"{SERIAL} is kept: its letter was made"):
        handed(inventory)


def test_the_audit_log_says_that_it_is_gone_and_checks(sealed):
    handed(sealed)
    assert events(sealed) == ["in doubt", "sealed", "letter made, PIN forgotten"]
    sealed.check_audit()


def test_a_token_in_doubt_has_no_letter_yet(doubted):
    inventory = doubted()
    with pytest.raises(NoPinError):
        handed(inventory)
    assert has_letter_pin(inventory, SERIAL)


@pytest.mark.parametrize("kept", [True, False])
def test_an_assigned_token_has_its_letter_a_released_one_too(sealed, kept):
    assign(sealed, SERIAL, "ada")
    if not kept:
        release(sealed, SERIAL)
    assert handed(sealed) == PIN


def test_it_survives_a_new_master_key(sealed):
    rotate(sealed)
    assert handed(sealed) == PIN


def test_an_ordered_pin_is_gone_when_its_token_has_sealed(doubted):
    inventory = doubted(letter=False)
    assert not has_letter_pin(inventory, SERIAL)
    assert rows(inventory) == 1
    inventory.mark_sealed(SERIAL)
    assert rows(inventory) == 0
    assert events(inventory) == ["in doubt", "sealed", "ordered PIN forgotten"]
    with pytest.raises(NoPinError, match="was not chosen by the station"):
        handed(inventory)


@pytest.mark.parametrize("end", [destroy, make_blank])
@pytest.mark.parametrize("seal", [True, False], ids=["sealed", "in doubt"])
def test_it_goes_with_its_token(doubted, end, seal):
    inventory = doubted()
    if seal:
        inventory.mark_sealed(SERIAL)
    end(inventory, SERIAL)
    assert rows(inventory) == 0
    with pytest.raises(NoPinError):
        handed(inventory)


def test_a_letter_that_could_not_be_made_can_be_made_later(sealed):
    def fail(pin: bytearray) -> None:
        raise PrinterError

    with pytest.raises(PrinterError):
        hand_over_letter_pin(sealed, SERIAL, fail)
    assert events(sealed) == ["in doubt", "sealed"]
    assert handed(sealed) == PIN


@pytest.mark.parametrize("fails", [True, False])
def test_what_the_maker_was_given_is_wiped(sealed, fails):
    given: list[bytearray] = []

    def make(pin: bytearray) -> None:
        given.append(pin)
        if fails:
            raise PrinterError

    try:
        hand_over_letter_pin(sealed, SERIAL, make)
    except PrinterError:
        assert fails
    assert given == [bytearray(len(PIN))]


def test_an_unknown_serial_is_named(sealed):
    with pytest.raises(UnknownSerialError, match="did you mean DS-1001"):
        handed(sealed, "DS-1002")
    with pytest.raises(UnknownSerialError):
        has_letter_pin(sealed, "DS-1002")


def test_two_tokens_have_a_letter_each(doubted):
    inventory = doubted()
    doubted(serial="DS-1002", number=2)
    for serial in (SERIAL, "DS-1002"):
        inventory.mark_sealed(serial)
    handed(inventory)
    assert has_letter_pin(inventory, "DS-1002")
    assert handed(inventory, "DS-1002") == PIN


class TestInAFile:
    """What can be seen and done where the database is a file."""

    @pytest.fixture
    def anywhere(self, location: Location) -> Location:
        return location

    def test_nothing_of_it_is_in_the_files_before_or_after(self, sealed, location):
        (ciphertext,) = wrapped(location)
        assert PIN not in content(location)
        assert ciphertext in content(location)
        handed(sealed)
        assert ciphertext not in content(location)
        assert PIN not in content(location)

    def test_in_another_token_s_place_it_is_refused(self, doubted, location):
        inventory = doubted()
        doubted(serial="DS-1002", number=2)
        inventory.mark_sealed(SERIAL)
        connection = sqlite3.connect(location.database)
        with connection:
            connection.execute("DELETE FROM token_secrets WHERE token_id = 1")
            connection.execute("UPDATE token_secrets SET token_id = 1")
        connection.close()
        with pytest.raises(UnwrapError):
            handed(inventory)

    @pytest.mark.parametrize(
        ("where", "kept"),
        [
            ("lambda pin: os.kill(os.getpid(), signal.SIGKILL)", True),
            ("lambda pin: (letter.write_bytes(pin), os.kill(os.getpid(), signal.SIGKILL))", True),
            ("letter.write_bytes", False),
        ],
        ids=["before the letter", "after the letter", "after the end"],
    )
    def test_killed_at_any_moment_the_pin_is_here_or_in_the_letter(
        self, sealed, start, location, tmp_path, where, kept
    ):
        letter = tmp_path / "letter"
        process = start(
            "import os, signal\n"
            "from host_tools.inventory.pins import hand_over_letter_pin\n"
            f"letter = Path({str(letter)!r})\n"
            f"hand_over_letter_pin(inventory, {SERIAL!r}, {where})\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        assert process.wait(timeout=60) == -signal.SIGKILL
        assert has_letter_pin(sealed, SERIAL) == kept
        assert kept or letter.read_bytes() == PIN
        if kept:
            assert handed(sealed) == PIN
        sealed.check_audit()


def rows(inventory: Inventory) -> int:
    with inventory.reading() as session:
        return len(token_row(session, SERIAL).secrets)


def wrapped(location: Location) -> list[bytes]:
    connection = sqlite3.connect(location.database)
    found = [row for (row,) in connection.execute("SELECT ciphertext FROM token_secrets")]
    connection.close()
    return found


def content(location: Location) -> bytes:
    """All that lies beside the database, the write-ahead log among it."""
    return b"".join(path.read_bytes() for path in location.database.parent.iterdir())
