"""Schemathesis over the login service's own document: what may be sent by it is sent, and what may not."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import Unsatisfiable
from schemathesis.generation.modes import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import positive_data_acceptance

from fakes.in_process import ADDRESS
from fakes.login_api import LoginApi

POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
WATCHING = "watching"  # what needs no key


def allowed_is_not_invalid(context: Any, response: Any, case: Any) -> None:
    """What the document allows may be refused for what it means, and never for its form."""
    if case.meta.generation.mode is POSITIVE and response.status_code in (400, 413, 415, 422):
        assert response.json().get("code") not in ("invalid-request", "bad-request", "body-too-large"), (
            response.text
        )


class Check:
    """Sends a case, has the answer judged, and counts."""

    def __init__(self, headers: dict[str, str]) -> None:
        self._headers = headers
        self.sent = 0

    def called(self) -> Callable[[Any], None]:
        """A plain function, which Hypothesis wants."""

        def check(case: Any) -> None:
            self._send(case)

        return check

    def _send(self, case: Any) -> None:
        # A list of nothing is not sent, and what is wrong with it is not wrong with what is sent.
        assume([] not in (case.query or {}).values())
        self.sent += 1
        case.call_and_validate(
            headers=self._headers,
            additional_checks=[allowed_is_not_invalid],
            excluded_checks=[
                positive_data_acceptance
            ],  # a code of six digits may be refused where eight are due
        )


class SchemaWalk:
    """Every operation of the document, with a user who has a token and a session."""

    def __init__(self, api: LoginApi) -> None:
        self.api = api
        self.schema = schemathesis.openapi.from_asgi("/openapi.json", self._answer)
        self._numbers = itertools.count(1)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        """The application, asked from an address."""
        await self.api.app({**scope, "client": (ADDRESS, 50000)}, receive, send)

    def operations(self) -> Iterator[APIOperation[Any, Any, Any]]:
        for found in self.schema.get_all_operations():
            yield found.ok()

    def try_all(
        self, mode: GenerationMode, examples: int, *, known: bool = False, seed: int | None = None
    ) -> int:
        """Send so many examples to each operation; `known` has paths name what there is. How many were sent.

        Raises what Schemathesis finds, with the operation and a command that shows it. Without a seed they are the same
        in every run.
        """
        sent = 0
        for operation in self.operations():
            values, headers = self._user()
            there = {one.name for one in operation.path_parameters}
            paths = {name: value for name, value in values.items() if name in there}
            if known and not paths:
                continue

            check = Check(headers)
            strategy = operation.as_strategy(mode, path_parameters=paths if known else None)
            test = settings(
                max_examples=examples,
                derandomize=seed is None,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.explicit, Phase.generate],
            )(given(case=strategy)(check.called()))
            if seed is not None:
                test = seeded(seed)(test)
            try:
                test()
            except Unsatisfiable:
                # There is nothing that such an operation is given, and so nothing that could be wrong with it.
                if mode is POSITIVE:
                    raise
            sent += check.sent
        return sent

    def _user(self) -> tuple[dict[str, Any], dict[str, str]]:
        """A new one: what paths may name of his, and the headers of a caller in his session."""
        name = f"user{next(self._numbers)}"
        self.api.house.user(name, phone="+41446681800")
        device = self.api.house.token(name)
        session = self.api.login(name)
        reference = self.api.ask("POST", "/v1/logins", {"user": name}).json()["reference"]
        headers = {"Authorization": f"Bearer {self.api.key}", "Picodsc-Session": session}
        return {"name": name, "device": device.id, "reference": reference, "number": 1}, headers
