"""`picodsc keys`: the group, and what lets keys out: key files for other people's servers, QR codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from dsc.crypto.memory import wipe
from host_tools.cli.agreeing import OperatorOption, allowed_to_export
from host_tools.cli.answering import ChallengeOption, ResponseOption, refuse
from host_tools.cli.enrol import enrol
from host_tools.cli.exits import FAILED, USAGE, note, stop
from host_tools.cli.key_files import PassphraseFileOption, bar, counted, key_from
from host_tools.cli.key_imports import import_keys
from host_tools.cli.opening import new_passphrase, opened
from host_tools.cli.options import CredentialOption, SerialArgument, checked_serial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host_tools.inventory import Inventory
    from host_tools.inventory.exporting import ExportedKey, Refusal
    from host_tools.station.files.protection import Protection

PSKC: Final = "pskc"
PRIVACYIDEA: Final = "privacyidea-csv"
FORMATS: Final = (PSKC, PRIVACYIDEA)

app = typer.Typer(
    help="Take keys to other servers, and from other tokens.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command()(enrol)
app.command(name="import")(import_keys)
OutOption = Annotated[
    Path, typer.Option("--out", metavar="FILE", help="The file to make.", show_default=False)
]


@app.command(name="export")
def export_keys(
    out: OutOption,
    serials: Annotated[list[str] | None, typer.Argument(metavar="SERIAL", hidden=True)] = None,
    state: Annotated[
        str | None, typer.Option("--state", metavar="STATE", help="All that are sealed, assigned or shipped.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of these three states.")] = False,
    form: Annotated[
        str, typer.Option("--format", metavar="|".join(FORMATS), help="Form of the file.")
    ] = PSKC,
    key_file: Annotated[
        Path | None,
        typer.Option(
            "--key-file", metavar="FILE", help="Encrypt with the 32 hex digits in it; - is standard input."
        ),
    ] = None,
    new_key: Annotated[
        Path | None, typer.Option("--new-key", metavar="FILE", help="Make such a file, and use it.")
    ] = None,
    passphrase_file: PassphraseFileOption = None,
    in_clear: Annotated[
        bool, typer.Option("--in-clear", help="Do write keys that anybody can read, for privacyidea-csv.")
    ] = False,
    skip: Annotated[
        bool, typer.Option("--skip", help="Leave out what may not go, instead of making no file.")
    ] = False,
    operator: OperatorOption = None,
    challenge: ChallengeOption = False,
    response: ResponseOption = None,
) -> None:
    """Write login keys into a file for another server.

    The file is PSKC (RFC 6030): AES-128-CBC with a pre-shared key and HMAC-SHA1, which most servers read, or a key
    from a passphrase, which is asked for if nothing else is said. Send key or passphrase another way than the file.

    From then on that server can make this token's codes, and each of the two accepts a code that the other one has
    accepted already. Whoever has the keys of a token in soft mode and gets hold of the token can find out its PIN.

    Credentials with a duress PIN don't go: the other server would not know of it. Never in the file are alarm keys,
    server keys and unlock secrets. The audit log names every key that went. Where 'picodsc operator policy' says
    so, two operators are needed: --operator asks, another approves, then this is given once more.

    \b
    Example:
      picodsc keys export --out bank.pskc --new-key bank.key DS-1001 DS-1002
    """
    if form not in FORMATS:
        stop(f"--format is one of {', '.join(FORMATS)}, not {form!r}", USAGE)
    _check_selection(serials, state, everything)
    if (form == PRIVACYIDEA) != in_clear:
        stop(
            "privacyidea-csv has all keys in clear: say --in-clear if that is what you want"
            if form == PRIVACYIDEA
            else "--in-clear is for --format privacyidea-csv: PSKC files are always encrypted",
            USAGE,
        )
    if sum(one is not None for one in (key_file, new_key, passphrase_file)) > (0 if in_clear else 1):
        stop(
            "a file in clear has no key"
            if in_clear
            else "--key-file, --new-key and --passphrase-file exclude each other",
            USAGE,
        )
    if out.exists():
        stop(f"{out} is there already: choose another name", USAGE)
    from host_tools.inventory.errors import InventoryError
    from host_tools.station.files.errors import KeyFileError

    try:
        with opened() as inventory, ExitStack() as stack:
            wanted = _selected(inventory, serials, state)
            if not wanted:
                stop("there is no such token", FAILED)
            given = stack.enter_context(_given_key(key_file))
            means = {
                "way": form,
                "to": str(out.absolute()),
                "encryption": _encryption(given, new_key, in_clear),
            }
            allowed_to_export(inventory, wanted, means, operator, challenge, response)
            with _keys_to_go(inventory, wanted) as (keys, refusals):
                if form == PRIVACYIDEA:
                    count, fingerprint = _write_csv(inventory, out, keys, refusals, skip)
                else:
                    _report(refusals, skip)
                    with _encrypting(given, new_key, passphrase_file) as protection:
                        count, fingerprint = _write_pskc(inventory, out, keys, protection)
    except InventoryError as error:
        refuse(error)
    except KeyFileError as error:
        stop(error, USAGE)
    typer.echo(f"{counted(count, 'key')} in {out}\nSHA-256: {fingerprint}")


@app.command()
def otpauth(
    serial: SerialArgument,
    credential: CredentialOption = None,
    png: Annotated[
        Path | None, typer.Option("--png", metavar="FILE", help="Write the QR code into a PNG file.")
    ] = None,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Write the QR code into an SVG file.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Show the key without asking.")] = False,
    operator: OperatorOption = None,
    challenge: ChallengeOption = False,
    response: ResponseOption = None,
) -> None:
    """Show a credential of plain codes as a QR code.

    Authenticator apps read it (otpauth://), and then give the same codes as the token. The key is in it: whoever sees
    or photographs it has the key. Credentials that answer challenges (OCRA) can't be shown so.

    By counter, app and token count on their own, and whoever is behind will be refused in the end.

    \b
    Example:
      picodsc keys otpauth DS-1001 --credential Door
    """
    if png is not None and svg is not None:
        stop("--png and --svg exclude each other", USAGE)
    import segno

    from host_tools.inventory.errors import InventoryError
    from host_tools.inventory.exporting import note_exported
    from host_tools.station.files.errors import KeyFileError
    from host_tools.station.files.otpauth import otpauth_uri
    from host_tools.station.files.writing import write_key_file

    try:
        with opened() as inventory:
            wanted = inventory.credential(checked_serial(serial), credential)
            path = png or svg
            means = {"way": "otpauth", "to": "the terminal" if path is None else str(path.absolute())}
            allowed_to_export(inventory, [wanted.serial], means, operator, challenge, response, wanted.id)
            with _keys_to_go(inventory, [wanted.serial], wanted.id) as (keys, refusals):
                if refusals:
                    stop(refusals[0], FAILED)
                code = segno.make(otpauth_uri(keys[0]), error="m")
                if not yes:
                    typer.confirm("The key will be seen by whoever sees this. Go on?", abort=True, err=True)
                if path is None:
                    note_exported(inventory, keys, "otpauth")
                    code.terminal(compact=True)
                    return
                write_key_file(inventory, path, keys, "otpauth", _picture(code, "png" if png else "svg"))
    except InventoryError as error:
        refuse(error)
    except KeyFileError as error:
        stop(error, USAGE)
    typer.echo(f"the QR code is in {path}")


@contextmanager
def _keys_to_go(
    inventory: Inventory, serials: Sequence[str], credential_id: bytes | None = None
) -> Iterator[tuple[list[ExportedKey], list[Refusal]]]:
    """The keys of these tokens: every command that lets keys out gets them here, and nowhere else."""
    from host_tools.inventory.exporting import exported_keys

    with ExitStack() as stack:
        with bar("reading keys") as progress:
            found = stack.enter_context(exported_keys(inventory, serials, credential_id, progress))
        yield found


def _write_pskc(
    inventory: Inventory, out: Path, keys: Sequence[ExportedKey], protection: Protection
) -> tuple[int, str]:
    from host_tools.station.files.pskc_writer import pskc_file
    from host_tools.station.files.writing import write_key_file

    if not keys:
        stop("no key is left to go", FAILED)
    with bar("encrypting") as progress:
        content = pskc_file(keys, protection, progress)
    return len(keys), write_key_file(inventory, out, keys, PSKC, content)


def _write_csv(
    inventory: Inventory, out: Path, keys: Sequence[ExportedKey], refusals: Sequence[Refusal], skip: bool
) -> tuple[int, str]:
    from host_tools.station.files.oath_csv import privacyidea_csv
    from host_tools.station.files.writing import write_key_file

    content, more = privacyidea_csv(keys)
    try:
        _report([*refusals, *more], skip)
        left_out = {(one.serial, one.credential) for one in more}
        written = [each for each in keys if (each.credential.serial, each.credential.name) not in left_out]
        if not written:
            stop("no key is left to go", FAILED)
        fingerprint = write_key_file(inventory, out, written, PRIVACYIDEA, content)
    finally:
        wipe(content)
    note(f"whoever reads {out} has the keys: destroy it as soon as they are where they should be")
    if any(each.credential.kind == "ocra" for each in written):
        note("privacyIDEA drops the suites of OCRA credentials: set them there (docs/key-files.md)")
    return len(written), fingerprint


def _check_selection(serials: list[str] | None, state: str | None, everything: bool) -> None:
    from host_tools.inventory.exporting import EXPORTED_STATES

    if sum((bool(serials), state is not None, everything)) != 1:
        stop("say which tokens: serials, --state or --all", USAGE)
    if state is not None and state not in {one.value for one in EXPORTED_STATES}:
        stop(f"--state is one of {', '.join(EXPORTED_STATES)}, not {state!r}", USAGE)


def _selected(inventory: Inventory, serials: list[str] | None, state: str | None) -> list[str]:
    from host_tools.inventory import TokenState
    from host_tools.inventory.exporting import EXPORTED_STATES, serials_in

    if serials:
        return [checked_serial(serial) for serial in serials]
    return serials_in(inventory, EXPORTED_STATES if state is None else (TokenState(state),))


def _report(refusals: Sequence[Refusal], skip: bool) -> None:
    """Name what may not go; without `skip` that is the end."""
    for refusal in refusals:
        typer.echo(f"picodsc: {refusal}", err=True)
    if refusals and not skip:
        stop("nothing was exported; --skip leaves these out", FAILED)


@contextmanager
def _given_key(key_file: Path | None) -> Iterator[bytearray | None]:
    """The pre-shared key, if one is given, read once: what was agreed on is what encrypts. Wiped at the end."""
    from host_tools.station.files.protection import NEW_KEY_LENGTH

    key = None if key_file is None else key_from(key_file, (NEW_KEY_LENGTH,))
    try:
        yield key
    finally:
        wipe(key)


def _encryption(given: bytearray | None, new_key: Path | None, in_clear: bool) -> str:
    """For those who have to agree: what the file will be encrypted with."""
    from host_tools.inventory.exporting import fingerprint_of

    if given is not None:
        return f"key with SHA-256 {fingerprint_of(given)}…"
    if new_key is not None:
        return f"new key in {new_key.absolute()}"
    return "none" if in_clear else "passphrase"


@contextmanager
def _encrypting(
    given: bytearray | None, new_key: Path | None, passphrase_file: Path | None
) -> Iterator[Protection]:
    """What a new file is encrypted with, wiped at the end. A key made for a file that failed is removed."""
    from host_tools.station.files.protection import Protection, make_key_file

    if new_key is not None:
        protection = Protection(key=make_key_file(new_key))
    elif given is not None:
        protection = Protection(key=bytearray(given))
    else:
        protection = Protection(passphrase=new_passphrase(passphrase_file))
    try:
        yield protection
    except BaseException:
        if new_key is not None:
            new_key.unlink()
        raise
    finally:
        protection.close()


def _picture(code: object, kind: str) -> bytes:
    import io

    out = io.BytesIO()
    code.save(out, kind=kind, scale=8)  # type: ignore[attr-defined]
    return out.getvalue()
