"""The OpenAPI document: what FastAPI makes of the routes, with who is let in and every problem that may be answered."""

from __future__ import annotations

import json
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request, Response

from host_tools.login.api_keys import Scope
from host_tools.login.service.api.callers import KEY_SCHEME, SESSION_HEADER, SESSION_SCHEME
from host_tools.login.service.api.problems_of import OF_ALL, known
from host_tools.login.service.problems import MEDIA_TYPE, TYPE

PATH: Final = "/openapi.json"
DESCRIPTION: Final = """\
Judges what users answer at a login, and what follows from it. Times are UTC (RFC 3339), amounts are whole cents.

Every caller has an API key, with one or more of the scopes below; of those that an operation names, one is enough. What
a user does in his session takes the session, too. Errors are `application/problem+json` (RFC 9457), with a `code` for
programs, which the operation lists by status.
"""
SCOPES: Final = {
    Scope.LOGIN: "login pages that give user name and password",
    Scope.VOUCH: "callers that have judged the first factor themselves, such as a RADIUS server",
    Scope.HELP_DESK: "who talks with users",
    Scope.OPERATOR: "who runs the service: users, devices, keys, the audit log",
}
TAGS: Final = {
    "logins": "A login is begun with the first factor, and answered with the second.",
    "activations": "A device is activated by one right answer of it.",
    "session": "What a user does once he has logged in.",
    "help desk": "What is done for a user who was identified.",
    "users": "Users and their devices.",
    "withdrawals": "What was withdrawn, and what may be.",
    "keys": "API keys.",
    "outbox": "Text messages on their way.",
    "audit": "The chain of what was done.",
    "privacyIDEA": "What PAM, RADIUS, Keycloak and others speak that have a plug-in for privacyIDEA.",
    "watching": "What watches the service.",
}
_PROBLEM: Final = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. Some codes bring further members, such as `until`.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "examples": [TYPE + "not-open"]},
        "title": {"type": "string", "examples": ["Conflict"]},
        "status": {"type": "integer", "examples": [409]},
        "code": {"type": "string", "examples": ["not-open"]},
    },
}
_OF_ANY: Final = {429: ["too-many-requests"], 500: ["internal"]}
_OF_KEYED: Final = {401: ["no-api-key", "api-key-refused"], 403: ["scope-missing"]}
_OF_BODIES: Final = {400: ["bad-request"], 408: ["body-too-slow"], 413: ["body-too-large"]}
_OF_INPUT: Final = {422: ["invalid-request"]}
_UNUSED: Final = ("HTTPValidationError", "ValidationError")  # FastAPI's; ours are problems


def describe(app: FastAPI) -> None:
    """Have the application serve this document, at /openapi.json."""
    app.description = DESCRIPTION + "".join(f"\n- `{scope}`: {text}" for scope, text in SCOPES.items())
    app.openapi_tags = [{"name": name, "description": text} for name, text in TAGS.items()]
    made = app.openapi

    @cache
    def openapi() -> dict[str, Any]:
        return _completed(made())

    @cache
    def encoded() -> bytes:
        # Anybody may ask for it, and to encode it takes as long as a login.
        return json.dumps(app.openapi(), ensure_ascii=False, separators=(",", ":")).encode()

    async def serve(_: Request) -> Response:
        return Response(encoded(), media_type="application/json")

    app.openapi = openapi  # type: ignore[method-assign]
    app.add_route(PATH, serve, include_in_schema=False)


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in _UNUSED:
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
    components["securitySchemes"] = {
        KEY_SCHEME: {"type": "http", "scheme": "bearer", "description": "From `picodsc api-key add`."},
        SESSION_SCHEME: {
            "type": "apiKey",
            "in": "header",
            "name": SESSION_HEADER,
            "description": "From the verdict on a login's response.",
        },
    }
    for operations in document["paths"].values():
        for operation in operations.values():
            _complete(operation)
    return document


def _complete(operation: dict[str, Any]) -> None:
    problems = {int(status): list(codes) for status, codes in operation.pop("x-problems", {}).items()}
    is_keyed = "x-scopes" in operation
    parts = [_OF_ANY]
    if is_keyed:
        parts.append(_OF_KEYED)
        parts += [{status: [code]} for status, code, _ in map(known, OF_ALL)]
    if "requestBody" in operation:
        parts.append(_OF_BODIES)
    if is_keyed and ("requestBody" in operation or "parameters" in operation):
        parts.append(_OF_INPUT)
    for part in parts:
        for status, codes in part.items():
            problems.setdefault(status, []).extend(codes)
    responses = operation["responses"]
    if is_keyed:
        responses.pop("422", None)
    for status, codes in sorted(problems.items()):
        responses.setdefault(str(status), _response(status, sorted(set(codes))))


def _response(status: int, codes: list[str]) -> dict[str, Any]:
    listed = ", ".join(f"`{code}`" for code in codes)
    found: dict[str, Any] = {
        "description": f"{HTTPStatus(status).phrase}: {listed}.",
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "allOf": [{"$ref": "#/components/schemas/Problem"}],
                    "properties": {"code": {"enum": codes}, "status": {"const": status}},
                }
            }
        },
    }
    if status in (401, 429, 503):
        name = "WWW-Authenticate" if status == 401 else "Retry-After"
        found["headers"] = {name: {"schema": {"type": "string"}}}
    return found
