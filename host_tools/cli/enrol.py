"""`picodsc keys enrol`: a credential made known to a privacyIDEA server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from host_tools.cli.agreeing import OperatorOption, allowed_to_export
from host_tools.cli.answering import ChallengeOption, ResponseOption, refuse
from host_tools.cli.exits import FAILED, USAGE, reason, stop
from host_tools.cli.opening import from_file, opened
from host_tools.cli.options import CredentialOption, SerialArgument, checked_serial


def enrol(
    serial: SerialArgument,
    server: Annotated[
        str, typer.Option("--server", metavar="URL", help="The server, such as https://pi.example.org.")
    ],
    admin: Annotated[
        str, typer.Option("--admin", metavar="NAME", help="Who may enrol tokens there.", show_default=False)
    ],
    password_file: Annotated[
        Path | None,
        typer.Option(
            "--password-file",
            metavar="FILE",
            help="Read that administrator's password from a file, instead of asking for it; - is standard input.",
        ),
    ] = None,
    ca_file: Annotated[
        Path | None,
        typer.Option(
            "--ca-file",
            metavar="FILE",
            help="Trust the server if its certificate is signed by one of those in this file (PEM).",
        ),
    ] = None,
    credential: CredentialOption = None,
    user: Annotated[
        str | None, typer.Option("--user", metavar="NAME", help="Give the token to this user there.")
    ] = None,
    realm: Annotated[
        str | None, typer.Option("--realm", metavar="NAME", help="The user's realm, if not the default one.")
    ] = None,
    operator: OperatorOption = None,
    challenge: ChallengeOption = False,
    response: ResponseOption = None,
) -> None:
    """Enrol a token at a privacyIDEA server.

    The token's key is sent to the server, which can then judge its codes, and make them. Whoever has the key of a
    token in soft mode and gets hold of the token can find out its PIN. SERIAL is the token's; its second credential
    has the serial SERIAL-2 there, and so on.

    OCRA credentials with a question alone, HOTP and TOTP can be enrolled, not those with a duress PIN. A serial that
    the server has already is left as it is. The audit log says where the key went.

    \b
    Example:
      picodsc keys enrol PD-0000017 --server https://pi.example.org --admin super --user maria --realm bank
    """
    serial = checked_serial(serial)
    if realm is not None and user is None:
        stop("--realm is the realm of a --user", USAGE)
    from dsc.crypto.memory import wipe
    from host_tools.inventory.errors import InventoryError
    from host_tools.inventory.exporting import fingerprint_of
    from host_tools.station.errors import StationError
    from host_tools.station.files import enrolment
    from host_tools.station.files.privacyidea import PrivacyIdea
    from host_tools.station.files.privacyidea_errors import EnrolmentError

    owner = None if user is None else enrolment.Owner(user, realm or "")
    try:
        trust = "this machine's" if ca_file is None else f"SHA-256 {fingerprint_of(ca_file.read_bytes())}…"
    except OSError as error:
        stop(f"can't read {ca_file}: {reason(error)}", USAGE)
    try:
        with opened() as inventory, PrivacyIdea(server, ca_file) as there:
            chosen = inventory.credential(serial, credential)
            means = {
                "way": "privacyidea",
                "to": server,
                "trust": trust,
                "user": user or "",
                "realm": realm or "",
            }
            allowed_to_export(inventory, [serial], means, operator, challenge, response, chosen.id)
            password = _password(admin, there.host, password_file)
            try:
                there.sign_in(admin, password)
            finally:
                wipe(password)
            known_as = enrolment.enrol(inventory, serial, there, chosen.id, owner)
    except EnrolmentError as error:
        stop(error, FAILED)
    except InventoryError as error:
        refuse(error)
    except StationError as error:
        stop(error, USAGE)
    typer.echo(f"{there.host} has the token, as {known_as}")


def _password(admin: str, host: str, path: Path | None) -> bytearray:
    """The administrator's; whoever gets it wipes it."""
    if path is not None:
        return from_file(path, f"Password of {admin} at {host}")
    if not sys.stdin.isatty():
        stop(
            "there is no terminal to ask for the password at: name a file that holds it, --password-file "
            "(- is standard input)",
            USAGE,
        )
    return bytearray(str(typer.prompt(f"Password of {admin} at {host}", hide_input=True, err=True)).encode())
