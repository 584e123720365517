"""`picodsc token`: make simulated tokens, and forget tokens."""

from __future__ import annotations

import getpass
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from host_tools.cli.answering import refuse
from host_tools.cli.exits import FAILED, USAGE, reason, stop
from host_tools.cli.opening import opened
from host_tools.cli.options import EngineOption, is_encodable

MOST_ROUNDS: Final = 10_000_000
DEFAULT_SUITE: Final = "OCRA-1:HOTP-SHA256-8:QN06"
LANGUAGES: Final = (
    "en",
    "fr",
    "de",
    "ru",
    "ja",
)  # as station.order_file has them, which takes a moment to load

app = typer.Typer(help="Make simulated tokens; forget tokens.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def group() -> None:
    """Make simulated tokens; forget tokens."""


def _possible_rounds(number: int | None) -> int | None:
    if number is not None and not 1 <= number <= MOST_ROUNDS:
        raise typer.BadParameter(f"{number} is not 1 to {MOST_ROUNDS}")
    return number


def _asked_pin() -> str:
    """The PIN, typed twice and not shown; without a terminal it is read from standard input."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", getpass.GetPassWarning)
            answer: str = typer.prompt("PIN", hide_input=True, confirmation_prompt=True)
            return answer
    except typer.Abort:
        stop("no PIN was given; use --pin, or type it twice", USAGE)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        stop(f"can't read {path}: {reason(error)}", USAGE)
    except UnicodeDecodeError:
        stop(f"{path} is not UTF-8", USAGE)


# Arguments are hidden from the list, which would show Typer's names of types; each help says what they are.
@app.command()
def new(
    directory: Annotated[Path, typer.Argument(metavar="DIR", hidden=True)],
    serial: Annotated[
        str,
        typer.Option(
            "--serial",
            metavar="SERIAL",
            help="1 to 20 of 0-9 A-Z -; lower case is raised.",
            show_default=False,
        ),
    ],
    pin: Annotated[
        str | None,
        typer.Option(
            "--pin",
            metavar="PIN",
            help="4 to 8 digits, no easy ones; asked for if left out.",
            show_default=False,
        ),
    ] = None,
    suite: Annotated[
        list[str] | None,
        typer.Option(
            "--suite",
            metavar="SUITE",
            help=f"What it logs in with: an OCRA suite, or HOTP-SHA1-6 and the like.  [default: {DEFAULT_SUITE}]",
        ),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            "--label",
            metavar="TEXT",
            help="What the user calls the credential, up to 24 characters; give it twice for two credentials.",
        ),
    ] = None,
    order: Annotated[
        Path | None,
        typer.Option(
            "--order",
            metavar="FILE",
            help="JSON that says what it is to be: several kinds of credentials, forms, limits; see above.",
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option("--language", metavar="|".join(LANGUAGES), help="What its screens speak."),
    ] = None,
    must_change: Annotated[
        bool,
        typer.Option("--must-change", help="The PIN comes by letter: one code, then it must be changed."),
    ] = False,
    duress: Annotated[
        bool,
        typer.Option("--duress", help="With a duress PIN: the first digit of the PIN plus 5, mod 10."),
    ] = False,
    verified: Annotated[
        bool,
        typer.Option("--verified", help="On a simulated board that keeps a secret: it counts wrong PINs."),
    ] = False,
    rounds: Annotated[
        int | None,
        typer.Option(
            "--rounds",
            metavar="N",
            callback=_possible_rounds,
            help="PBKDF2 rounds of the PIN, 1 to 10000000, for tests; else the board's own.",
        ),
    ] = None,
    engine: EngineOption = "cpython",
) -> None:
    """Make and seal a simulated token in DIR.

    DIR is a folder that is not there yet, or an empty one. The firmware's own factory flow makes the token, in a
    process of its own. The token's key goes into the inventory, where 'picodsc verify' finds it; PICODSC_HOME
    chooses another place for that.

    An order may have credentials, each with label, kind (pin, open), login, sign, server (suites), form (a list of
    fields, as 'picodsc sign' takes it) and counter; language, must_change, duress (true, or digits), mode (soft,
    verified), pin_limit, code_limit, wipe, time.

    \b
    Example:
      picodsc token new mytoken --serial DEV-0001 --pin 4711
    """
    for option, given in (("--serial", [serial]), ("--pin", [pin or ""]), ("--label", label or [])):
        if any(not is_encodable(text) for text in given):
            stop(f"{option} is not UTF-8", USAGE)
    if suite and len(suite) > 1:
        stop("--suite is given twice; a token has one suite for logins", USAGE)
    if pin is None:
        pin = _asked_pin()
    # These take a moment to load, and `picodsc --help` should not wait for them.
    from dsc.crypto.errors import CryptoError
    from dsc.protocol.errors import MessageError, ProtocolError
    from dsc.protocol.pin import check_pin
    from host_tools.engines.errors import EngineError
    from host_tools.inventory.errors import InventoryError
    from host_tools.simulator.folder import TokenFolderError
    from host_tools.station.errors import SameLabelError, StationError, TokenRefusedError
    from host_tools.station.make import CredentialSpec, Order, make_token
    from host_tools.station.order_file import OrderFileError, delta, order_from_json
    from host_tools.station.order_file import language as language_number
    from host_tools.station.ordering import VERIFIED

    if order is not None and (suite or label):
        stop("--order says which credentials there are: leave out --suite and --label", USAGE)
    typed = bytearray(pin.encode())
    try:
        if order is not None:
            wanted = order_from_json(_read(order), serial.upper(), typed, rounds or 0)
        else:
            specs = tuple(CredentialSpec(one, login=(suite or [DEFAULT_SUITE])[0]) for one in label or [""])
            wanted = Order(serial.upper(), typed, specs, rounds or 0)
        wanted = replace(
            wanted,
            must_change=must_change or wanted.must_change,
            duress=delta(True, len(typed)) if duress else wanted.duress,
            language=wanted.language if language is None else language_number(language),
            mode=VERIFIED if verified else wanted.mode,
        )
    except OrderFileError as error:
        stop(error, USAGE)
    try:
        check_pin(typed)  # the factory does, too, but only after a passphrase was asked for
        with opened(create=True) as inventory:
            made = make_token(inventory, directory, wanted, engine)
    except MessageError as error:
        stop(error.reason, USAGE)
    except (
        TokenFolderError,
        InventoryError,
        SameLabelError,
        TokenRefusedError,
        CryptoError,
        ProtocolError,
    ) as error:
        stop(error, USAGE)
    except (StationError, EngineError) as error:
        stop(error, FAILED)
    typer.echo(f"{made.path}: token {made.serial} is sealed")


@app.command()
def forget(
    serial: Annotated[str, typer.Argument(metavar="SERIAL", hidden=True)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")] = False,
) -> None:
    """Remove a token and its keys from the inventory. THIS CANNOT BE UNDONE.

    SERIAL is the token's. Its codes can never be verified again, even if the token itself still works. For a
    token that is lost or destroyed, and for one in doubt: 'picodsc token new' was killed while it made it. That
    leaves a hidden folder too, beside DIR and named .DIR- with eight more characters, which can be deleted. The
    serial is free again. The token of an operator can't be forgotten: remove him first.

    To confirm, the serial has to be typed. Nothing is removed if it is not the same.

    \b
    Example:
      picodsc token forget DEV-0001
    """
    if not is_encodable(serial):
        stop("SERIAL is not UTF-8", USAGE)
    serial = serial.upper()
    from host_tools.inventory.errors import InventoryError

    try:
        with opened() as inventory:
            state = inventory.token(serial).state.replace("_", " ")
            if not yes:
                typer.echo(
                    f"Token {serial} ({state}) and its keys are about to be removed from the inventory. This cannot "
                    "be undone: its codes can never be verified again.",
                    err=True,
                )
                typed = typer.prompt("Type the serial to confirm", err=True)
                if typed.strip().upper() != serial:
                    stop("that is another serial; nothing was removed")
            inventory.forget(serial)
    except InventoryError as error:
        refuse(error)
    typer.echo(f"token {serial} is forgotten: its codes can never be verified again")
