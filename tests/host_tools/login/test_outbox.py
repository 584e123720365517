"""The outbox: every message is handed over by one process, until it is taken, refused for good, or too old."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from fakes.login_house import House
from host_tools.inventory.schema import DemandRow, LoginSecretRow, OutboxRow
from host_tools.login import expiring, outbox
from host_tools.login.errors import UnknownMessageError
from host_tools.login.issuing import add_sms
from host_tools.login.outbox import Delivered, deliver
from host_tools.login.sms.errors import NeverError, TryAgainError

PHONE = "+442079460000"


class FakeGateway:
    """Takes messages, or does what was put into `moods`, one after the other."""

    def __init__(self, *moods):
        self.moods = list(moods)
        self.taken = []

    def send(self, phone, text):
        mood = self.moods.pop(0) if self.moods else None
        if callable(mood):
            mood = mood()
        if mood is not None:
            raise mood
        self.taken.append((phone, text))


@pytest.fixture
def waiting(house):
    """The house, with a message that waits."""
    house.user(phone=PHONE)
    add_sms(house.system, "alice")
    house.begin()
    return house


def state(house):
    return outbox.messages(house.system)[-1].state


def secrets(house):
    with house.system.reading() as work:
        return work.session.query(LoginSecretRow).count()


def test_a_message_is_handed_over_once_and_its_text_forgotten(waiting):
    code = waiting.sent()[0]
    gateway = FakeGateway()
    assert deliver(waiting.system, gateway) == Delivered(1, 0, 0)
    [(phone, text)] = gateway.taken
    assert (phone, text[:6]) == (PHONE, code)
    assert deliver(waiting.system, gateway) == Delivered(0, 0, 0)
    assert state(waiting) == "sent"
    with pytest.raises(UnknownMessageError):
        outbox.read(waiting.system, 1)
    assert secrets(waiting) == 1  # the code, until it is answered
    assert waiting.answer(waiting.begin(), code).accepted
    assert secrets(waiting) == 0


def test_the_text_is_in_the_users_language(house):
    house.user(phone=PHONE, language="de")
    add_sms(house.system, "alice")
    house.begin()
    gateway = FakeGateway()
    deliver(house.system, gateway)
    assert "Ihr Anmeldecode, gültig 5 Min." in gateway.taken[0][1]


def test_a_message_that_one_process_has_taken_is_not_another_ones(waiting):
    other = FakeGateway()
    in_between = FakeGateway(lambda: deliver(waiting.system, other) and None)
    assert deliver(waiting.system, in_between).sent == 1
    assert (len(in_between.taken), len(other.taken)) == (1, 0)


def test_a_message_is_due_again_if_whoever_took_it_never_says_what_became_of_it(waiting, clock):
    with pytest.raises(ZeroDivisionError):
        deliver(waiting.system, FakeGateway(ZeroDivisionError()))
    gateway = FakeGateway()
    clock.advance(minutes=1, microseconds=-1)
    deliver(waiting.system, gateway)
    assert gateway.taken == []
    clock.advance(microseconds=1)
    deliver(waiting.system, gateway)
    assert len(gateway.taken) == 1
    assert outbox.messages(waiting.system)[0].tries == 2


def test_each_wait_after_a_failure_is_twice_as_long_until_the_message_is_too_old(waiting, clock):
    start, tried = clock(), []

    def failing():
        tried.append((clock() - start).total_seconds())
        return TryAgainError("is busy")

    while clock() - start < timedelta(minutes=6):
        deliver(waiting.system, FakeGateway(failing))
        clock.advance(seconds=5)
    assert tried == [0, 10, 30, 70, 150]
    assert state(waiting) == "expired"
    expiring.forget(waiting.system)
    assert secrets(waiting) == 0


@pytest.mark.parametrize(("after", "waits"), [(3, 10), (90, 90)])
def test_the_gateway_may_ask_for_a_longer_wait_and_no_shorter_one(waiting, clock, after, waits):
    assert deliver(waiting.system, FakeGateway(TryAgainError("is busy", after=after))) == Delivered(0, 1, 0)
    gateway = FakeGateway()
    clock.advance(seconds=waits, microseconds=-1)
    deliver(waiting.system, gateway)
    assert gateway.taken == []
    clock.advance(microseconds=1)
    deliver(waiting.system, gateway)
    assert len(gateway.taken) == 1


def test_what_the_gateway_refuses_for_good_is_not_tried_again(waiting, clock):
    assert deliver(waiting.system, FakeGateway(NeverError("knows no such number"))) == Delivered(0, 0, 1)
    clock.advance(minutes=4)
    gateway = FakeGateway()
    assert deliver(waiting.system, gateway) == Delivered(0, 0, 0)
    assert state(waiting) == "refused"
    with pytest.raises(UnknownMessageError):
        outbox.read(waiting.system, 1)


def test_a_slow_failure_changes_nothing_of_what_another_process_has_done_since(waiting, clock):
    other = FakeGateway()

    def late(error):
        clock.advance(minutes=2)
        deliver(waiting.system, other)
        return error

    for error in (NeverError("refused"), TryAgainError("is busy")):
        deliver(waiting.system, FakeGateway(lambda error=error: late(error)))
        assert state(waiting) == "sent"
        waiting.answer(waiting.begin(), "000000")
        waiting.begin()
    assert len(other.taken) == 2


def test_a_message_that_has_expired_is_not_handed_over(waiting, clock):
    clock.advance(minutes=5)
    gateway = FakeGateway()
    assert deliver(waiting.system, gateway) == Delivered(0, 0, 0)
    assert gateway.taken == []
    assert outbox.messages(waiting.system, waiting=True) == []
    with pytest.raises(UnknownMessageError):
        outbox.read(waiting.system, 1)


def test_expired_codes_and_texts_are_forgotten_by_the_next_code_or_when_somebody_sees_to_it(waiting, clock):
    assert secrets(waiting) == 2
    clock.advance(minutes=5, microseconds=-1)
    assert expiring.forget(waiting.system) == 0
    clock.advance(microseconds=1)
    waiting.begin()
    assert secrets(waiting) == 2
    clock.advance(minutes=5)
    assert expiring.forget(waiting.system) == 2
    assert secrets(waiting) == 0
    with waiting.system.reading() as work:
        assert work.session.query(DemandRow).filter(DemandRow.secret_id.is_not(None)).count() == 0
        assert work.session.query(OutboxRow).filter(OutboxRow.due_at.is_not(None)).count() == 0


def test_an_operator_reads_a_message_sends_it_himself_and_that_is_on_record(waiting):
    text = outbox.read(waiting.system, 1)
    assert text[:6].isdigit()
    outbox.mark_sent(waiting.system, 1)
    assert state(waiting) == "sent"
    with pytest.raises(UnknownMessageError):
        outbox.mark_sent(waiting.system, 1)
    events = [entry.event for entry in waiting.inventory.history() if entry.event.startswith("message")]
    assert events == ["message written", "message read", "message sent"]
    assert text[:6] not in repr(waiting.inventory.history()).split()
    assert deliver(waiting.system, FakeGateway()) == Delivered(0, 0, 0)


def test_there_is_nothing_to_read_where_nothing_was_written(house):
    with pytest.raises(UnknownMessageError):
        outbox.read(house.system, 1)
    assert outbox.messages(house.system) == []


def test_four_at_once_hand_each_message_over_once(anywhere, clock):
    house = House(anywhere, clock)
    try:
        names = [f"user-{number}" for number in range(12)]
        for number, name in enumerate(names):
            house.user(name, phone=f"+4420794600{number:02}")
            add_sms(house.system, name)
            house.begin(name)
        gateway = FakeGateway()
        with ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda _: deliver(house.system, gateway), range(4)))
        assert sum(one.sent for one in done) == len(gateway.taken) == 12
        assert len(set(gateway.taken)) == 12
        assert {one.tries for one in outbox.messages(house.system)} == {1}
    finally:
        house.close()


def test_messages_are_handed_over_on_both_databases(anywhere, clock):
    house = House(anywhere, clock)
    try:
        for name in ("alice", "bob", "carol"):
            house.user(name, phone=PHONE)
            add_sms(house.system, name)
            house.begin(name)
        gateway = FakeGateway(TryAgainError("is busy"), NeverError("refused"))
        assert deliver(house.system, gateway) == Delivered(1, 1, 1)
        clock.advance(seconds=10)
        assert deliver(house.system, gateway) == Delivered(1, 0, 0)
        assert [one.state for one in outbox.messages(house.system)] == ["sent", "refused", "sent"]
        clock.advance(minutes=5)
        assert expiring.forget(house.system) == 3
    finally:
        house.close()
