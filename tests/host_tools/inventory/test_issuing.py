"""Batches of serials: each issued once, in order, to however many ask; and what was not issued is known."""

import itertools

import pytest

from fakes.at_once import at_once
from host_tools.inventory import Inventory
from host_tools.inventory.errors import (
    BatchInUseError,
    BatchSpentError,
    FieldError,
    SerialFormError,
    UnknownBatchError,
)
from host_tools.inventory.issuing import begin_batch, issue_serial
from host_tools.inventory.serials import Batch

PD = Batch("PD")


@pytest.fixture
def stock(anywhere):
    """An inventory with the batch PD, in a database of either kind."""
    with Inventory.open(anywhere) as opened:
        begin_batch(opened, PD)
        yield opened


def test_serials_come_one_after_the_other(stock):
    assert [issue_serial(stock, "PD") for _ in range(3)] == [PD.serial(number) for number in (1, 2, 3)]


def test_a_batch_may_begin_anywhere_and_ends(stock):
    batch = Batch("END", 4)
    begin_batch(stock, batch, first=9_998)
    assert [issue_serial(stock, "END") for _ in range(2)] == [batch.serial(9_998), batch.serial(9_999)]
    for _ in range(2):
        with pytest.raises(BatchSpentError, match="another prefix"):
            issue_serial(stock, "END")


def test_the_next_to_open_the_inventory_goes_on(stock, anywhere):
    issue_serial(stock, "PD")
    with Inventory.open(anywhere) as again:
        assert issue_serial(again, "PD") == PD.serial(2)


def test_none_is_issued_twice_however_many_ask_at_once(stock, anywhere):
    issued: list[list[str]] = []

    def work(_: int) -> None:
        with Inventory.open(anywhere) as mine:
            issued.append([issue_serial(mine, "PD") for _ in range(10)])

    at_once(work, range(4))
    serials = list(itertools.chain.from_iterable(issued))
    assert sorted(serials) == [PD.serial(number) for number in range(1, 41)]
    assert all(each == sorted(each) for each in issued)


def test_a_prefix_has_one_batch(stock):
    with pytest.raises(BatchInUseError):
        begin_batch(stock, Batch("PD", 8))
    assert issue_serial(stock, "PD") == PD.serial(1)


def test_a_batch_that_could_issue_nothing_is_not_begun(stock):
    with pytest.raises(FieldError):
        begin_batch(stock, Batch("NO", 4), first=10_000)
    with pytest.raises(UnknownBatchError):
        issue_serial(stock, "NO")


def test_an_unknown_prefix_is_told_which_there_are(stock):
    begin_batch(stock, Batch("AB"))
    with pytest.raises(UnknownBatchError, match="there are AB, PD"):
        issue_serial(stock, "PX")


def test_a_token_gets_no_serial_of_a_batch_that_was_not_issued(stock, record):
    serial = issue_serial(stock, "PD")
    record(serial, into=stock)
    with pytest.raises(SerialFormError, match=f"not issued yet; the next one is {PD.serial(2)}"):
        record(PD.serial(2), 2, into=stock)
    with pytest.raises(SerialFormError, match="mistyped"):
        record(mistyped(serial), 2, into=stock)
    record("DEV-1", 3, into=stock)
    record("PD", 4, into=stock)
    assert stock.serials() == ["DEV-1", "PD", serial]


def test_a_mistyped_serial_is_told_so_and_which_may_have_been_meant(stock, record):
    serial = issue_serial(stock, "PD")
    record(serial, into=stock)
    with pytest.raises(SerialFormError, match=f"a digit is mistyped.*; did you mean {serial}") as refused:
        stock.token(mistyped(serial))
    assert refused.value.nearest == (serial,)


def mistyped(serial):
    return serial[:-1] + str((int(serial[-1]) + 1) % 10)


def test_each_is_in_the_audit_log(stock):
    serial = issue_serial(stock, "PD")
    begun, issued = stock.history()
    assert (begun.event, begun.detail) == ("batch begun", {"prefix": "PD", "digits": 6, "first": 1})
    assert (issued.event, issued.serial) == ("serial issued", serial)
