"""A user's device is asked, and answers: in one conversation, or by a script in two steps."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer

from host_tools.cli.answering import typed
from host_tools.cli.exits import OK, USAGE, note, stop
from host_tools.cli.login_system import field, print_json

if TYPE_CHECKING:
    from host_tools.login.answering import PageAnswered
    from host_tools.login.beginning import Asked

T = TypeVar("T")

BeginOption = Annotated[
    bool,
    typer.Option("--begin", help="Print what the device is asked, and end: the first of two steps."),
]
AnswerOption = Annotated[
    str | None,
    typer.Option(
        "--answer",
        metavar="REFERENCE",
        help="The second step: read the response to it from standard input.",
    ),
]
PageOption = Annotated[
    str | None,
    typer.Option("--page", metavar="DIGITS", help="What a token that checks the page shows first."),
]
WORDS: Final = {
    "challenge": "Response",
    "mutual": "Response",
    "code": "Code that the token shows",
    "card": "The two values, one after the other",
    "passcode": "Temporary passcode",
    "sms": "Code of the text message",
}


@dataclass(frozen=True, slots=True)
class Steps:
    """What the options say: which of the two steps it is, or both, and what goes with them."""

    begin: bool
    answer: str | None
    page: str | None
    as_json: bool

    def check(self) -> None:
        """End the command for options that exclude each other."""
        if self.answer is not None and (self.begin or self.page is not None):
            stop("--answer is the second of two steps; --begin and --page belong to the first", USAGE)


def converse(
    steps: Steps,
    ask: Callable[[], Asked],
    answer_page: Callable[[str, str], PageAnswered],
    judge: Callable[[str, str], T],
) -> T:
    """What `judge` makes of the reference and what was typed. Ends the command after the first of two steps.

    `answer_page` takes a reference, too, and the number of a token in mutual mode. What is malformed is no answer:
    whoever types may type it again. Raises what the three raise.
    """
    from host_tools.inventory.errors import ResponseFormatError
    from host_tools.login.rules.code_errors import MalformedCodeError

    if steps.answer is not None:
        given = _secret("Response")
        if given is None:
            stop("no response was given on standard input; it still waits", USAGE)
        return judge(steps.answer, given)
    asked, code = _paged(steps, ask(), answer_page)
    if steps.begin:
        if steps.as_json:
            print_json(as_fields(asked, code))
        else:
            _show(asked, code, err=False)
        raise typer.Exit(OK)
    _show(asked, code, err=True)
    while True:
        words = WORDS[asked.method]
        given = _secret(words) if asked.method == "passcode" else typed(words)
        if given is None:
            stop(
                f"no response was given; it is waited for until {asked.expires_at:%H:%M:%S} UTC: give it with "
                f"--answer {asked.reference}"
            )
        try:
            return judge(asked.reference, given)
        except (ResponseFormatError, MalformedCodeError) as error:
            note(error)


def as_fields(asked: Asked, code: str | None) -> dict[str, Any]:
    """As JSON has it, and the API: what is asked, and the code that proves the page to the token."""
    return {
        "reference": asked.reference,
        "method": asked.method.value,
        "device": asked.device,
        "kind": asked.kind.value,
        "serial": asked.serial,
        "challenge": asked.challenge,
        "code": code,
        "indexes": asked.indexes,
        "sent_to": asked.sent_to,
        "expires_at": asked.expires_at,
    }


def _paged(
    steps: Steps, asked: Asked, answer_page: Callable[[str, str], PageAnswered]
) -> tuple[Asked, str | None]:
    """A token in mutual mode is asked after its number was answered; the others at once."""
    if asked.method != "mutual":
        if steps.page is not None:
            note("this device checks no page: --page is not needed")
        return asked, None
    page = steps.page
    if page is None and not steps.begin:
        page = typed("Number that the token shows for the page")
        if page is None:
            stop("the token checks the page first: give the number that it shows with --page", USAGE)
    if page is None:
        return asked, None
    answered = answer_page(asked.reference, page)
    return answered.asked, answered.code


def _show(asked: Asked, code: str | None, *, err: bool) -> None:
    lines = as_fields(asked, code)
    if err:
        typer.echo(f"Device {asked.device} ({asked.kind.value}) is asked:", err=True)
        for name in ("reference", "method", "device", "kind"):
            del lines[name]
    lines["expires_at"] = f"{asked.expires_at:%Y-%m-%d %H:%M:%S} UTC"
    for name, value in lines.items():
        field(name.replace("_", " "), value, err=err)


def _secret(words: str) -> str | None:
    """What must not be seen on the screen, or comes from a script; None if nothing does."""
    if sys.stdin.isatty():
        shown: str = typer.prompt(words, hide_input=True, err=True)
        return shown
    return typed(words)
