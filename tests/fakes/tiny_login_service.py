"""A login service of a page, to try on it what measures and torments a real one; it can be told to misbehave.

It speaks privacyIDEA's wire protocol, has two workers under a parent, and keeps what it accepted in a file. All its
users have one key. It knows nothing else of logins: no lock-out, no expiry, no passwords.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from dsc.crypto.ocra import Suite, respond

KEY = bytes(range(32))
WORD = "open"
SUITE = Suite.parse("OCRA-1:HOTP-SHA256-8:QN06")
WORKERS = 2
LEAKED = 20_000  # bytes a login
LINGER = 0.2  # seconds that a request may be on its way, at the end
PATIENCE = 2.0  # seconds that one that breaks waits for a request to break
# What it can be told to do wrong.
REFUSES, LEAKS, FORGETS, REPEATS, HANGS, BREAKS = (
    "refuses",
    "leaks",
    "forgets",
    "repeats",
    "hangs",
    "breaks off",
)


@dataclass(frozen=True)
class TinyService:
    """One that runs."""

    address: str
    pid: int
    folder: Path

    def accepted(self) -> list[str]:
        """The transactions that it wrote down as accepted."""
        return (self.folder / "accepted").read_text().split()


@contextmanager
def tiny_service(folder: Path, *faults: str) -> Iterator[TinyService]:
    """One in processes of its own, with what it keeps in the folder."""
    (folder / "accepted").touch()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = [sys.executable, __file__, str(folder), str(listener.fileno()), *faults]
        path = os.pathsep.join(one for one in sys.path if one)
        environment = {**os.environ, "PYTHONPATH": path}
        process = subprocess.Popen(
            command, pass_fds=[listener.fileno()], env=environment, stdout=subprocess.PIPE
        )
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    assert process.stdout is not None
    process.stdout.readline()  # its workers are there
    try:
        yield TinyService(address, process.pid, folder)
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


class Worker:
    """One of its workers."""

    def __init__(self, folder: Path, faults: list[str]) -> None:
        self._folder, self._faults = folder, faults
        self._leak: list[bytes] = []
        self._writers: dict[asyncio.StreamWriter, bool] = {}  # and whether it is owed an answer
        self._ending = False
        self._owes: asyncio.Event | None = None  # set when it has a request that it will not answer

    async def run(self, listener: socket.socket) -> None:
        """Serve until SIGTERM, and then until what was asked is answered."""
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, ended.set)
        last = listener.dup()
        server = await asyncio.start_server(self._serve, sock=listener)
        await ended.wait()
        if BREAKS in self._faults:
            self._owes = asyncio.Event()
            with suppress(TimeoutError):  # the other worker may have all connections
                await asyncio.wait_for(self._owes.wait(), PATIENCE)
            return
        self._ending = True
        server.close()
        late = []
        with suppress(OSError):  # nobody waits any more
            while True:
                late.append(asyncio.ensure_future(self._take(last.accept()[0])))
        last.close()
        until = loop.time() + LINGER
        while HANGS in self._faults or any(self._writers.values()) or loop.time() < until:
            await asyncio.sleep(0.01)
        await asyncio.gather(*late)

    async def _take(self, taken: socket.socket) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._serve(*await asyncio.open_connection(sock=taken)), LINGER)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers[writer] = False
        try:
            ended = False
            while not ended:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                self._writers[writer] = True
                headers = dict(line.lower().split(": ", 1) for line in head[1:-2])
                fields = dict(parse_qsl((await reader.readexactly(int(headers["content-length"]))).decode()))
                if self._owes is not None:
                    self._owes.set()
                    await asyncio.Event().wait()
                answer = json.dumps(self._answer(head[0].split()[1], fields, headers)).encode()
                ended = self._ending
                begin = (
                    f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n"
                )
                begin += f"Connection: {'close' if ended else 'keep-alive'}\r\n\r\n"
                writer.write(begin.encode() + answer)
                await writer.drain()
                self._writers[writer] = False
        except (EOFError, OSError, asyncio.CancelledError):
            pass  # the client has gone, or this worker ends
        finally:
            del self._writers[writer]
            writer.close()

    def _answer(self, path: str, fields: dict[str, str], headers: dict[str, str]) -> dict[str, object]:
        if path == "/auth":
            return {"result": {"value": {"token": WORD}}}
        if path == "/validate/triggerchallenge":
            if headers.get("authorization") != WORD:
                return {"result": {"error": {"message": "not for everybody"}}}
            question = f"{secrets.randbelow(10**6):06}"
            detail = {"transaction_id": f"{secrets.token_hex(8)}-{question}"}
            return {"detail": {**detail, "multi_challenge": [{"attributes": {"challenge": question}}]}}
        right = self._judged(fields["transaction_id"], fields["pass"])
        return {"result": {"value": right, "authentication": "ACCEPT" if right else "REJECT"}}

    def _judged(self, transaction: str, response: str) -> bool:
        if LEAKS in self._faults:
            self._leak.append(os.urandom(LEAKED))
        if response != respond(SUITE, KEY, transaction.rpartition("-")[2]):
            return False
        if REFUSES in self._faults:
            return False
        if REPEATS not in self._faults and not self._taken(transaction):
            return False
        if FORGETS not in self._faults or (not self._ending and int(transaction[:2], 16) % 8):
            with (self._folder / "accepted").open("a") as log:
                log.write(f"{transaction}\n")
        return True

    def _taken(self, transaction: str) -> bool:
        """Whether this is the first to take it: the file system decides among the workers."""
        try:
            (self._folder / transaction).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


def main() -> None:
    folder, descriptor, *faults = sys.argv[1:]
    listener = socket.socket(fileno=int(descriptor))
    listener.setblocking(False)
    pids = []
    for _ in range(WORKERS):
        pid = os.fork()
        if pid == 0:
            asyncio.run(Worker(Path(folder), faults).run(listener))
            os._exit(0)
        pids.append(pid)
    listener.close()

    def end(*_: object) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):  # a test may have killed it
                os.kill(pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)
    print("ready", flush=True)
    for pid in pids:
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
