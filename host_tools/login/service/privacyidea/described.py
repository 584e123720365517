"""What OpenAPI tells of privacyIDEA's endpoints: their parameters, the documents that they answer, their statuses."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from host_tools.policy.privacyidea import WirePolicy

_POLICY: Final = WirePolicy()
Schema = dict[str, Any]


def _text(about: str, longest: int = _POLICY.name_characters, least: int = 0) -> Schema:
    return {"type": "string", "maxLength": longest, "minLength": least, "description": about}


def _object(properties: Schema, *required: str) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required)}


_CLIENT: Final = {"client": _text("Whom the caller asks for: an IP address.")}
_USER: Final = {"user": _text("The user's name.", least=1)}
_PASS: Final = _text(
    "The password; the password with a plain code behind it; or, with a transaction, the answer to what was asked.",
    _POLICY.secret_bytes,
)
_TRANSACTION: Final = _text("From the challenge.", _POLICY.transaction_characters)
_CHECK: Final = _object(
    {
        **_USER,
        "pass": _PASS,
        "transaction_id": _TRANSACTION,
        "state": {**_TRANSACTION, "description": "The same, by RADIUS's name."},
        "realm": _text("There is one name space only."),
        **_CLIENT,
    },
    "user",
    "pass",
)
_KEY: Final = _object(
    {
        "username": _text("An API key's name.", least=1),
        "password": _text("The API key.", _POLICY.secret_bytes),
        **_CLIENT,
    },
    "username",
    "password",
)

_CHALLENGE: Final = _object(
    {
        "client_mode": {"enum": ["interactive", "poll"]},
        "message": {"type": "string"},
        "serial": {"type": "string"},
        "transaction_id": {"type": "string"},
        "type": {"type": "string"},
        "attributes": _object({"challenge": {"type": "string"}}, "challenge"),
    },
    "client_mode",
    "message",
    "transaction_id",
    "type",
)
_DETAIL: Final = {
    "type": "object",
    "properties": {
        "message": {"type": "string"},
        "messages": {"type": "array", "items": {"type": "string"}},
        "multi_challenge": {"type": "array", "items": _CHALLENGE},
        "preferred_client_mode": {"enum": ["interactive", "poll"]},
        "transaction_id": {"type": "string"},
        "transaction_ids": {"type": "array", "items": {"type": "string"}},
        "serial": {"type": "string"},
        "challenge_status": {"enum": ["pending", "accept", "declined"]},
        "threadid": {"type": "integer"},
    },
}


def _document(value: Schema) -> Schema:
    result = _object(
        {
            "status": {"const": True},
            "value": value,
            "authentication": {"enum": ["ACCEPT", "REJECT", "CHALLENGE", "DECLINED"]},
        },
        "status",
        "value",
        "authentication",
    )
    return _object({**_FRAME, "result": result, "detail": _DETAIL}, *_FRAME, "result")


_FRAME: Final = {
    "id": {"type": "integer"},
    "jsonrpc": {"const": "2.0"},
    "time": {"type": "number"},
    "version": {"type": "string"},
}
_ERROR: Final = _object(
    {
        **_FRAME,
        "result": _object(
            {
                "status": {"const": False},
                "error": _object(
                    {"code": {"type": "integer"}, "message": {"type": "string"}}, "code", "message"
                ),
            },
            "status",
            "error",
        ),
        "detail": {"type": ["object", "null"]},
    },
    *_FRAME,
    "result",
)
_TOKEN: Final = _object(
    {
        "token": {"type": "string"},
        "role": {"const": "admin"},
        "username": {"type": "string"},
        "rights": {"type": "array", "items": {"type": "string"}},
    },
    "token",
    "role",
    "username",
    "rights",
)
# What the layers around all routes answer as problem documents, and these routes as privacyIDEA's.
_BOTH: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _failure(status: HTTPStatus) -> Schema:
    content: Schema = {"application/json": {"schema": _ERROR}}
    if status in _BOTH:
        content["application/problem+json"] = {"schema": {"type": "object"}}
    return {"description": status.phrase, "content": content}


def _route(
    summary: str, value: Schema, *statuses: HTTPStatus, body: Schema | None = None, **extra: Any
) -> dict[str, Any]:
    """The options of a route."""
    always = (
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.SERVICE_UNAVAILABLE,
    )
    answers: dict[int | str, Schema] = {status.value: _failure(status) for status in (*always, *statuses)}
    success = {
        "description": "An answer; whether the user may in is in it, and not in the status.",
        "content": {"application/json": {"schema": _document(value)}},
    }
    operation: Schema = dict(extra)
    operation["responses"] = {"200": success}
    if body is not None:
        kinds = ("application/x-www-form-urlencoded", "application/json", "multipart/form-data")
        operation["requestBody"] = {
            "required": True,
            "content": {kind: {"schema": body} for kind in kinds},
        }
    return {"summary": summary, "responses": answers, "openapi_extra": operation}


def _parameter(about: str, name: str, where: str) -> Schema:
    return {"name": name, "in": where, "required": True, "schema": {"type": "string"}, "description": about}


CHECK: Final = _route("Take a step of a login", {"type": "boolean"}, body=_CHECK)
TRIGGER: Final = _route(
    "Start a login whose first factor was checked",
    {"type": "integer"},
    HTTPStatus.UNAUTHORIZED,
    body=_object({**_USER, **_CLIENT}, "user"),
    parameters=[_parameter("A token of /auth, bare.", "PI-Authorization", "header")],
)
POLL: Final = _route(
    "Ask whether a login was confirmed elsewhere",
    {"type": "boolean"},
    parameters=[_parameter("From the challenge.", "transaction_id", "query")],
)
POLL_BY_PATH: Final = _route("The same, by path", {"type": "boolean"})
AUTH: Final = _route("Get a token for an API key", _TOKEN, HTTPStatus.UNAUTHORIZED, body=_KEY)
