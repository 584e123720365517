"""Errors as `application/problem+json` (RFC 9457), with nothing in them that the client sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

MEDIA_TYPE: Final = "application/problem+json"
TYPE: Final = "urn:picodsc:problem:"  # and the code
MOST_ERRORS: Final = 10  # that are told of one request

Headers = Mapping[str, str]


class ProblemError(Exception):
    """Ends a request with this status; `code` says why to programs, `members` say more."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        headers: Headers | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})
        self.members = dict(members or {})


def content(status: int, code: str, members: Mapping[str, Any] | None = None) -> bytes:
    """The body."""
    fields = {"type": TYPE + code, "title": HTTPStatus(status).phrase, "status": status, "code": code}
    return json.dumps(fields | dict(members or {})).encode()


def response(problem: ProblemError) -> Response:
    """The answer of an endpoint."""
    body = content(problem.status, problem.code, problem.members)
    return Response(body, problem.status, problem.headers, MEDIA_TYPE)


async def send_problem(send: Any, status: int, code: str, headers: Headers | None = None) -> None:
    """The answer of a middleware, by ASGI."""
    body = content(status, code)
    fields = {"content-type": MEDIA_TYPE, "content-length": str(len(body)), **(headers or {})}
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


def handle_problems(app: FastAPI) -> None:
    """Have the application answer all its errors so."""
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(HTTPException, _of_starlette)
    app.add_exception_handler(RequestValidationError, _of_validation)


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # noqa: S101 - for the type checker
    return response(error)


async def _of_starlette(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    return response(ProblemError(error.status_code, code, headers=error.headers))


async def _of_validation(_: Request, error: Exception) -> Response:
    """Which field is wrong and in what way, but not its value, nor a name that the client made up.

    Where there are fields that are not known, it says which ones may be there.
    """
    assert isinstance(error, RequestValidationError)  # noqa: S101
    errors = [_told(one) for one in error.errors()[:MOST_ERRORS]]
    return response(
        ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", members={"errors": errors})
    )


def _told(error: Any) -> dict[str, Any]:
    told = {"at": ".".join(map(str, error["loc"])), "reason": error["type"]}
    allowed = error.get("ctx", {}).get("allowed")
    return told if allowed is None else told | {"allowed": allowed}
