"""A hundred thousand logins at a login service, whose memory stays flat; then it ends under load, and loses nothing.

    python -m soak.soak [--logins 100000]
                          [--address URL --pid PID --admin NAME --password-file FILE --users FILE --accepted COMMAND]

Without an address it is `picodsc serve`, started here over an inventory of its own. Another service runs on this
machine, too; PID is the process whose children are its workers. Each line of the users' file is a
user's name, realm and key (hex), with commas between. COMMAND prints the transactions that the audit log says were
accepted, one a line. Prints a line every 5,000 logins, and exits 1 if a login was refused, a worker died or grew, a
response was accepted twice, or an accepted one is not in the audit log, or the end left a request without an answer.
"""

import argparse
import asyncio
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from fakes.login_client import LoginClient, User
from fakes.login_load import Service, load
from fakes.processes import ProcessGoneError, resident_bytes
from soak.flatness import Sample, growth_fault
from soak.running import Running
from soak.shutdown import CLIENTS, shut_down

LOGINS = 100_000
USERS = 500  # of ours: a token has an allowance of 480 challenges at once
SAMPLES, TOLD = 100, 20  # looks at the workers' memory, and lines printed, however many logins there are


def soaked(running: Running, logins: int, say: Callable[[str], None]) -> list[str]:
    """Log in so often, and look at the workers' memory in between; what was wrong."""
    workers = running.workers()
    if not workers:
        return ["there are no workers to look at"]
    sampled = max(logins // SAMPLES, 1)
    samples: dict[int, list[Sample]] = {worker: [] for worker in workers}
    for begun in range(0, logins, sampled):
        done = asyncio.run(
            load(running.signed_in(), running.users, CLIENTS, count=min(sampled, logins - begun))
        )
        if done.errors:
            return [f"{len(done.errors)} logins failed after {begun:,}: {'; '.join(done.errors[:3])}"]
        count = begun + len(done.logins)
        try:
            for worker in workers:
                samples[worker].append(Sample(count, resident_bytes(worker)))
        except ProcessGoneError as error:
            return [f"{error}, after {count:,} logins"]
        if count % (sampled * SAMPLES // TOLD) == 0:
            sizes = ", ".join(f"{samples[worker][-1].resident / 1e6:.1f}" for worker in workers)
            say(
                f"{count:9,} logins, {done.rate:,.0f}/s, p99 {done.verification_ms(0.99):.0f} ms; workers: {sizes} MB"
            )
    faults = [growth_fault(worker, samples[worker], logins) for worker in workers]
    return [fault for fault in faults if fault]


def ended(running: Running, say: Callable[[str], None], **options: float) -> list[str]:
    """End it under load; what was wrong."""
    result = asyncio.run(shut_down(running, **options))
    accepted = running.accepted()
    say(
        f"SIGTERM after {len(result.seen):,} logins of {CLIENTS} clients: ended in {result.seconds:.1f} s, "
        f"{result.turned_away} turned away, {len(result.lost)} answers lost"
    )
    return result.faults(accepted)


@contextmanager
def ours() -> Iterator[Running]:
    """`picodsc serve`, with two workers, in SQLite."""
    from our_service import accepted, filled, our_service

    with tempfile.TemporaryDirectory() as folder:
        # One in ten devices is nobody's.
        location, users = filled(Path(folder) / "data", 2 * USERS, USERS)
        with our_service(location, users, Path(folder)) as running:
            yield Running(running.service, users, lambda: accepted(location), running.sign_in)


def another(options: argparse.Namespace) -> Running:
    """The service that the options name."""

    def sign_in() -> str:
        return asyncio.run(signed_in())

    async def signed_in() -> str:
        async with LoginClient(options.address) as client:
            return await client.sign_in(options.admin, options.password_file.read_text().strip())

    def accepted() -> list[str]:
        command = shlex.split(options.accepted)
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()

    rows = (line.split(",") for line in options.users.read_text().splitlines() if line.strip())
    users = [User(name.strip(), realm.strip(), bytes.fromhex(key)) for name, realm, key in rows]
    service = Service(options.address, sign_in(), pid=options.pid)
    return Running(service, users, accepted, sign_in)


def main() -> int:
    """Do both, and say what was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--address")
    parser.add_argument("--pid", type=int)
    parser.add_argument("--admin")
    parser.add_argument("--password-file", type=Path)
    parser.add_argument("--users", type=Path)
    parser.add_argument("--accepted")
    parser.add_argument("--logins", type=int, default=LOGINS)
    options = parser.parse_args()
    named = [options.pid, options.admin, options.password_file, options.users, options.accepted]
    if options.address and None in named:
        parser.error("--address needs --pid, --admin, --password-file, --users and --accepted")
    with nullcontext(another(options)) if options.address else ours() as running:
        faults = soaked(running, options.logins, print) + ended(running, print)
    print(f"{len(faults)} faults")
    for fault in faults:
        print("  " + fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
