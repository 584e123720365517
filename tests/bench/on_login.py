"""Logins a second over privacyIDEA's wire protocol: challenge, response, verdict; and how often the disk can commit.

    python on_login.py --address http://127.0.0.1:8080 --admin NAME --password-file FILE --users FILE

measures a service that runs already; each line of the users' file is a user's name, realm and key (hex), with commas
between. Without an address, privacyIDEA and `picodsc serve` are started and measured by turns, as `make bench` does.
Logins are begun by an account that vouches for the first factor: no password is hashed on either side.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import commit_rate
from bound import Bound
from figure import Figure
from our_service import filled, our_service, recorded
from rich.console import Console
from rich.table import Table

from fakes.login_client import SUITE, LoginClient, User
from fakes.login_load import Load, Service, load
from fakes.postgres_server import MissingServerError as MissingPostgresError
from fakes.postgres_server import PostgresServer
from fakes.privacyidea_server import ADMIN, PASSWORD, REALM, PrivacyIdeaServer

WORKERS = 2
CONNECTIONS = (1, 8)
USERS = 64
# Of ours, since a token has an allowance of challenges at once; and the devices that there are beside theirs.
OUR_USERS = 500
DEVICES = (1_000, 1_000_000)
SECONDS, TURNS = 20.0, 4
NAME = f"privacyIDEA, {WORKERS} workers x 4 threads, SQLite"
# What is promised of ours with SQLite: so many times privacyIDEA's logins, and with the most devices such a share of
# those with the fewest.
TIMES, SHARE = 10, 0.8


class LoginsRefusedError(Exception):
    """Right responses were not all accepted, so there is no rate to tell; holds the first few reasons."""

    def __init__(self, name: str, errors: Sequence[str]) -> None:
        super().__init__(f"{name}: {len(errors)} logins failed: {'; '.join(errors[:3])}")


@dataclass(frozen=True)
class Compared:
    """What `make bench` prints of logins, and what has to come of them."""

    figures: Sequence[Figure]
    bounds: Sequence[Bound]


@dataclass(frozen=True)
class Measured:
    """What came of logins at each service, by the number of connections; and the rates of the disk in between."""

    loads: dict[str, dict[int, Load]]
    disk: float
    commits: float


def measured(
    services: Mapping[str, tuple[Service, Sequence[User]]],
    folder: Path,
    seconds: float = SECONDS,
    turns: int = TURNS,
) -> Measured:
    """Measure the services by turns, so that what else the machine and its disk do befalls all of them alike.

    `seconds` are of each service with each number of connections, all turns together; `folder` is on their disk.
    Raises LoginsRefusedError.
    """
    slice_seconds = seconds / turns
    loads: dict[str, dict[int, Load]] = {name: {} for name in services}
    disk, commits = [], []
    for name, (service, users) in services.items():
        _logged_in(name, service, users, max(CONNECTIONS), slice_seconds)  # until it is warm
    for _ in range(turns):
        disk.append(commit_rate.appends(folder, slice_seconds / 5))
        commits.append(commit_rate.commits(folder, slice_seconds / 5))
        for connections in CONNECTIONS:
            for name, (service, users) in services.items():
                one = _logged_in(name, service, users, connections, slice_seconds)
                found = loads[name]
                found[connections] = found[connections] + one if connections in found else one
    return Measured(loads, fmean(disk), fmean(commits))


def _logged_in(name: str, service: Service, users: Sequence[User], connections: int, seconds: float) -> Load:
    done = asyncio.run(load(service, users, connections, seconds=seconds))
    if done.errors:
        raise LoginsRefusedError(name, done.errors)
    return done


def figures_of(
    name: str, loads: dict[int, Load], reference: str = "", theirs: dict[int, Load] | None = None
) -> Iterator[Figure]:
    """A service's, beside those of another one by the same number of connections."""
    for connections, one in loads.items():
        its = theirs[connections] if theirs else None
        on = f"{name}, {connections} at once"

        def figure(what: str, unit: str, value: float, its_value: float | None, on: str = on) -> Figure:
            return Figure(f"{on}: {what}", value, unit, "" if its_value is None else reference, its_value)

        yield figure("logins", "/s", one.rate, its and its.rate)
        yield figure("logins measured", "", len(one.logins), its and len(its.logins))
        for share, what in ((0.5, "p50"), (0.99, "p99")):
            yield figure(f"challenge, {what}", "ms", one.challenge_ms(share), its and its.challenge_ms(share))
            yield figure(
                f"verification, {what}", "ms", one.verification_ms(share), its and its.verification_ms(share)
            )
        yield figure("processor time of the service a login", "ms", one.service_ms, its and its.service_ms)
        yield figure("processor time of the client a login", "ms", one.client_ms, its and its.client_ms)


def authorization(address: str, name: str, password: str) -> str:
    """The word that asking for challenges takes."""

    async def signed_in() -> str:
        async with LoginClient(address) as client:
            return await client.sign_in(name, password)

    return asyncio.run(signed_in())


def enrolled(server: PrivacyIdeaServer, names: Sequence[str]) -> list[User]:
    """Each user with one token there, which has no PIN."""
    users = [User(name, REALM, os.urandom(32)) for name in names]
    for user in users:
        fields = {"type": "ocra", "genkey": "0", "otpkey": user.key.hex(), "ocrasuite": SUITE.text}
        answer = server.administer(
            "POST", "token/init", data={**fields, "user": user.name, "realm": user.realm}
        )
        assert answer.is_success, answer.text
    return users


def compared(
    seconds: float = SECONDS, count: int = USERS, turns: int = TURNS, sizes: Sequence[int] = DEVICES
) -> Compared:
    """The disk's; privacyIDEA's on it; and ours beside them. Raises MissingServerError, LoginsRefusedError."""
    names = [f"user{number:04}" for number in range(count)]
    # All databases are in temporary folders, so on the same disk.
    with ExitStack() as running:
        server = running.enter_context(PrivacyIdeaServer(WORKERS, names, tls=False))
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        journal, synchronous = server.durability()
        word = authorization(server.address, ADMIN, PASSWORD)
        service = Service(server.address, word, pid=server.pid)
        services: dict[str, tuple[Service, Sequence[User]]] = {NAME: (service, enrolled(server, names))}
        for name, ours, users in ours_at(folder, sizes, running):
            services[name] = ours, users
        found = measured(services, folder, seconds, turns)
    theirs = found.loads.pop(NAME)
    figures = [
        *commit_rate.figures(found.disk, found.commits),
        Figure(f"privacyIDEA: SQLite's synchronous (2: FULL), journal: {journal}", synchronous, ""),
        *figures_of(NAME, theirs),
    ]
    for name, loads in found.loads.items():
        figures += figures_of(name, loads, "privacyIDEA", theirs)
    return Compared(figures, list(bounds(found.loads, theirs, sizes)))


def bounds(
    loads: Mapping[str, Mapping[int, Load]], theirs: Mapping[int, Load], sizes: Sequence[int]
) -> Iterator[Bound]:
    """What ours has to keep with SQLite, by each number of connections; `loads` are by the names of `name_of`."""
    fewest, most = min(sizes), max(sizes)
    for connections, its in theirs.items():
        rates = {size: loads[name_of(sqlite(size))][connections].rate for size in sizes}
        for size, rate in rates.items():
            what = f"logins, {sqlite(size)}, {connections} at once, to privacyIDEA's"
            yield Bound(what, rate / its.rate, TIMES)
        if most > fewest:
            what = f"logins, {sqlite(most)}, {connections} at once, to those with {fewest:,}"
            yield Bound(what, rates[most] / rates[fewest], SHARE)


def sqlite(size: int) -> str:
    """What a place in SQLite is called."""
    return f"SQLite, {size:,} devices"


def name_of(place: str) -> str:
    """What ours is called at this place."""
    return f"picodsc serve, {WORKERS} workers, {place}"


def ours_at(
    folder: Path, sizes: Sequence[int], running: ExitStack
) -> Iterator[tuple[str, Service, Sequence[User]]]:
    """Ours, with so many devices in SQLite, and with those of the users in PostgreSQL where that is installed."""
    places = []
    for size in sizes:
        at = folder / f"sqlite{size}"
        places.append((sqlite(size), at, *filled(at / "data", size, OUR_USERS)))
    try:
        postgres = running.enter_context(PostgresServer(durable=True))
    except MissingPostgresError as error:
        print(error, file=sys.stderr)
    else:
        at = folder / "postgresql"
        at.mkdir()
        place = f"PostgreSQL, {OUR_USERS:,} devices"
        places.append((place, at, *recorded(postgres.new_database(), at, OUR_USERS)))
    for place, at, location, users in places:
        ours = running.enter_context(our_service(location, users, at, WORKERS))
        yield name_of(place), ours.service, users


def users_of(path: Path) -> list[User]:
    """The users of a file."""
    rows = (line.split(",") for line in path.read_text().splitlines() if line.strip())
    return [User(name.strip(), realm.strip(), bytes.fromhex(key)) for name, realm, key in rows]


def main() -> int:
    """Measure, and print the figures; 1 if one is not what it has to be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--address")
    parser.add_argument("--admin")
    parser.add_argument("--password-file", type=Path)
    parser.add_argument("--users", type=Path)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each number of connections")
    options = parser.parse_args()
    if options.address:
        if not (options.admin and options.password_file and options.users):
            parser.error("--address needs --admin, --password-file and --users")
        word = authorization(options.address, options.admin, options.password_file.read_text().strip())
        services = {options.address: (Service(options.address, word), users_of(options.users))}
        with tempfile.TemporaryDirectory() as folder:
            loads = measured(services, Path(folder), options.seconds).loads
        found, promised = list(figures_of(options.address, loads[options.address])), []
    else:
        made = compared(options.seconds)
        found, promised = made.figures, made.bounds
    table = Table("what", "figure", "unit")
    for figure in found:
        table.add_row(figure.what, f"{figure.value:,.1f}", figure.unit)
    Console(width=120).print(table)
    for bound in promised:
        print(bound)
    return 0 if all(bound.is_kept for bound in promised) else 1


if __name__ == "__main__":
    sys.exit(main())
