"""The soak notices what it is there to notice: tried on a login service of a page that misbehaves."""

import mmap
import os
import random
import shlex
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from fakes import processes
from fakes.login_client import User
from fakes.login_load import Service
from fakes.tiny_login_service import BREAKS, FORGETS, HANGS, KEY, LEAKS, REFUSES, REPEATS, WORD, tiny_service
from host_tools.engines.interpreters import ROOT
from soak import flatness, soak
from soak.flatness import BOUND, Sample, growth_fault, slope
from soak.running import Running
from soak.shutdown import CLIENTS

USERS = [User(f"user{number}", "bank", KEY) for number in range(16)]
LOGINS = 1_000


def running_of(tiny):
    return Running(Service(tiny.address, WORD, pid=tiny.pid), USERS, tiny.accepted)


def steady(running, said):
    return soak.soaked(running, LOGINS, said.append)


# The memory.


def test_a_service_that_keeps_nothing_is_flat_and_told_of_at_every_step(tmp_path, monkeypatch):
    # So few logins do not wait for the allocator to settle: what it takes by itself is shared by fewer.
    monkeypatch.setattr(flatness, "BOUND", BOUND * soak.LOGINS / LOGINS)
    said = []
    with tiny_service(tmp_path) as tiny:
        assert steady(running_of(tiny), said) == []
    assert [line.split()[0] for line in said] == [f"{count:,}" for count in range(50, 1_001, 50)]


def test_a_service_that_keeps_something_of_each_login_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(flatness, "BOUND", BOUND * soak.LOGINS / LOGINS)
    with tiny_service(tmp_path, LEAKS) as tiny:
        faults = steady(running_of(tiny), [])
    assert faults
    assert all("bytes a login" in fault for fault in faults)


def test_refused_logins_end_it(tmp_path):
    with tiny_service(tmp_path, REFUSES) as tiny:
        (fault,) = steady(running_of(tiny), [])
    assert f"{LOGINS // soak.SAMPLES} logins failed" in fault


class WithAVictim(Running):
    """One that loses a worker as soon as its workers were counted; the other one takes all that comes."""

    def workers(self):
        found = super().workers()
        os.kill(found[0], signal.SIGKILL)
        return found


def test_a_worker_that_has_died_is_a_fault(tmp_path):
    with tiny_service(tmp_path) as tiny:
        running = running_of(tiny)
        (fault,) = steady(WithAVictim(running.service, running.users, running.accepted), [])
    assert "is gone, after 10 logins" in fault


@pytest.mark.parametrize(("a_login", "fault"), [(0, False), (20, False), (28, True), (200, True)])
def test_a_slope_is_seen_through_noise_and_steps(a_login, fault):
    chance = random.Random(8)
    samples = [
        Sample(
            logins, 80_000_000 + a_login * logins + chance.randrange(200_000) + 400_000 * (logins > 90_000)
        )
        for logins in range(1_000, 100_001, 1_000)
    ]
    # One that was sampled amid something large.
    samples[50] = Sample(samples[50].logins, 300_000_000)
    assert (growth_fault(7, samples, 100_000) is not None) == fault


def test_what_is_taken_at_the_start_is_no_growth():
    samples = [Sample(logins, min(logins, 15_000) * 1_000) for logins in range(1_000, 100_001, 1_000)]
    assert slope(samples[:15]) == 1_000
    assert growth_fault(7, samples, 100_000) is None


def test_a_worker_that_was_hardly_looked_at_is_not_called_flat():
    assert "too few" in growth_fault(7, [Sample(1_000, 1), Sample(50_000, 1)], 100_000)


def test_memory_and_time_of_a_process_are_those_that_it_takes():
    before, time_before = processes.resident_bytes(os.getpid()), processes.processor_seconds(os.getpid())
    # Straight from the system: what was freed before it would give again without taking more.
    with mmap.mmap(-1, 30_000_000) as taken:
        taken[:: mmap.PAGESIZE] = b"1" * -(-len(taken) // mmap.PAGESIZE)
        grown = processes.resident_bytes(os.getpid()) - before
    assert grown == pytest.approx(30_000_000, rel=0.1)
    while processes.processor_seconds(os.getpid()) <= time_before:
        os.urandom(1_000_000)
    with pytest.raises(processes.ProcessGoneError):
        processes.resident_bytes(2**22 + 1)  # Linux has no more


# The end.


def end(tmp_path, *faults, **options):
    said = []
    with tiny_service(tmp_path, *faults) as tiny:
        found = soak.ended(running_of(tiny), said.append, **{"logins": 60, **options})
    return found, said


def test_a_service_that_ends_in_order_has_lost_nothing(tmp_path):
    faults, (said,) = end(tmp_path)
    assert faults == []
    assert said.startswith("SIGTERM after ")
    assert said.endswith(f"{CLIENTS} turned away, 0 answers lost")


def test_a_service_that_leaves_requests_without_an_answer_is_found(tmp_path):
    faults, _ = end(tmp_path, BREAKS)
    assert [fault for fault in faults if "answer lost after SIGTERM" in fault]


def test_an_accepted_response_that_is_not_written_down_is_found(tmp_path):
    faults, _ = end(tmp_path, FORGETS)
    assert [fault for fault in faults if "accepted, and not in the audit log" in fault]


def test_a_response_that_is_accepted_twice_is_found_on_both_sides(tmp_path):
    faults, _ = end(tmp_path, REPEATS)
    assert [fault for fault in faults if "accepted twice, by what the clients saw" in fault]
    assert [fault for fault in faults if "accepted twice, by the audit log" in fault]


def test_a_service_that_does_not_end_is_found_and_ended(tmp_path):
    faults, _ = end(tmp_path, HANGS, limit=0.5)
    assert len([fault for fault in faults if "has not ended" in fault]) == 3


def test_a_service_that_refuses_before_it_is_told_to_end_is_found(tmp_path):
    faults, _ = end(tmp_path, REFUSES, limit=0.1)
    assert [fault for fault in faults if "before SIGTERM" in fault]


# The program.


def test_the_program_soaks_a_service_and_ends_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(flatness, "BOUND", BOUND * soak.LOGINS / LOGINS)
    users, password = tmp_path / "users.csv", tmp_path / "password"
    users.write_text("".join(f"{user.name},{user.realm},{user.key.hex()}\n" for user in USERS))
    password.write_text("the desk's\n")
    with tiny_service(tmp_path) as tiny:
        files = ["--password-file", str(password), "--users", str(users)]
        place = [
            "--address",
            tiny.address,
            "--pid",
            str(tiny.pid),
            "--admin",
            "desk",
            "--logins",
            str(LOGINS),
        ]
        told = shlex.join([sys.executable, "-c", f"print(open({str(tmp_path / 'accepted')!r}).read())"])
        monkeypatch.setattr(sys, "argv", ["soak.py", *place, *files, "--accepted", told])
        assert soak.main() == 0
    assert "0 faults" in capsys.readouterr().out


def test_our_own_service_is_started_soaked_and_ended_without_a_fault(monkeypatch, capsys):
    monkeypatch.syspath_prepend(Path(__file__).parent.parent / "bench")
    # Its memory settles within thousands of logins: how flat it is, is for the soak itself.
    monkeypatch.setattr(flatness, "BOUND", 1e9)
    monkeypatch.setattr(soak, "USERS", 20)
    monkeypatch.setattr(soak, "ended", partial(soak.ended, logins=20))
    monkeypatch.setattr(sys, "argv", ["soak.py", "--logins", "100"])
    assert soak.main() == 0
    assert "0 faults" in capsys.readouterr().out


def test_it_starts_by_the_words_of_the_makefile():
    path = os.pathsep.join([*(one for one in sys.path if one), str(ROOT / "tests" / "bench")])
    words = [sys.executable, "-m", "soak.soak", "--help"]
    ended = subprocess.run(
        words, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "--logins" in ended.stdout
    assert "$(PY) -m soak.soak $(ARGS)" in (ROOT / "Makefile").read_text()
