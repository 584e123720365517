"""`picodsc ocra`, `hotp` and `totp`: codes computed by the firmware's own code."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from host_tools.cli.exits import USAGE, reason, stop
from host_tools.cli.options import BatchOption, InterpreterOption, KeyOption
from host_tools.engines.calculator import Calculator
from host_tools.engines.errors import EngineError

_ERROR_CLASS: Final = re.compile(r"^[A-Za-z]+Error: ")  # for the programs that read the replies of a batch

DigitsOption = Annotated[
    int | None, typer.Option("--digits", metavar="N", help="Length of the code: 6 to 10.")
]
AlgorithmOption = Annotated[
    str | None, typer.Option("--algorithm", metavar="SHA1|SHA256|SHA512", help="The hash under the HMAC.")
]


def ocra(
    suite: Annotated[
        str | None, typer.Option("--suite", metavar="SUITE", help="For example OCRA-1:HOTP-SHA256-8:QN06.")
    ] = None,
    key: KeyOption = None,
    question: Annotated[
        str | None, typer.Option("--question", metavar="Q", help="The challenge, as it would be typed.")
    ] = None,
    counter: Annotated[int | None, typer.Option("--counter", metavar="N", help="For suites with C.")] = None,
    pin: Annotated[
        str | None, typer.Option("--pin", metavar="PIN", help="For suites with P; it is hashed.")
    ] = None,
    pin_hash: Annotated[
        str | None, typer.Option("--pin-hash", metavar="HEX", help="For suites with P, in place of --pin.")
    ] = None,
    session: Annotated[
        str | None,
        typer.Option("--session", metavar="HEX", help="For suites with S: exactly as long as they say."),
    ] = None,
    timestamp: Annotated[
        int | None, typer.Option("--timestamp", metavar="UNIX", help="For suites with T, in seconds.")
    ] = None,
    batch: BatchOption = None,
    engine: InterpreterOption = "cpython",
) -> None:
    """Compute an OCRA response (RFC 6287).

    Prints it, nothing else. With --batch, each line of FILE is a JSON object with the keys suite, key, question,
    counter, pin, pin_hash, session and timestamp (absent or null where unused); each is answered by a line
    {"response": ...} or {"error": ...}.

    A line with "kind": "mutual", and first and second in place of question, is answered as one side of mutual
    mode (RFC 6287 section 7.2): the other side's question is the first.

    \b
    Example:
      picodsc ocra --suite OCRA-1:HOTP-SHA1-6:QN08 --question 00000000 \\
        --key 3132333435363738393031323334353637383930
    """
    request = {
        "suite": suite,
        "key": key,
        "question": question,
        "counter": counter,
        "pin": pin,
        "pin_hash": pin_hash,
        "session": session,
        "timestamp": timestamp,
    }
    _serve("ocra", request, batch, engine, ("suite", "key", "question"))


def hotp(
    key: KeyOption = None,
    counter: Annotated[int | None, typer.Option("--counter", metavar="N", help="The moving factor.")] = None,
    digits: DigitsOption = None,
    algorithm: AlgorithmOption = None,
    batch: BatchOption = None,
    engine: InterpreterOption = "cpython",
) -> None:
    """Compute an HOTP code (RFC 4226).

    Prints it, nothing else. Keys of a --batch line: key, counter, digits, algorithm.

    \b
    Example:
      picodsc hotp --counter 0 --key 3132333435363738393031323334353637383930
    """
    request = {"key": key, "counter": counter, "digits": digits, "algorithm": algorithm}
    _serve("hotp", request, batch, engine, ("key", "counter"))


def totp(
    key: KeyOption = None,
    timestamp: Annotated[
        int | None, typer.Option("--timestamp", metavar="UNIX", help="Seconds since 1970.")
    ] = None,
    digits: DigitsOption = None,
    algorithm: AlgorithmOption = None,
    step: Annotated[int | None, typer.Option("--step", metavar="S", help="Seconds a code lasts.")] = None,
    start: Annotated[
        int | None, typer.Option("--start", metavar="UNIX", help="When steps began to count.")
    ] = None,
    batch: BatchOption = None,
    engine: InterpreterOption = "cpython",
) -> None:
    """Compute a TOTP code (RFC 6238).

    Prints it, nothing else. Keys of a --batch line: key, timestamp, digits, algorithm, step, start.

    \b
    Example:
      picodsc totp --timestamp 59 --digits 8 \\
        --key 3132333435363738393031323334353637383930
    """
    request = {
        "key": key,
        "timestamp": timestamp,
        "digits": digits,
        "algorithm": algorithm,
        "step": step,
        "start": start,
    }
    _serve("totp", request, batch, engine, ("key", "timestamp"))


def _serve(
    kind: str, request: dict[str, Any], batch: Path | None, engine: str, needed: tuple[str, ...]
) -> None:
    given = {name: value for name, value in request.items() if value is not None}
    if batch is not None and given:
        stop(
            f"--batch takes its input from the file: leave out --{next(iter(given)).replace('_', '-')}", USAGE
        )
    if batch is None:
        missing = [f"--{name}" for name in needed if name not in given]
        if missing:
            stop(f"{kind} needs {', '.join(missing)}; or --batch FILE", USAGE)
    try:
        with Calculator(engine, kind) as calculator:
            if batch is None:
                _one(calculator, given)
            else:
                _many(calculator, batch)
    except EngineError as error:
        stop(error)


def _one(calculator: Calculator, request: dict[str, Any]) -> None:
    reply = calculator.answer(request)
    if "error" in reply:
        stop(_ERROR_CLASS.sub("", reply["error"], count=1), USAGE)
    typer.echo(reply["response"])


def _many(calculator: Calculator, batch: Path) -> None:
    for reply in calculator.answer_lines(_lines(batch)):
        typer.echo(reply)


def _lines(batch: Path) -> Iterator[bytes]:
    """The batch as bytes: a line that is no text has to be answered too."""
    try:
        with nullcontext(sys.stdin.buffer) if str(batch) == "-" else batch.open("rb") as lines:
            yield from lines
    except OSError as error:
        stop(f"can't read {batch}: {reason(error)}", USAGE)
