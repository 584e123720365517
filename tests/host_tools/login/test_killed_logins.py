"""Processes killed in the middle of logins: no answer counts twice, none is lost that was accepted, none is stuck."""

import random
import time
from collections import Counter

import pytest
from sqlalchemy import select

from fakes.killable_logins import STEP, Holder, KillableLogins, answered
from fakes.login_house import COUNTING, LOGIN, House
from host_tools.inventory.audit import EMPTY
from host_tools.inventory.schema import CredentialRow, DemandRow, LoginSessionRow, TokenRow
from host_tools.inventory.store import utc_now

SEED = 11
KILLS = 60
USERS = 3
MOST_WORDS = 6  # that a process may have said, since another one was killed, before it is
A_WHILE, OPENED = 0.05, 0.3  # seconds: a login takes some hundredths, and to open the inventory some tenths
SUITES = (LOGIN, COUNTING, "HOTP-SHA1-6", f"TOTP-SHA256-8-T{STEP}S")
PLAIN = ("HOTP", "TOTP")


class Ledger:
    """What the users were told, against what is on record."""

    def __init__(self, house, holders):
        self.house, self.holders = house, {one.name: one for one in holders}
        self.serials = {device: serial for one in holders for serial, device in one.devices.items()}
        self.accepted = Counter()
        self.seen = Counter()
        self.head = EMPTY
        self.numbers = {}

    def note(self, said):
        holder = self.holders[said["name"]] if "name" in said else None
        self.seen[said["what"], said.get("verdict")] += 1
        serial = said.get("serial")
        if said["what"] == "answers":
            holder.flight = said["reference"], serial, said["code"]
            holder.hands[serial] = *holder.hands[serial][:2], said["counter"]
            if holder.hands[serial][1].startswith("TOTP"):
                holder.step = said["step"]
        elif said["what"] == "told":
            assert said["verdict"] == "accepted"
            self.is_in(holder, serial, said["code"])
        elif said["what"] == "again":
            self.again(holder, serial, said["code"], said["verdict"])
        elif said["what"] == "replayed":
            assert said["verdict"] == "rejected"

    def again(self, holder, serial, code, verdict):
        """It was not judged yet, or was accepted, and is not a second time; or it has become too old meanwhile."""
        if verdict == "rejected" and holder.hands[serial][1].startswith("TOTP"):
            holder.flight = None
        else:
            assert verdict in ("accepted", "used")
            self.is_in(holder, serial, code)

    def is_in(self, holder, serial, code):
        holder.flight = None
        self.accepted[serial] += 1
        if holder.hands[serial][1].startswith(PLAIN):
            holder.last[serial] = code

    def nothing_went_back(self):
        self.head = self.house.inventory.check_audit(self.head)
        with self.house.inventory.reading() as session:
            query = select(
                TokenRow.serial, CredentialRow.counter, CredentialRow.last_step, CredentialRow.challenge_index
            )
            rows = session.execute(query.join(CredentialRow.token)).all()
        for serial, *numbers in rows:
            now = [-1 if one is None else one for one in numbers]
            assert all(new >= old for new, old in zip(now, self.numbers.get(serial, now), strict=True))
            self.numbers[serial] = now

    def is_whole(self):
        """As often as they were told, or have found it used: so often it is on record, in each place."""
        entries = [one for one in self.house.inventory.history() if one.event == "login accepted"]
        assert Counter(one.serial for one in entries) == self.accepted
        with self.house.inventory.reading() as session:
            used = session.scalars(select(DemandRow.device_id).where(DemandRow.accepted))
            assert Counter(self.serials[one] for one in used) == self.accepted
            opened = session.scalars(select(LoginSessionRow.device_id))
            assert Counter(self.serials[one] for one in opened) == self.accepted


@pytest.fixture
def house(anywhere):
    opened = House(anywhere, utc_now)
    yield opened
    opened.close()


def held(house, name):
    """A user with a token of each suite."""
    house.user(name)
    made = [house.token(name, suite) for suite in SUITES]
    hands = {one.token.serial: house.hands[one.token.serial] for one in made}
    return Holder(
        name,
        {one.token.serial: one.id for one in made},
        {serial: (hand.number, hand.suite, hand.counter) for serial, hand in hands.items()},
    )


@pytest.mark.timeout(600)
def test_killed_at_random_moments_no_login_is_lost_and_none_counts_twice(house, anywhere, counted, request):
    holders = [held(house, f"user-{number}") for number in range(USERS)]
    ledger = Ledger(house, holders)
    chance = random.Random(SEED)
    with KillableLogins(anywhere) as logins:
        for one in holders:
            logins.start(one)
        for number in range(KILLS):
            holder = chance.choice(holders)
            if holder.holds:
                logins.wait_until_held(holder.name)
            else:
                words = chance.randrange(MOST_WORDS)
                logins.wait(holder.name, words)
                time.sleep(chance.uniform(0, A_WHILE if words else OPENED))
            for said in logins.kill(holder.name):
                ledger.note(said)
            ledger.nothing_went_back()
            holder.seed, holder.holds = number, number % 6 == 0
            logins.start(holder)
        for one in holders:
            for said in logins.kill(one.name):
                ledger.note(said)
    for one in holders:
        nobody_is_stuck(house, ledger, one)
    ledger.nothing_went_back()
    ledger.is_whole()
    where = request.node.callspec.params["anywhere"]
    counted(f"{where}: {KILLS + USERS} processes killed while users logged in, seed {SEED}: {ledger.seen}")
    assert {("told", "accepted"), ("again", "used"), ("replayed", "rejected")} <= set(ledger.seen)


def nobody_is_stuck(house, ledger, holder):
    """What was under way is finished, and then each of his tokens opens once more."""
    if holder.flight is not None:
        reference, serial, code = holder.flight
        ledger.again(holder, serial, code, answered(house.system, reference, code))
    for serial, (_, suite, counter) in holder.hands.items():
        house.hands[serial].counter = counter
        if suite.startswith("TOTP"):
            time.sleep(max(0, (holder.step + 1) * STEP - time.time()))
        assert house.answer(house.begin(holder.name, device=holder.devices[serial])).accepted
        ledger.accepted[serial] += 1
