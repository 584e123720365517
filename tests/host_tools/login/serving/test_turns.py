"""Turns to write: one has it at a time, in all processes; a killed one gives it back; and nothing hangs on it."""

import os
import signal
import sqlite3
import tempfile
import threading
from contextlib import suppress

import pytest

from fakes.hand_clock import HandClock
from fakes.login_house import House
from fakes.login_service import until
from host_tools.inventory import Location
from host_tools.inventory.errors import InventoryBusyError
from host_tools.inventory.sqlite_file import SqliteFile
from host_tools.login.serving.limits import Kind, Limit, SharedLimits
from host_tools.login.serving.turns import Queue, Turns

ROUNDS = 200


@pytest.fixture
def turns():
    made = Turns(patience=30)
    yield made
    made.close()


def child(work):
    """A process that does this; its pid."""
    pid = os.fork()
    if pid == 0:
        with suppress(BaseException):
            work()
            os._exit(0)
        os._exit(1)
    return pid


def ended(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_processes_and_their_threads_have_it_one_at_a_time(turns, tmp_path):
    count = tmp_path / "count"
    count.write_text("0")

    def counts():
        for _ in range(ROUNDS):
            with turns.turn():
                # Two that read the same number write the same one.
                count.write_text(str(int(count.read_text()) + 1))

    def work():
        threads = [threading.Thread(target=counts) for _ in range(2)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()

    pids = [child(work) for _ in range(3)]
    assert [ended(pid) for pid in pids] == [0, 0, 0]
    assert count.read_text() == str(6 * ROUNDS)


def test_what_goes_wrong_in_a_turn_ends_it(turns):
    with pytest.raises(ZeroDivisionError), turns.turn():
        raise ZeroDivisionError
    with turns.turn():
        pass


def test_the_turn_of_a_process_that_is_killed_is_over(turns):
    reading, writing = os.pipe()

    def hold():
        with turns.turn():
            os.write(writing, b"1")
            signal.pause()

    pid = child(hold)
    os.read(reading, 1)
    os.kill(pid, signal.SIGKILL)
    with turns.turn():
        pass
    assert ended(pid) == -signal.SIGKILL
    os.close(reading)
    os.close(writing)


def test_threads_have_it_in_the_order_in_which_they_came():
    queue, order, threads = Queue(patience=30), [], []

    def wait(number):
        assert queue.enter()
        order.append(number)
        queue.leave()

    assert queue.enter()
    for number in range(10):
        threads.append(threading.Thread(target=wait, args=(number,)))
        threads[-1].start()
        until(lambda count=number + 1: len(queue._waiting) == count)
    queue.leave()
    assert queue.enter()  # who comes at once comes last
    order.append("last")
    queue.leave()
    for one in threads:
        one.join()
    assert order == [*range(10), "last"]


def test_whose_patience_ends_is_not_in_the_queue_any_more():
    queue = Queue(patience=0.01)
    assert queue.enter()
    assert not queue.enter()
    queue.leave()
    assert queue.enter()
    queue.leave()


def test_a_transaction_within_another_one_of_the_thread_is_refused_by_the_database(tmp_path):
    location = Location.inside(tmp_path)
    House(location, HandClock()).close()
    turns, database = Turns(patience=0.01), SqliteFile(location.database, busy_seconds=0)
    database.take_turns(turns.turn)
    try:
        with database.writing() as outer:
            outer.connection()
            with pytest.raises(InventoryBusyError), database.writing() as inner:
                inner.connection()
    finally:
        database.close()
        turns.close()


def test_who_takes_no_turns_is_kept_apart_by_the_database(tmp_path, turns):
    house = House(Location.inside(tmp_path), HandClock())
    house.inventory.take_turns(turns.turn)
    other = sqlite3.connect(Location.inside(tmp_path).database, timeout=0)
    try:
        with house.inventory.writing() as session:
            session.connection()
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
    finally:
        other.close()
        house.close()


def test_locks_of_others_in_the_same_processes_are_no_deadlock(turns, tmp_path):
    """fcntl's would be, for the system: each process has one of two, and a thread that waits for the other one."""
    limits = SharedLimits(64)

    def work():
        def write():
            for _ in range(ROUNDS):
                with turns.turn():
                    limits.wait(Kind.SOURCE, b"source", Limit(1, 1))

        thread = threading.Thread(target=write)
        thread.start()
        for _ in range(20 * ROUNDS):
            limits.wait(Kind.SOURCE, b"source", Limit(1, 1))
        thread.join()

    pids = [child(work) for _ in range(3)]
    assert [ended(pid) for pid in pids] == [0, 0, 0]
    limits.close()


def test_nobody_can_take_away_or_replace_what_is_locked(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    turns = Turns(patience=30)
    with turns.turn():
        assert list(tmp_path.iterdir()) == []
    turns.close()


def test_where_descriptors_can_not_be_opened_anew_nobody_is_stopped(turns, tmp_path, monkeypatch):
    monkeypatch.setattr("host_tools.login.serving.turns.DESCRIPTORS", str(tmp_path))
    with turns.turn():
        pass
