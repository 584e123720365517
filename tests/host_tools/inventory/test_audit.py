"""The audit log: a change, a gap and a cut tail are found, and nothing is done without an entry."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from fakes.at_once import at_once
from host_tools.inventory import Inventory
from host_tools.inventory.audit import EMPTY, GENESIS, Head
from host_tools.inventory.errors import AuditError, FieldError, SerialInUseError
from host_tools.inventory.schema import AuditRow


@pytest.fixture
def log(anywhere, clock, record):
    """An inventory in a database of either kind, with five entries in its log."""
    with Inventory.open(anywhere, now=clock, actor="ann") as opened:
        for number in range(1, 4):
            clock.advance(microseconds=number)
            record(f"DS-{number}", number, into=opened)
        opened.mark_sealed("DS-2")
        opened.drop_in_doubt("DS-3")
        yield opened


def meddle(inventory, statement):
    with inventory.writing() as session:
        session.execute(statement)


def test_it_tells_who_did_what_and_when(log, clock):
    entries = log.history()
    assert [entry.sequence for entry in entries] == [1, 2, 3, 4, 5]
    assert [(entry.event, entry.serial) for entry in entries] == [
        ("in doubt", "DS-1"), ("in doubt", "DS-2"), ("in doubt", "DS-3"), ("sealed", "DS-2"), ("never sealed", "DS-3"),
    ]  # fmt: skip
    assert {entry.actor for entry in entries} == {"ann"}
    assert entries[-1].at == clock.time
    assert entries[0].at == clock.time - timedelta(microseconds=5)
    unit = {"board": "simulated", "firmware": "0.1.0", "uid": "e661000000000000", "build": ""}
    assert entries[0].detail == unit


def test_a_tokens_history_is_its_own(log):
    assert [entry.event for entry in log.history("DS-2")] == ["in doubt", "sealed"]
    assert log.history("DS-9") == []


def test_a_forgotten_token_keeps_its_history(log):
    log.forget("DS-2")
    assert [entry.event for entry in log.history("DS-2")] == ["in doubt", "sealed", "forgotten"]
    assert log.history("DS-2")[-1].detail == {"state": "sealed"}


def test_a_whole_log_checks_out_to_its_head(log):
    assert log.check_audit() == log.audit_head()
    assert log.audit_head().sequence == 5


def test_an_empty_log_has_a_head_too(anywhere):
    with Inventory.open(anywhere) as inventory:
        assert inventory.audit_head() == inventory.check_audit() == EMPTY


@pytest.mark.parametrize("number", range(1, 6))
@pytest.mark.parametrize(
    "change",
    [
        {"actor": "bob"},
        {"event": "sealed!"},
        {"serial": None},
        {"serial": "DS-7"},
        {"detail": "{}"},
        {"hash": bytes(32)},
    ],
    ids=str,
)
def test_a_change_of_any_entry_is_found(log, number, change):
    meddle(log, update(AuditRow).where(AuditRow.sequence == number).values(change))
    same = number in (4, 5) and change == {"detail": "{}"}  # that is what it was
    if same:
        log.check_audit()
    else:
        with pytest.raises(AuditError) as found:
            log.check_audit()
        assert found.value.sequence == number


def test_another_time_is_found(log, clock):
    meddle(
        log, update(AuditRow).where(AuditRow.sequence == 2).values(at=clock.time + timedelta(microseconds=1))
    )
    with pytest.raises(AuditError, match="entry 2"):
        log.check_audit()


@pytest.mark.parametrize("number", range(1, 5))
def test_a_gap_is_found(log, number):
    meddle(log, delete(AuditRow).where(AuditRow.sequence == number))
    with pytest.raises(AuditError, match=f"entry {number} of the audit log is missing"):
        log.check_audit()


@pytest.mark.parametrize("number", range(1, 5))
def test_entries_that_close_up_over_a_gap_are_found(log, number):
    meddle(log, delete(AuditRow).where(AuditRow.sequence == number))
    for later in range(number + 1, 6):
        meddle(log, update(AuditRow).where(AuditRow.sequence == later).values(sequence=later - 1))
    with pytest.raises(AuditError):
        log.check_audit()


@pytest.mark.parametrize("kept", range(5))
def test_a_cut_tail_is_found_by_whoever_kept_the_head_elsewhere(log, kept):
    outside = Head.parse(str(log.audit_head()))
    meddle(log, delete(AuditRow).where(AuditRow.sequence > kept))
    log.check_audit()  # by itself the rest is whole
    with pytest.raises(AuditError, match=f"entry {kept + 1} of the audit log is missing"):
        log.check_audit(outside)


def test_a_log_that_was_written_anew_is_found_by_whoever_kept_the_head_elsewhere(log, record):
    outside = log.audit_head()
    meddle(log, delete(AuditRow))
    for number in range(4, 10):
        record(f"DS-{number}", number, into=log)
    log.check_audit()
    with pytest.raises(AuditError, match="entry 5 of the audit log is another one"):
        log.check_audit(outside)


def test_a_head_that_was_kept_long_ago_is_part_of_what_came_since(log, record):
    outside = log.audit_head()
    record("DS-4", 4, into=log)
    assert log.check_audit(outside).sequence == 6


def test_what_is_refused_is_in_no_log(log, record):
    before = log.audit_head()
    with pytest.raises(SerialInUseError):
        record("DS-1", 9, into=log)
    assert log.audit_head() == before


def test_entries_of_several_who_write_at_once_are_one_chain(anywhere, record):
    with Inventory.open(anywhere) as inventory:

        def work(first: int) -> None:
            with Inventory.open(anywhere, actor=f"station {first}") as mine:
                for number in range(first, first + 5):
                    record(f"DS-{number}", number, into=mine)

        at_once(work, (1, 11, 21))
        assert inventory.check_audit().sequence == 15
        assert len({entry.actor for entry in inventory.history()}) == 3


def test_each_entry_binds_the_one_before(log):
    with log.reading() as session:
        hashes = session.scalars(select(AuditRow.hash).order_by(AuditRow.sequence)).all()
    assert len({GENESIS, *hashes}) == 6


@pytest.mark.parametrize("text", ["", "5", "5 " + "a" * 63, "5 " + "A" * 64, "-1 " + "a" * 64, "x"])
def test_what_is_no_head_is_refused(text):
    with pytest.raises(FieldError, match="a number and 64 hex digits"):
        Head.parse(text)
