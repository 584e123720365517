"""A credential of the inventory made known to a privacyIDEA server, if it is one that such a server can judge."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from dsc.crypto.ocra import Suite
from dsc.protocol.plain import Method, code
from host_tools.inventory import Credential, Inventory
from host_tools.inventory.exporting import NotExportableError, exported_keys
from host_tools.station.files.privacyidea import PrivacyIdea
from host_tools.station.files.privacyidea_errors import UnenrollableError

SUITE_DIGITS: Final = (6, 8, 10)
MOST_AHEAD: Final = 1000  # counters that the server looks through when it resynchronises a token
SENT: Final = "key sent to"  # events of the audit log
ENROLLED: Final = "key enrolled at"
_SERIAL: Final = re.compile(r"[0-9A-Za-z_-]+", re.ASCII)
_UNKNOWN_INPUTS: Final = "{} enters its responses, and the server has no such input: only a question may"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose the token is on the server; the realm may be left to its default."""

    user: str
    realm: str = ""


def enrol(
    inventory: Inventory,
    serial: str,
    server: PrivacyIdea,
    credential_id: bytes | str | None = None,
    owner: Owner | None = None,
) -> str:
    """Enrol one credential at a server that is signed in to; the serial that it has there.

    The audit log says that the key is being sent before it is, and that it was enrolled when the server has said so.
    Raises UnenrollableError, NotExportableError, EnrolmentError, and what `Inventory.credential` raises.
    """
    credential = inventory.credential(serial, credential_id)
    there = serial_there(inventory, credential)
    fields = terms_of(credential)
    if owner is not None:
        fields |= {"user": owner.user} | ({"realm": owner.realm} if owner.realm else {})
    with exported_keys(inventory, [credential.serial], credential.id) as (keys, refusals):
        if refusals:
            raise NotExportableError(refusals)
        server.refuse_known(there)
        _note(inventory, SENT, credential, server)
        key = keys[0].key
        server.make_token(there, fields, key)
        if credential.kind == "hotp" and credential.counter > 1:
            method = Method.parse(credential.login_suite)
            before = tuple(code(method, key, credential.counter - back) for back in (2, 1))
            server.move_counter(there, credential.counter, (before[0], before[1]))
    _note(inventory, ENROLLED, credential, server)
    return there


def serial_there(inventory: Inventory, credential: Credential) -> str:
    """The server has one key a serial: a token's second credential is SERIAL-2, and so on.

    Raises UnenrollableError for a serial that the server does not allow.
    """
    place = [one.id for one in inventory.credentials(credential.serial)].index(credential.id) + 1
    serial = credential.serial if place == 1 else f"{credential.serial}-{place}"
    if not _SERIAL.fullmatch(serial):
        raise UnenrollableError(serial, "its serials have only letters, digits, - and _")
    return serial


def terms_of(credential: Credential) -> dict[str, str]:
    """What the server is told of a credential, but for its key. Raises UnenrollableError, if it could not judge it."""
    if credential.kind == "ocra":
        return _ocra_terms(credential)
    method = Method.parse(credential.login_suite)
    terms = {"type": credential.kind, "hashlib": method.algorithm.lower(), "otplen": str(method.digits)}
    if method.timed:
        # From two steps before to one after: the server's window ends before its last step. Its default is 180 seconds.
        return terms | {"timeStep": str(method.step), "timeWindow": str(2 * method.step)}
    if credential.counter > MOST_AHEAD:
        raise UnenrollableError(
            credential.name,
            f"its counter is {credential.counter}, and the server is told of none above {MOST_AHEAD}: use a PSKC file",
        )
    return terms


def _ocra_terms(credential: Credential) -> dict[str, str]:
    suite = Suite.parse(credential.login_suite)
    for has, what in (
        (suite.counter, "a counter"),
        (suite.pin_algorithm, "a PIN's hash"),
        (suite.session_length, "session data"),
        (suite.time_step, "the time"),
    ):
        if has:
            raise UnenrollableError(suite.text, _UNKNOWN_INPUTS.format(what))
    if suite.digits == 0:
        raise UnenrollableError(suite.text, 'it would accept "0" as the response to everything')
    if suite.digits not in SUITE_DIGITS:
        raise UnenrollableError(suite.text, "only responses of 6, 8 or 10 digits are")
    if suite.question_format == "H" and suite.question_length % 2:
        raise UnenrollableError(suite.text, "its hexadecimal challenges have an even number of digits")
    if credential.server_id is not None:
        raise UnenrollableError(
            credential.name, "the token wants the page's code first, and the server computes none"
        )
    return {"type": "ocra", "ocrasuite": suite.text, "genkey": "0"}


def _note(inventory: Inventory, event: str, credential: Credential, server: PrivacyIdea) -> None:
    with inventory.writing() as session:
        inventory.note(session, event, credential.serial, server=server.host, credential=credential.id.hex())
