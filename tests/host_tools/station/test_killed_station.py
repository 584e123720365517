"""A station killed at any moment: inventory and unit agree, or are in doubt, and an operator settles it."""

import itertools
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import pytest

from fakes.desk import Desk
from fakes.killable_station import DONE, PLACES, PREFIX, Kill, KillableStation, Kind
from host_tools.engines.errors import TokenInUseError
from host_tools.engines.image_lock import ImageLock
from host_tools.engines.open import open_engine
from host_tools.inventory import Inventory, Location, TokenState
from host_tools.inventory.audit import EMPTY, Head
from host_tools.inventory.issuing import begin_batch
from host_tools.inventory.pins import hand_over_letter_pin, has_letter_pin
from host_tools.inventory.plain_codes import verify_code
from host_tools.inventory.serials import Batch
from host_tools.inventory.units import tokens_of_unit
from host_tools.inventory.verify import IssuedChallenge, Verdict, answer, issue_challenge
from host_tools.simulator.folder import TokenFolder
from host_tools.station import resolve
from host_tools.station.errors import SealedLetterError

SEED = 7
TURNS = 6  # kills at each place: the first at its very beginning, the others anywhere in it
WHOLE = 3  # units that are made first, to know how long each step takes
PIN = "4711"
PATIENCE_SECONDS = 30  # until what was killed is gone
# What may be left behind: what the inventory says, and the unit.
BLANK, SEALED = "blank", "sealed"
LEGAL = {
    (None, BLANK),
    (TokenState.BLANK, BLANK),
    (TokenState.IN_DOUBT, BLANK),
    (TokenState.IN_DOUBT, SEALED),
    (TokenState.SEALED, SEALED),
}


@dataclass
class Floor:
    """A station, its inventory, and the operator who cleans up behind it."""

    location: Location
    station: KillableStation
    folder: Path
    head: Head = EMPTY
    found: Counter[tuple[TokenState | None, str]] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)

    def step_seconds(self) -> dict[str, float]:
        """How long each step takes here and now."""
        runs = []
        for number in range(WHOLE):
            unit = TokenFolder.new_blank(self.folder / f"whole-{number}", "simulated")
            seen = list(self.station.make(unit.path, PIN, Kind.ORDERED).items())
            assert [place for place, _ in seen] == [*PLACES, DONE]
            runs.append([after - begun for (_, begun), (_, after) in itertools.pairwise(seen)])
        return {place: median(took) for place, *took in zip(PLACES, *runs, strict=True)}

    def kill_and_settle(self, name: str, kind: Kind, kill: Kill) -> None:
        """One unit: its making is killed, what is left is looked at, and the operator goes on."""
        unit = TokenFolder.new_blank(self.folder / name, "simulated")
        places = self.station.make(unit.path, PIN, kind, kill)
        self.reached[list(places)[-1]] += 1
        wait_until_gone(unit)
        with Inventory.open(self.location, create=False) as inventory:
            self.head = inventory.check_audit(self.head)
            tokens = tokens_of_unit(inventory, unit.uid)
            assert len(tokens) <= 1
            known = tokens[0].state if tokens else None
            seen = looks(unit)
            assert (known, seen) in LEGAL
            self.found[known, seen] += 1
            if (known, seen) == (TokenState.IN_DOUBT, SEALED):
                seen = settle(inventory, unit, tokens[0].serial, kind)
            if seen == BLANK:
                self.station.make(unit.path, PIN, kind)
            agree(inventory, unit, tokens[0].serial if tokens else None, kind)
            self.head = inventory.check_audit(self.head)


def wait_until_gone(unit: TokenFolder) -> None:
    """A process that is killed lets go of its unit a moment later."""
    lock, end = ImageLock(unit.flash), time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            lock.take()
        except TokenInUseError:
            assert time.monotonic() < end
            time.sleep(0.01)
        else:
            lock.release()
            return


def looks(unit: TokenFolder) -> str:
    """What its display says when it is plugged in."""
    with open_engine("cpython", unit.unit()) as engine:
        text = Desk(engine).screen.text
    assert ("PIN" in text) != ("FACTORY" in text), text
    return BLANK if "FACTORY" in text else SEALED


def settle(inventory: Inventory, unit: TokenFolder, serial: str, kind: Kind) -> str:
    """What an operator does with a sealed unit in doubt; what it looks like then."""
    if kind is not Kind.LETTER:
        asked = resolve.ask(inventory, serial)
        question = asked.question if isinstance(asked, IssuedChallenge) else None
        assert resolve.judge(inventory, asked, login(unit, question)) is Verdict.ACCEPTED
        return SEALED
    with pytest.raises(SealedLetterError):
        resolve.ask(inventory, serial)
    reset(unit)
    assert looks(unit) == BLANK
    return BLANK


def login(unit: TokenFolder, question: str | None, *, letter: bool = False) -> str:
    """The response, or without a question the next code. A PIN from a letter is typed twice when it is typed first."""
    with open_engine("cpython", unit.unit()) as engine:
        desk = Desk(engine)
        for keys in (PIN, PIN if letter else None, question):
            if keys is not None:
                desk.type(keys)
        return desk.do("read RESPONSE") or ""


def reset(unit: TokenFolder) -> None:
    """By keys that are held at power-on, and the last digits of its unique id."""
    shown = f"{int.from_bytes(unit.uid, 'big') % 10_000:04d}"
    with open_engine("cpython", unit.unit()) as engine:
        engine.power_on(["C", "FD"])
        desk = Desk(engine)
        desk.do("wait 4s\nrelease C FD")
        desk.type(shown)
        desk.do("wait 2s")


def agree(inventory: Inventory, unit: TokenFolder, kept: str | None, kind: Kind) -> None:
    """The unit is one sealed token, by the serial that it was given first, and its key is the inventory's."""
    (token,) = tokens_of_unit(inventory, unit.uid)
    assert token.state is TokenState.SEALED
    assert kept in (None, token.serial)
    letter = kind is Kind.LETTER
    assert has_letter_pin(inventory, token.serial) == letter
    if letter:
        pins = []
        hand_over_letter_pin(inventory, token.serial, lambda pin: pins.append(pin.decode()))
        assert pins == [PIN]
    if kind is Kind.CODES:
        assert verify_code(inventory, token.serial, login(unit, None)) is Verdict.ACCEPTED
    else:
        question = issue_challenge(inventory, token.serial).question
        response = login(unit, question, letter=letter)
        assert answer(inventory, token.serial, question, response) is Verdict.ACCEPTED
    events = Counter(entry.event for entry in inventory.history(token.serial))
    assert events["serial issued"] == events["sealed"] == 1
    assert events["in doubt"] == 1 + events["blank"]
    assert events["ordered PIN forgotten"] == (not letter)


def shares(counts, names) -> str:
    words = [name if isinstance(name, str) else f"{name[0] or 'nothing'}/{name[1]}" for name in names]
    return ", ".join(f"{word} {counts[name]}" for word, name in zip(words, names, strict=True))


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request, tmp_path):
    place = Location.inside(tmp_path / "home")
    if request.param == "postgresql":
        place = Location(request.getfixturevalue("database"), place.master_key)
    with Inventory.open(place) as inventory:
        begin_batch(inventory, Batch(PREFIX))
    return place


@pytest.mark.timeout(1800)
def test_killed_at_random_moments_a_unit_and_the_inventory_agree_or_are_settled(
    location, tmp_path, counted, request
):
    chance = random.Random(SEED)
    kinds = itertools.cycle(
        Kind
    )  # as many as go into TURNS, and not into the places: each comes at each place
    kills = [(turn, place, chance.random()) for turn in range(TURNS) for place in PLACES]
    with KillableStation(location) as station:
        floor = Floor(location, station, tmp_path)
        seconds = floor.step_seconds()
        for number, (turn, place, part) in enumerate(kills):
            kind, kill = next(kinds), Kill(place, None if turn == 0 else part * seconds[place])
            try:
                floor.kill_and_settle(f"unit-{number}", kind, kill)
            except BaseException as error:
                error.add_note(f"kill {number} of seed {SEED}: {kill}, {kind}")
                raise
    where = request.node.callspec.params["location"]
    counted(
        f"{where}: {len(kills)} stations killed, seed {SEED}, in: {shares(floor.reached, (*PLACES, DONE))}"
    )
    counted(f"{where}: inventory and unit said: {shares(floor.found, sorted(LEGAL, key=str))}")
    # Those that were killed at the very beginning of a step leave each of them.
    assert set(floor.found) == LEGAL
