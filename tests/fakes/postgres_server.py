"""A real PostgreSQL server of the tests' own, on a socket in a folder of its own, which is gone afterwards."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Self

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import URL

DEBIAN = Path("/usr/lib/postgresql")
OWNER = "picodsc"
UNPRIVILEGED = "nobody"  # whom the server runs as where the tests run as root, which it refuses
# Nothing has to outlive the machine.
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


class MissingServerError(Exception):
    """No PostgreSQL is installed."""


def programs() -> Path:
    """The folder with `initdb` and `postgres`, which Debian keeps off the path. Raises MissingServerError."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    newest = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not newest:
        raise MissingServerError("PostgreSQL's server is not installed (Debian: apt-get install postgresql)")
    return newest[-1].parent


class PostgresServer:
    """A server from `start` to `stop`. `new_database` gives the address of an empty database."""

    def __init__(self, *, durable: bool = False) -> None:
        """`durable` is for measurements: what was committed is on the disk."""
        self._options = "" if durable else FAST
        self._programs = programs()
        # A socket's path may have some hundred characters: no deep folder of a test.
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        try:
            if os.geteuid() == 0:
                shutil.chown(self._folder, UNPRIVILEGED)
            self._run(
                "initdb", "--auth=trust", f"--username={OWNER}", "--encoding=UTF8", "--no-sync", self._data
            )
            options = f"{self._options} -c listen_addresses= -k {self._folder}"
            self._run("pg_ctl", "start", "-w", "-D", self._data, "-o", options, "-l", self._folder / "log")
            self._desk = psycopg.connect(
                host=str(self._folder), user=OWNER, dbname="postgres", autocommit=True
            )
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._desk.close()
        self._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", self._data)
        shutil.rmtree(self._folder, ignore_errors=True)

    def new_database(self) -> URL:
        """An empty database's address."""
        name = f"test{next(self._numbers)}"
        self._desk.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        return URL.create("postgresql", username=OWNER, database=name, query={"host": str(self._folder)})

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [str(self._programs / program), *map(str, arguments)],
            user=UNPRIVILEGED if os.geteuid() == 0 else None,
            group=pwd.getpwnam(UNPRIVILEGED).pw_gid if os.geteuid() == 0 else None,
            extra_groups=[] if os.geteuid() == 0 else None,
            cwd=self._folder,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            stdout=subprocess.DEVNULL,
            check=True,
        )
