"""A login core in a few lines, behind privacyIDEA's interface: one user, one device, everything in memory."""

from __future__ import annotations

import secrets
import threading

from dsc.crypto import memory
from dsc.crypto.ocra import Suite, respond
from host_tools.login.service.privacyidea import questions, tokens
from host_tools.login.service.privacyidea.errors import CredentialsRefusedError, MissingRightError
from host_tools.login.service.privacyidea.outcomes import (
    TRIGGER,
    Accepted,
    Challenged,
    Check,
    Issued,
    Outcome,
    Progress,
    Rejected,
    Source,
)
from host_tools.policy.kinds import DeviceKind

SUITE = "OCRA-1:HOTP-SHA256-8:QN06"
KEYS = {"keycloak": ("the key's secret", (TRIGGER,)), "reader": ("another secret", ())}


class OneUser:
    """`maria`, who has a DSC+ or, with `plain_code`, a device that shows that code."""

    def __init__(self, user: str, password: str, *, key: bytes = b"\x5a" * 32, plain_code: str = "") -> None:
        self.user, self.password, self.key, self.plain_code = user, password, key, plain_code
        self.seen: list[tuple[Check, bytes, Source]] = []
        self.failing: Exception | None = None
        self.now = 1_000_000.0
        self.progresses: dict[str, Progress] = {}
        self._open: dict[str, str] = {}
        self._signing = secrets.token_bytes(32)
        self._one_at_a_time = threading.Lock()

    def check(self, asked: Check, source: Source) -> Outcome:
        with self._one_at_a_time:
            self.seen.append((asked, bytes(asked.secret), source))
            if self.failing is not None:
                raise self.failing
            if asked.user != self.user:
                return Rejected()
            if asked.transaction:
                return self._answered(asked)
            if memory.equal(asked.secret, self.password.encode()):
                return self._begun()
            if self.plain_code and memory.equal(asked.secret, (self.password + self.plain_code).encode()):
                self.plain_code = ""
                return Accepted("PD-2")
            return Rejected()

    def trigger(self, user: str, caller: str, source: Source) -> Challenged | Rejected:
        with self._one_at_a_time:
            return self._begun() if user == self.user else Rejected()

    def progress(self, transaction: str, source: Source) -> Progress:
        return self.progresses.get(transaction, Progress.PENDING)

    def authenticate(self, name: str, secret: bytearray, source: Source) -> Issued:
        known, rights = KEYS.get(name, ("", ()))
        if not known or not memory.equal(secret, known.encode()):
            raise CredentialsRefusedError
        return tokens.issue(self._signing, name, rights, self.now, 600)

    def caller(self, token: str, right: str) -> str:
        name, rights = tokens.read(self._signing, token, self.now)
        if right not in rights:
            raise MissingRightError(right)
        return name

    def _begun(self) -> Challenged:
        transaction = "".join(secrets.choice("0123456789") for _ in range(20))
        self._open[transaction] = question = "" if self.plain_code else f"{secrets.randbelow(10**6):06}"
        prompt = (
            questions.response_to(DeviceKind.DSC_PLUS, "PD-1", question)
            if question
            else questions.plain_code(DeviceKind.DSC, "PD-2")
        )
        return Challenged(transaction, (prompt,))

    def _answered(self, asked: Check) -> Outcome:
        # Right or wrong, an answer uses the challenge up.
        question = self._open.pop(asked.transaction, None)
        if question is None:
            return Rejected()
        right = respond(Suite.parse(SUITE), self.key, question) if question else self.plain_code
        if not memory.equal(asked.secret, right.encode()):
            return Rejected()
        return Accepted("PD-1" if question else "PD-2")
