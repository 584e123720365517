"""A login page's side of privacyIDEA's wire protocol, which costs little: raw streams, kept open.

`POST /validate/triggerchallenge` asks for a user's challenge, `POST /validate/check` hands the response in; both take
forms, and answer in JSON. `POST /auth` tells the word that the first of them wants.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from dsc.crypto.ocra import Suite, respond

SUITE = Suite.parse("OCRA-1:HOTP-SHA256-8:QN06")
LARGEST = 1 << 20  # bytes of an answer
# Gunicorn closes what was idle for 2 seconds, uvicorn for 5: what is sent just then is lost, and looks like a fault.
IDLE_SECONDS = 1.0


class LoginFailedError(Exception):
    """A login that should have been accepted was not; `said` is what the service answered instead."""

    def __init__(self, step: str, status: int, said: str) -> None:
        super().__init__(f"{step}: HTTP {status}, {said}")
        self.step, self.status = step, status


class NoConnectionError(Exception):
    """Nobody takes a connection: nothing was asked."""


class AnswerLostError(Exception):
    """The connection ended before the answer: nobody knows what the service has done."""


@dataclass(frozen=True)
class User:
    """One with a token; the key is its login key."""

    name: str
    realm: str
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class Login:
    """One that was accepted: by which transaction, and the seconds that both answers took."""

    transaction: str
    challenge_seconds: float
    verification_seconds: float


class LoginClient:
    """One connection, which is opened anew if the service has closed it. Not for two tasks at once."""

    def __init__(self, address: str, authorization: str = "", authority: str | None = None) -> None:
        """`address` is http://host:port or https://host:port; `authority` a file with whom to trust."""
        parts = urlsplit(address)
        assert parts.hostname is not None
        self._place = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = ssl.create_default_context(cafile=authority) if parts.scheme == "https" else None
        self._authorization = authorization
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._used = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._drop()

    async def sign_in(self, name: str, password: str) -> str:
        """The word that asking for challenges takes, which is kept here too. Raises LoginFailedError."""
        status, answer = await self.post("/auth", {"username": name, "password": password})
        if status != 200:
            raise LoginFailedError("sign in", status, _said(answer))
        self._authorization = answer["result"]["value"]["token"]
        return self._authorization

    async def challenge(self, user: User) -> tuple[str, str]:
        """A challenge for the user, and its transaction. Raises LoginFailedError and what `post` does."""
        status, answer = await self.post(
            "/validate/triggerchallenge", {"user": user.name, "realm": user.realm}
        )
        try:
            detail = answer["detail"]
            return detail["multi_challenge"][0]["attributes"]["challenge"], detail["transaction_id"]
        except (KeyError, IndexError, TypeError):
            raise LoginFailedError("challenge", status, _said(answer)) from None

    async def verdict(self, user: User, transaction: str, response: str) -> tuple[int, str]:
        """The answer's status, and ACCEPT, REJECT or what else it says. Raises what `post` does."""
        fields = {"user": user.name, "realm": user.realm, "transaction_id": transaction, "pass": response}
        status, answer = await self.post("/validate/check", fields)
        result = answer.get("result") or {}
        verdict = result.get("authentication") if status == 200 else None
        return status, verdict if verdict and (verdict == "ACCEPT") == (
            result.get("value") is True
        ) else _said(answer)

    async def login(self, user: User) -> Login:
        """One login with the right response. Raises LoginFailedError and what `post` does."""
        begun = time.perf_counter()
        challenge, transaction = await self.challenge(user)
        asked = time.perf_counter()
        response = respond(SUITE, user.key, challenge)
        answered = time.perf_counter()
        status, verdict = await self.verdict(user, transaction, response)
        if verdict != "ACCEPT":
            raise LoginFailedError("verification", status, verdict)
        return Login(transaction, asked - begun, time.perf_counter() - answered)

    async def post(self, path: str, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Status and JSON object of the answer, {} if it is none. Raises NoConnectionError, AnswerLostError."""
        body = urlencode(fields).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._place[0]}:{self._place[1]}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        )
        if self._authorization:
            head += f"Authorization: {self._authorization}\r\n"
        try:
            reader, writer = await self._opened()
        except OSError as error:
            raise NoConnectionError(f"{path}: {error!r}") from error
        try:
            writer.write(head.encode() + b"\r\n" + body)
            return await self._answer(reader)
        except (OSError, EOFError, asyncio.LimitOverrunError, ValueError) as error:
            self._drop()
            raise AnswerLostError(f"{path}: {error!r}") from error

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, dict[str, Any]]:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers["content-length"]) if "content-length" in headers else 0)
        self._used = time.monotonic()
        if headers.get("connection", "").lower() == "close":
            self._drop()
        answer = json.loads(body) if "json" in headers.get("content-type", "") else {}
        return int(first.split()[1]), answer if isinstance(answer, dict) else {}

    async def _opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        idle = time.monotonic() - self._used > IDLE_SECONDS
        if self._streams is not None and (idle or self._streams[0].at_eof() or self._streams[1].is_closing()):
            self._drop()
        if self._streams is None:
            # asyncio sets TCP_NODELAY by itself.
            self._streams = await asyncio.open_connection(*self._place, ssl=self._tls, limit=LARGEST)
        return self._streams

    def _drop(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def _said(answer: dict[str, Any]) -> str:
    """What a person reads of an answer that was not expected."""
    result = answer.get("result") or {}
    return json.dumps(result.get("error") or result or answer)[:300]
