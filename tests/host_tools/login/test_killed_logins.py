"""Processes killed in the middle of logins: nothing counts twice or is lost, nobody is stuck, no limit is passed."""

import random
import time
from collections import Counter

import pytest
from sqlalchemy import select

from fakes.killable_logins import (
    AMOUNT,
    CARD,
    PASSCODE,
    SMS,
    STEP,
    Holder,
    KillableLogins,
    answered,
    shown,
)
from fakes.login_house import COUNTING, LOGIN, House
from host_tools.inventory.audit import EMPTY
from host_tools.inventory.schema import (
    CredentialRow,
    DemandRow,
    LoginSessionRow,
    TokenRow,
    UserRow,
    WithdrawalRow,
)
from host_tools.inventory.store import utc_now
from host_tools.login import devices
from host_tools.policy import Policy
from host_tools.policy.kinds import DeviceKind

SEED = 11
KILLS = 60
USERS = 3
MOST_WORDS = 6  # that a process may have said, since another one was killed, before it is
A_WHILE, OPENED = 0.05, 0.3  # seconds: a login takes some hundredths, and to open the inventory some tenths
RULES = Policy.load().at(utc_now())
SUITES = (LOGIN, COUNTING, "HOTP-SHA1-6", f"TOTP-SHA256-8-T{STEP}S")
ONCE = ("HOTP", "TOTP", CARD, SMS)  # a code of these, typed at another login, is wrong


def method(holder, serial):
    """A token's suite, or what it is if it is none."""
    return holder.hands[serial][1] if serial in holder.hands else serial


class Ledger:
    """What the users were told, against what is on record."""

    def __init__(self, house, holders):
        self.house, self.holders = house, {one.name: one for one in holders}
        self.accepted = Counter()  # device -> times
        self.withdrawn = set()  # references that they were told
        self.seen = Counter()
        self.head = EMPTY
        self.numbers = {}

    def note(self, said):
        holder = self.holders[said["name"]] if "name" in said else None
        self.seen[said["what"], said.get("verdict")] += 1
        serial = said.get("serial")
        if said["what"] == "answers":
            holder.flight = said["reference"], serial, said["code"]
            if serial in holder.hands:
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
        elif said["what"] == "withdrew" and said["verdict"] is None:
            self.withdrawn.add(said["reference"])

    def again(self, holder, serial, code, verdict):
        """It was not judged yet, or was accepted, and is not a second time; or it has become too old meanwhile."""
        if verdict == "rejected" and method(holder, serial).startswith("TOTP"):
            holder.flight = None
        else:
            assert verdict in ("accepted", "used")
            self.is_in(holder, serial, code)

    def is_in(self, holder, serial, code):
        holder.flight = None
        self.accepted[holder.devices[serial]] += 1
        if method(holder, serial).startswith(ONCE):
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
        assert Counter(one.detail["device"] for one in entries) == self.accepted
        with self.house.inventory.reading() as session:
            used = session.scalars(select(DemandRow.device_id).where(DemandRow.accepted))
            assert Counter(used) == self.accepted
            opened = session.scalars(select(LoginSessionRow.device_id))
            assert Counter(opened) == self.accepted

    def no_pair_came_twice(self):
        query = select(DemandRow.device_id, DemandRow.first, DemandRow.second).where(
            DemandRow.first.is_not(None)
        )
        with self.house.inventory.reading() as session:
            asked = [(device, frozenset(pair)) for device, *pair in session.execute(query)]
        assert len(set(asked)) == len(asked) >= len(self.holders)
        uses = Counter((device, index) for device, pair in asked for index in pair)
        assert max(uses.values()) <= RULES.card.uses

    def no_limit_was_exceeded(self):
        """Nor was anything withdrawn that is not on record, or the other way round but for who was killed then."""
        noted = [
            one.detail["withdrawal"]
            for one in self.house.inventory.history()
            if one.event == "withdrawal allowed"
        ]
        with self.house.inventory.reading() as session:
            rows = session.scalars(select(WithdrawalRow)).all()
            made = [(one.reference.hex(), one.user_id, one.at, one.cents) for one in rows]
        assert sorted(noted) == sorted(one[0] for one in made)
        assert self.withdrawn <= set(noted)
        # Whoever withdraws is told before he begins another login.
        assert len(noted) - len(self.withdrawn) <= KILLS + USERS
        days, users = Counter(), Counter()
        for _, user, at, cents in made:
            assert cents == AMOUNT
            days[user, at.astimezone(RULES.time_zone).date()] += cents
            users[user] += cents
        limit = RULES.withdrawals.limit(DeviceKind.SMS)
        assert max(days.values()) <= limit.day
        assert max(users.values()) <= limit.window

    def no_more_were_judged_than_may_be_asked_for(self):
        """And so many are counted as are in the log, whoever was killed then."""
        judged = Counter(
            (one.detail["user"], one.at.astimezone(RULES.time_zone).date())
            for one in self.house.inventory.history()
            if one.event in ("withdrawal allowed", "withdrawal refused")
        )
        assert max(judged.values()) <= RULES.withdrawals.number_a_day
        with self.house.inventory.reading() as session:
            for user in session.scalars(select(UserRow).where(UserRow.withdrawals_from.is_not(None))):
                day = user.withdrawals_from.astimezone(RULES.time_zone).date()
                assert user.withdrawals_asked == judged[user.name, day]


@pytest.fixture
def house(anywhere):
    opened = House(anywhere, utc_now)
    yield opened
    opened.close()


def held(house, name):
    """A user with a token of each suite, and with everything that bridges the time until a token."""
    house.user(name, phone=f"+4179123456{name[-1]}")
    made = [house.token(name, suite) for suite in SUITES]
    hands = {one.token.serial: house.hands[one.token.serial] for one in made}
    card, sms = house.card(name, online=False), house.other_device(DeviceKind.SMS, name)
    # After the card, which would end it.
    passcode = house.passcode(name)
    word = max(one.id for one in devices.devices(house.system, name))
    return Holder(
        name,
        {**{one.token.serial: one.id for one in made}, CARD: card.id, SMS: sms.id, PASSCODE: word},
        {serial: (hand.number, hand.suite, hand.counter) for serial, hand in hands.items()},
        house.codes[card.id],
        passcode,
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
    ledger.no_pair_came_twice()
    ledger.no_limit_was_exceeded()
    ledger.no_more_were_judged_than_may_be_asked_for()
    where = request.node.callspec.params["anywhere"]
    counted(f"{where}: {KILLS + USERS} processes killed while users logged in, seed {SEED}: {ledger.seen}")
    assert {("told", "accepted"), ("again", "used"), ("replayed", "rejected")} <= set(ledger.seen)
    assert ("withdrew", None) in ledger.seen
    assert {("withdrew", "day"), ("withdrew", "window")} & set(ledger.seen)


def nobody_is_stuck(house, ledger, holder):
    """What was under way is finished, and then each of his devices opens once more."""
    if holder.flight is not None:
        reference, serial, code = holder.flight
        ledger.again(holder, serial, code, answered(house.system, reference, code))
    for serial, device in holder.devices.items():
        if serial in holder.hands:
            _, suite, house.hands[serial].counter = holder.hands[serial]
            if suite.startswith("TOTP"):
                time.sleep(max(0, (holder.step + 1) * STEP - time.time()))
        asked = house.begin(holder.name, device=device)
        assert house.answer(asked, shown(house, holder, serial, asked)).accepted
        ledger.accepted[device] += 1
