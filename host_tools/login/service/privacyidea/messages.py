"""The JSON documents that privacyIDEA's clients read (docs/privacyidea-compatible.md has them field by field)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from dsc.version import VERSION
from host_tools.login.service.privacyidea.errors import (
    CredentialsRefusedError,
    ExpiredTokenError,
    LimitError,
    MalformedParameterError,
    MissingParameterError,
    MissingRightError,
    NoTokenError,
    NotServedError,
    NoUserError,
    RefusedParameterError,
    RepeatedParameterError,
    SecretInAddressError,
    TooLargeError,
    UnavailableError,
    UnreadableBodyError,
    UnreadableTokenError,
    WireError,
)
from host_tools.login.service.privacyidea.outcomes import (
    Accepted,
    Challenged,
    Issued,
    Outcome,
    Progress,
    Prompt,
    Rejected,
    Way,
)

Document = dict[str, Any]

# The version of privacyIDEA whose interface this is: clients may choose by it what they use.
INTERFACE_VERSION = "3.14"

_ERRORS: dict[type[WireError], tuple[HTTPStatus, int, str]] = {
    UnreadableBodyError: (HTTPStatus.BAD_REQUEST, 905, "ERR905: The body can not be read"),
    TooLargeError: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, 905, "ERR905: The request is too large"),
    NoUserError: (HTTPStatus.BAD_REQUEST, 905, "ERR905: You need to specify a user."),
    MissingParameterError: (HTTPStatus.BAD_REQUEST, 905, "ERR905: Missing parameter: {name}"),
    RepeatedParameterError: (HTTPStatus.BAD_REQUEST, 905, "ERR905: Given twice: {name}"),
    MalformedParameterError: (HTTPStatus.BAD_REQUEST, 905, "ERR905: No text, or too long: {name}"),
    SecretInAddressError: (HTTPStatus.BAD_REQUEST, 905, "ERR905: Send it in the body: {name}"),
    RefusedParameterError: (HTTPStatus.FORBIDDEN, 303, "This is not the caller's choice: {name}"),
    CredentialsRefusedError: (HTTPStatus.UNAUTHORIZED, 4031, "Authentication failed."),
    NoTokenError: (
        HTTPStatus.UNAUTHORIZED,
        4033,
        "Authentication failure. Missing Authorization header.",
    ),
    UnreadableTokenError: (
        HTTPStatus.UNAUTHORIZED,
        4304,
        "Authentication failure. Error decoding the Authorization token",
    ),
    ExpiredTokenError: (HTTPStatus.UNAUTHORIZED, 4305, "Authentication failure. Your token has expired"),
    MissingRightError: (HTTPStatus.FORBIDDEN, 303, "The API key lacks the right {right}"),
    NotServedError: (HTTPStatus.FORBIDDEN, 303, "This is not served to your network"),
    LimitError: (HTTPStatus.TOO_MANY_REQUESTS, 905, "ERR905: Too many requests"),
    UnavailableError: (HTTPStatus.SERVICE_UNAVAILABLE, -500, "Logins can not be judged now"),
}


def verdict(outcome: Outcome, now: float) -> Document:
    """The answer to a step of a login: always HTTP 200, as privacyIDEA's. `now` is in seconds since 1970."""
    match outcome:
        case Accepted(serial):
            detail: Document = {"message": "Found matching challenge"}
            if serial:
                detail["serial"] = serial
            return _answered(True, "ACCEPT", detail, now)
        case Rejected():
            return _answered(False, "REJECT", {"message": "Authentication failed."}, now)
        case Challenged():
            return _answered(False, "CHALLENGE", _asked(outcome), now)


def triggered(outcome: Challenged | Rejected, now: float) -> Document:
    """The answer to a login started by an API key: its value is how many challenges there are."""
    match outcome:
        case Challenged(_, prompts):
            return _answered(len(prompts), "CHALLENGE", _asked(outcome), now)
        case Rejected():
            nothing: Document = {"messages": [], "multi_challenge": [], "transaction_ids": []}
            return _answered(0, "REJECT", nothing, now)


def progressed(progress: Progress, now: float) -> Document:
    """How far a transaction is: the client completes a login that was answered by an empty `pass`."""
    detail = {"challenge_status": progress.value}
    match progress:
        case Progress.ANSWERED:
            return _answered(True, "ACCEPT", detail, now)
        case Progress.DECLINED:
            return _answered(False, "DECLINED", detail, now)
        case Progress.PENDING:
            return _answered(False, "REJECT", detail, now)


def issued(issued: Issued, now: float) -> Document:
    """A token for an API key. Clients read `token`; the rest is what privacyIDEA says of any administrator."""
    return _answered(
        {
            "token": issued.token,
            "role": "admin",
            "username": issued.name,
            "realm": "",
            "log_level": 30,
            "rights": list(issued.rights),
            "menus": [],
            "auth": True,
        },
        "ACCEPT",
        None,
        now,
    )


def failed(error: WireError, now: float) -> tuple[HTTPStatus, Document]:
    """The status and document of a request that is no login."""
    status, code, words = _ERRORS[type(error)]
    document = _failure(code, words.format_map(vars(error)), now)
    if status is HTTPStatus.UNAUTHORIZED:
        document["detail"] = {}
    return status, document


def broken(now: float) -> tuple[HTTPStatus, Document]:
    """The same of what should not have happened."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return status, _failure(-500, "An internal error occurred", now)


def _asked(challenged: Challenged) -> Document:
    challenges = [_challenge(prompt, challenged.transaction) for prompt in challenged.prompts]
    messages = [prompt.message for prompt in challenged.prompts]
    return {
        # What there is for one challenge is repeated here from the last: RADIUS and older clients read it here.
        **challenges[-1],
        "message": ", ".join(dict.fromkeys(messages)),
        "messages": messages,
        "multi_challenge": challenges,
        "preferred_client_mode": _preferred(challenged.prompts),
        "transaction_ids": [challenged.transaction for _ in challenges],
    }


def _challenge(prompt: Prompt, transaction: str) -> Document:
    challenge: Document = {
        "client_mode": prompt.way.value,
        "message": prompt.message,
        "serial": prompt.serial,
        "transaction_id": transaction,
        "type": prompt.type,
    }
    if prompt.question:
        challenge["attributes"] = {"challenge": prompt.question}
    return challenge


def _preferred(prompts: tuple[Prompt, ...]) -> str:
    elsewhere = any(prompt.way is Way.CONFIRMED_ELSEWHERE for prompt in prompts)
    return (Way.CONFIRMED_ELSEWHERE if elsewhere else Way.TYPED).value


def _answered(value: object, authentication: str, detail: Document | None, now: float) -> Document:
    document = _document({"authentication": authentication, "status": True, "value": value}, 2, now)
    document["versionnumber"] = INTERFACE_VERSION
    if detail is not None:
        # privacyIDEA shows the address of its thread here. Nobody needs ours.
        document["detail"] = {**detail, "threadid": 0}
    return document


def _failure(code: int, message: str, now: float) -> Document:
    document = _document({"error": {"code": code, "message": message}, "status": False}, 1, now)
    document["detail"] = None
    return document


def _document(result: Document, number: int, now: float) -> Document:
    return {
        "id": number,
        "jsonrpc": "2.0",
        "result": result,
        "time": now,
        "version": f"picodsc {VERSION}",
    }
