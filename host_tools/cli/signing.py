"""`picodsc sign` and `verify-signature`: transactions signed as a token does it, and the verdict on a signature."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Final

import typer

from dsc.protocol.transaction import Field
from host_tools.cli.exits import FAILED, OK, USAGE, stop
from host_tools.cli.opening import opened
from host_tools.cli.options import CredentialOption, JsonOption, KeyOption, SerialArgument, checked_serial

DEFAULT_SUITE: Final = "OCRA-1:HOTP-SHA256-8:QH64"

FieldOption = Annotated[
    list[str] | None,
    typer.Option(
        "--field",
        metavar="FIELD",
        help="One field and its value, KIND:LABEL=VALUE, or amount:LABEL:DECIMALS:CURRENCY=VALUE; again for each.",
    ),
]
FormOption = Annotated[
    Path | None, typer.Option("--form", metavar="FILE", help="The fields as JSON, in place of --field.")
]
ValueOption = Annotated[
    list[str] | None,
    typer.Option(
        "--value",
        metavar="VALUE",
        help="With --form, or for the form in the inventory: a field's value, in the form's order.",
    ),
]


def sign(
    serial: SerialArgument,
    field: FieldOption = None,
    form: FormOption = None,
    value: ValueOption = None,
    key: KeyOption = None,
    suite: Annotated[
        str | None,
        typer.Option(
            "--suite", metavar="SUITE", help=f"With --key: the sign suite.  [default: {DEFAULT_SUITE}]"
        ),
    ] = None,
    counter: Annotated[
        int | None, typer.Option("--counter", metavar="N", help="With --key: for suites with C.")
    ] = None,
    timestamp: Annotated[
        int | None,
        typer.Option("--timestamp", metavar="UNIX", help="With --key: for suites with T, in seconds."),
    ] = None,
    credential: CredentialOption = None,
) -> None:
    """Compute the signature of a transaction.

    Prints it, nothing else. SERIAL is the token's, which is part of what is signed. The key comes from the
    inventory, or from --key. KIND is amount, account, digits or reference; an amount is typed as 1234.50 or, for
    whole units, as 1234. In other values spaces and dashes are ignored. With the inventory's key the fields must
    be those of the token's form; it is enough to give their values.

    \b
    Example:
      picodsc sign DS-1001 --field "amount:Amount:2:EUR=1234.50" \\
        --field "account:To account=0012345678" --field reference:Reference=000481
    """
    serial = checked_serial(serial)
    # Here and not above: SQLAlchemy takes a moment to load, and `picodsc --help` should not wait for it.
    from host_tools.cli.transactions import transaction

    if key is not None:
        if credential is not None:
            stop("--key takes no key from the inventory: leave out --credential", USAGE)
        fields, values = transaction(field or [], form, value or [])
        _sign_with(key, serial, fields, values, suite or DEFAULT_SUITE, counter, timestamp)
        return
    for option, given in (("--suite", suite), ("--counter", counter), ("--timestamp", timestamp)):
        if given is not None:
            stop(f"{option} goes with --key: else the inventory knows it", USAGE)
    from host_tools.inventory.errors import InventoryError
    from host_tools.inventory.signing import expected_signature, sign_suite

    try:
        with opened() as inventory:
            found = inventory.credential(serial, credential)
            sign_suite(found)
            _, values = transaction(field or [], form, value or [], found.form)
            typer.echo(expected_signature(inventory, serial, values, found.id))
    except InventoryError as error:
        stop(error, USAGE)


def verify_signature(
    serial: SerialArgument,
    signature: Annotated[str, typer.Argument(metavar="SIGNATURE", hidden=True)],
    field: FieldOption = None,
    form: FormOption = None,
    value: ValueOption = None,
    credential: CredentialOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a token's signature of a transaction.

    SERIAL is the token's; SIGNATURE is what it showed. Fields and values are given as for 'picodsc sign'. Prints
    "accepted" or "accepted with alarm" (the duress PIN was typed; exit code 0), or "rejected" (exit code 1).
    Whatever keeps it from judging is said on standard error (exit code 2), also that a reference was accepted
    before: each is good for one transaction.

    \b
    Example:
      picodsc verify-signature DS-1001 "4711 0815" --value 1234.50 --value 0012345678 --value 000481
    """
    serial = checked_serial(serial)
    from host_tools.cli.transactions import transaction
    from host_tools.inventory import signing
    from host_tools.inventory.errors import InventoryError

    try:
        with opened() as inventory:
            found = inventory.credential(serial, credential)
            signing.sign_suite(found)
            _, values = transaction(field or [], form, value or [], found.form)
            verdict = signing.verify_signature(inventory, serial, values, signature, found.id)
    except InventoryError as error:
        stop(error, USAGE)
    typer.echo(json.dumps({"verdict": verdict.value}) if as_json else verdict.value)
    raise typer.Exit(OK if verdict.accepted else FAILED)


def _sign_with(
    key: str,
    serial: str,
    fields: tuple[Field, ...],
    values: list[str],
    suite: str,
    counter: int | None,
    timestamp: int | None,
) -> None:
    from dsc.crypto.errors import CryptoError
    from dsc.crypto.ocra import Suite, respond
    from dsc.protocol.errors import ProtocolError
    from dsc.protocol.transaction import question

    try:
        secret = bytes.fromhex(key)
    except ValueError:
        stop("--key must be hex digits, two for each byte", USAGE)
    try:
        asked = question(serial, fields, values)
        typer.echo(respond(Suite.parse(suite), secret, asked, counter=counter, timestamp=timestamp))
    except (CryptoError, ProtocolError) as error:
        stop(error, USAGE)
