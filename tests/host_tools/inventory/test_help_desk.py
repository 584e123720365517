"""The help desk: confirmations in a session only, three a day, by the right key; unlock codes in order."""

import pytest

from dsc.crypto.ocra import Suite, mutual, respond
from dsc.protocol.confirm import confirmation
from dsc.protocol.errors import UnlockError
from dsc.protocol.unlock import unlock_code
from host_tools.inventory import asking, failures, help_desk
from host_tools.inventory.asking import ask
from host_tools.inventory.desk_errors import (
    BlockedError,
    ChangeNumberError,
    DailyLimitError,
    LockedError,
    SessionNeededError,
    UnlockNumberError,
    WrongResponseError,
)
from host_tools.inventory.errors import ChallengeNotOpenError, FieldError, NoUnlockError, TokenStateError
from host_tools.inventory.help_desk import authenticate, confirm, identify, unlock
from host_tools.inventory.judging import keys_of
from host_tools.inventory.lifecycle import assign, ship, take_back
from host_tools.inventory.mutual_mode import answer_page, verify_mutual
from host_tools.inventory.token_rows import credential_row
from host_tools.inventory.verify import answer, issue_challenge

LOGIN = "OCRA-1:HOTP-SHA256-8:QN06"
REAL = bytes([1]) * 32
ALARM = bytes(range(32))
SECRET = bytes(range(50, 82))
NUMBER = "12345679"
RIGHT = confirmation(REAL, "DS-1001", NUMBER)
MUTUAL = {
    "server_id": b"s" * 16,
    "server_key": bytearray(b"s" * 32),
    "server_suite": "OCRA-1:HOTP-SHA256-6:QN06",
}


def log_in(inventory, key=REAL):
    """As the login service does."""
    question = ask(inventory, "DS-1001", purpose=asking.LOGIN).question
    given = respond(Suite.parse(LOGIN), key, question)
    credential = inventory.credential("DS-1001")
    with keys_of(inventory, credential) as keys, inventory.writing() as session:
        asking.judged(inventory, session, credential, keys, given, question, asking.LOGIN)


def call(inventory, key=REAL):
    """By telephone."""
    asked = ask(inventory, "DS-1001")
    authenticate(inventory, "DS-1001", respond(Suite.parse(LOGIN), key, asked.question))


def fail(inventory, times):
    for _ in range(times):
        with pytest.raises(WrongResponseError):
            call(inventory, b"x" * 32)


@pytest.mark.parametrize("authenticated", [log_in, call])
def test_a_change_is_confirmed_within_ten_minutes_of_an_accepted_answer(
    inventory, seal, clock, authenticated
):
    seal()
    with pytest.raises(SessionNeededError):
        confirm(inventory, "DS-1001", NUMBER)
    authenticated(inventory)
    clock.advance(minutes=10)
    assert confirm(inventory, "DS-1001", "1234-5679") == RIGHT
    clock.advance(seconds=1)
    with pytest.raises(SessionNeededError, match="within 10 minutes"):
        confirm(inventory, "DS-1001", NUMBER)


@pytest.mark.parametrize("authenticated", [log_in, call])
def test_what_the_duress_pin_opened_is_confirmed_by_the_alarm_key(inventory, seal, authenticated):
    seal(alarm_key=bytearray(ALARM))
    authenticated(inventory, ALARM)
    assert confirm(inventory, "DS-1001", NUMBER) == confirmation(ALARM, "DS-1001", NUMBER)
    authenticated(inventory, REAL)
    assert confirm(inventory, "DS-1001", NUMBER) == RIGHT
    authenticated(inventory, ALARM)
    assert confirm(inventory, "DS-1001", NUMBER) == confirmation(ALARM, "DS-1001", NUMBER)


def test_a_wrong_answer_opens_nothing(inventory, seal):
    seal()
    fail(inventory, 1)
    with pytest.raises(SessionNeededError):
        confirm(inventory, "DS-1001", NUMBER)


def test_a_session_is_one_credential_s(inventory, seal):
    seal()
    seal("DS-1002", 2)
    call(inventory)
    with pytest.raises(SessionNeededError):
        confirm(inventory, "DS-1002", NUMBER)


@pytest.mark.parametrize("sealed", [True, False])
def test_an_answer_that_nobody_counts_opens_no_session(inventory, seal, record, sealed):
    """That of the proof at the station, and of `picodsc verify`: a thief could go on guessing until one is right."""
    (seal if sealed else record)(**MUTUAL)
    page = answer_page(inventory, "DS-1001", "123457")
    given = mutual(Suite.parse(LOGIN), REAL, page.server_question, "123457")
    assert verify_mutual(inventory, "DS-1001", page.server_question, given).accepted
    question = issue_challenge(inventory, "DS-1001").question
    assert answer(inventory, "DS-1001", question, respond(Suite.parse(LOGIN), REAL, question)).accepted
    if not sealed:
        inventory.mark_sealed("DS-1001")
    with pytest.raises(SessionNeededError):
        confirm(inventory, "DS-1001", NUMBER)


def test_what_the_help_desk_asked_is_judged_where_it_is_counted_and_nowhere_else(inventory, seal):
    seal()
    asked = ask(inventory, "DS-1001")
    given = respond(Suite.parse(LOGIN), REAL, asked.question)
    with pytest.raises(ChallengeNotOpenError):
        answer(inventory, "DS-1001", asked.question, given)
    authenticate(inventory, "DS-1001", given)


def test_identification_forgives_a_block_and_nothing_before_there_is_one(inventory, seal, clock):
    seal()

    def guess(times):
        for _ in range(times):
            fail(inventory, 1)
            clock.advance(hours=9)

    guess(29)
    identify(inventory, "DS-1001", "in person")
    guess(1)
    with pytest.raises(BlockedError, match="30 failures"):
        call(inventory)
    identify(inventory, "DS-1001", "in person")
    call(inventory)
    assert [one.event for one in inventory.history("DS-1001")].count("user identified") == 2


def test_after_a_clock_was_set_back_there_is_no_session(inventory, seal, clock):
    seal()
    clock.advance(minutes=1)
    call(inventory)
    clock.advance(seconds=-1)
    with pytest.raises(SessionNeededError):
        confirm(inventory, "DS-1001", NUMBER)


def test_three_changes_are_confirmed_in_any_24_hours(inventory, seal, clock):
    seal()
    for _ in range(3):
        call(inventory)
        confirm(inventory, "DS-1001", NUMBER)
        clock.advance(hours=2)
    call(inventory)
    with pytest.raises(DailyLimitError, match=r"3 confirmations were given .* at 2026-11-24 12:00 UTC"):
        confirm(inventory, "DS-1001", NUMBER)
    clock.advance(hours=18)
    call(inventory)
    confirm(inventory, "DS-1001", NUMBER)
    with pytest.raises(DailyLimitError):
        confirm(inventory, "DS-1001", NUMBER)


def test_a_clock_that_was_set_back_gives_no_more_of_them(inventory, seal, clock):
    seal()
    call(inventory)
    for _ in range(3):
        confirm(inventory, "DS-1001", NUMBER)
    clock.advance(days=-5)
    with pytest.raises(DailyLimitError):
        confirm(inventory, "DS-1001", NUMBER)


@pytest.mark.parametrize("number", ["1234567", "123456789", "1234567x", "１２３４５６７９", "", "12345680"])
def test_what_no_token_draws_is_not_counted(inventory, seal, number):
    seal()
    call(inventory)
    for _ in range(4):
        with pytest.raises(ChangeNumberError):
            confirm(inventory, "DS-1001", number)
    assert confirm(inventory, "DS-1001", NUMBER) == RIGHT


def test_a_locked_credential_is_not_confirmed_though_its_session_is_open(inventory, seal, clock):
    seal()
    call(inventory)
    fail(inventory, 10)
    with pytest.raises(LockedError):
        confirm(inventory, "DS-1001", NUMBER)
    with pytest.raises(LockedError):
        call(inventory)
    clock.advance(hours=24)
    call(inventory)
    assert confirm(inventory, "DS-1001", NUMBER) == RIGHT


def test_a_blocked_token_is_helped_when_its_user_was_identified(inventory, seal, clock):
    seal()
    for _ in range(3):
        fail(inventory, 10)
        clock.advance(hours=25)
    with pytest.raises(BlockedError):
        call(inventory)
    identify(inventory, "DS-1001", "passport, in person")
    call(inventory)
    entry = next(one for one in inventory.history("DS-1001") if one.event == "user identified")
    assert entry.detail == {"by": "passport, in person"}


@pytest.mark.parametrize("text", ["", " x", "x ", "a\nb", "x" * 201])
def test_an_identification_that_cannot_be_logged_is_refused(inventory, seal, text):
    seal()
    with pytest.raises(FieldError, match="1 to 200"):
        identify(inventory, "DS-1001", text)
    with pytest.raises(FieldError, match="1 to 200"):
        unlock(inventory, "DS-1001", 1, text)


def test_a_token_that_came_back_is_not_helped(inventory, seal):
    seal(mode="verified", unlock_secret=bytearray(SECRET))
    assign(inventory, "DS-1001", "anna")
    ship(inventory, "DS-1001")
    call(inventory)
    take_back(inventory, "DS-1001")
    for refused in (
        lambda: confirm(inventory, "DS-1001", NUMBER),
        lambda: call(inventory),
        lambda: identify(inventory, "DS-1001", "x"),
        lambda: unlock(inventory, "DS-1001", 1, "x"),
    ):
        with pytest.raises(TokenStateError, match="returned"):
            refused()


def test_the_log_has_every_step_and_no_secret(inventory, seal):
    seal(mode="verified", unlock_secret=bytearray(SECRET))
    question = ask(inventory, "DS-1001").question
    given = respond(Suite.parse(LOGIN), REAL, question)
    authenticate(inventory, "DS-1001", given, question=question)
    confirm(inventory, "DS-1001", NUMBER)
    code = unlock(inventory, "DS-1001", 1, "known voice").decode()
    entries = inventory.history("DS-1001")[2:]
    assert [entry.event for entry in entries] == [
        "session opened",
        "PIN change confirmed",
        "unlock code given",
    ]
    assert entries[-1].detail == {"n": 1, "identified_by": "known voice"}
    told = repr(entries)
    assert not [secret for secret in (question, given, NUMBER, RIGHT, code) if secret in told]


@pytest.fixture
def locked(seal):
    seal(mode="verified", unlock_secret=bytearray(SECRET))


def given(inventory, n, **options):
    return unlock(inventory, "DS-1001", n, "known voice", **options)


def test_unlock_codes_are_the_token_s_one_after_the_other(inventory, locked):
    for n in (1, 2, 3):
        assert given(inventory, n) == unlock_code(SECRET, "DS-1001", n)


def test_a_code_is_given_once_more_only_to_a_token_that_still_shows_its_number(inventory, locked):
    given(inventory, 1)
    with pytest.raises(UnlockNumberError, match="given already; if its screen still shows it"):
        given(inventory, 1)
    assert given(inventory, 1, again=True) == unlock_code(SECRET, "DS-1001", 1)
    given(inventory, 2)
    with pytest.raises(UnlockNumberError, match="and a later one since"):
        given(inventory, 1, again=True, ahead=True)


def test_a_code_that_is_not_the_next_one_is_given_only_if_somebody_vouches_for_it(inventory, locked):
    with pytest.raises(UnlockNumberError, match="the last one given was none"):
        given(inventory, 2)
    given(inventory, 2, ahead=True)
    with pytest.raises(UnlockNumberError, match="the last one given was 2"):
        given(inventory, 4)
    given(inventory, 3)


def test_three_codes_are_given_in_any_24_hours(inventory, locked, clock):
    for n in (1, 2, 3):
        given(inventory, n)
    with pytest.raises(DailyLimitError, match="3 unlock codes"):
        given(inventory, 4)
    with pytest.raises(DailyLimitError):
        given(inventory, 3, again=True)
    clock.advance(hours=24)
    given(inventory, 4)


def test_numbers_of_a_unit_that_is_no_more_count_for_nobody(inventory, locked, record):
    given(inventory, 1)
    inventory.forget("DS-1001")
    record(mode="verified", unlock_secret=bytearray(SECRET))
    inventory.mark_sealed("DS-1001")
    given(inventory, 1)


def test_there_is_no_code_for_a_number_that_is_none_nor_for_a_soft_token(inventory, locked, seal):
    for n in (0, 2**64):
        with pytest.raises(UnlockError):
            given(inventory, n)
    seal("DS-1002", 2)
    with pytest.raises(NoUnlockError):
        unlock(inventory, "DS-1002", 1, "known voice")


def test_the_unlock_secret_is_wiped_and_so_is_a_code_that_is_not_given(inventory, locked, monkeypatch):
    secrets, codes = [], []

    def watched(secret, serial, n):
        secrets.append(secret)
        codes.append(unlock_code(secret, serial, n))
        return codes[-1]

    monkeypatch.setattr(help_desk, "unlock_code", watched)
    with pytest.raises(UnlockNumberError):
        given(inventory, 7)
    assert (secrets, codes) == ([bytearray(32)], [bytearray(16)])


def test_both_keys_are_wiped_after_a_confirmation(inventory, seal, monkeypatch):
    seal(alarm_key=bytearray(ALARM))
    seen = []

    def watched(key, serial, number):
        seen.append(key)
        return confirmation(key, serial, number)

    monkeypatch.setattr(help_desk, "confirmation", watched)
    for key in (REAL, ALARM):
        call(inventory, key)
        confirm(inventory, "DS-1001", NUMBER)
    assert seen == [bytearray(32)] * 2


def test_a_success_is_one_for_the_count(inventory, seal):
    seal()
    fail(inventory, 9)
    call(inventory)
    fail(inventory, 9)
    with inventory.reading() as session:
        row = credential_row(session, inventory.credential("DS-1001"))
        assert failures.standing(inventory, session, row, inventory.now()).failures == 9
