"""The inventory as commands open it: passphrase and PIN from files that the environment names, or typed unseen."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from dsc.crypto.memory import wipe
from host_tools.cli.exits import USAGE, reason, stop

if TYPE_CHECKING:
    from host_tools.inventory import Inventory
    from host_tools.policy import Policy

NAMED_IN: Final = "PICODSC_PASSPHRASE_FILE"  # of the environment
POLICY_NAMED_IN: Final = "PICODSC_POLICY"
PIN_NAMED_IN: Final = "PICODSC_MODULE_PIN_FILE"
STDIN: Final = "-"  # in the place of a file
SHORTEST: Final = 12  # characters of a new passphrase


def opened(*, create: bool = False) -> Inventory:
    """The user's inventory, by the operator's policy. Raises what `Inventory.open` does.

    Ends the command if there is nobody to ask, or if the policy's file can't be.
    """
    from host_tools.inventory import Inventory
    from host_tools.policy import PolicyError

    try:
        policy = operator_policy()
    except PolicyError as error:
        stop(error, USAGE)
    return Inventory.open(create=create, ask=passphrase, pin=module_pin, policy=policy)


def operator_policy() -> Policy:
    """The policy, with the operator's file over it where the environment names one. Raises PolicyError."""
    from host_tools.policy import Policy

    named = os.environ.get(POLICY_NAMED_IN)
    return Policy.load(Path(named) if named else None)


def passphrase() -> bytearray:
    """The passphrase of the master key; whoever gets it wipes it."""
    return _asked("passphrase", "Passphrase of the master key", NAMED_IN)


def module_pin() -> bytearray:
    """The PIN of the module that holds the master key; whoever gets it wipes it.

    It has a variable of its own: a passphrase that is tried as a PIN is one wrong PIN more, and a few lock a module.
    """
    return _asked("PIN", "PIN of the module with the master key", PIN_NAMED_IN)


def _asked(what: str, prompt: str, variable: str) -> bytearray:
    named = os.environ.get(variable)
    if named:
        return from_file(Path(named))
    if not sys.stdin.isatty():
        stop(
            f"the master key has a {what}, and there is no terminal to ask for it: name a file that holds it in "
            f"{variable}, or - for standard input",
            USAGE,
        )
    return bytearray(str(typer.prompt(prompt, hide_input=True, err=True)).encode())


def new_passphrase(path: Path | None = None) -> bytearray:
    """A new one, from a file or asked for twice, and not taken if it is short; whoever gets it wipes it."""
    if path is not None:
        return _long_enough(path)
    while True:
        typed = str(
            typer.prompt("New passphrase", hide_input=True, confirmation_prompt="The same again", err=True)
        )
        if len(typed) >= SHORTEST:
            return bytearray(typed.encode())
        typer.echo(
            f"It has {len(typed)} characters; take {SHORTEST} or more, several words for instance.", err=True
        )


def from_file(path: Path, what: str = "Secret") -> bytearray:
    """What is in the file, without the end of its line, or for `-` the next line of standard input.

    At a terminal `-` asks for `what`, to be typed unseen. Ends the command if others may read the file, or it is
    theirs.
    """
    from host_tools.inventory.errors import ExposedFileError
    from host_tools.inventory.private_files import refuse_exposed

    if str(path) == STDIN:
        return _from_stdin(what)
    try:
        with path.open("rb", buffering=0) as file:
            refuse_exposed(path, file)
            content = bytearray(file.readall())
    except ExposedFileError as error:
        stop(error, USAGE)
    except OSError as error:
        stop(f"can't read {path}: {reason(error)}", USAGE)
    while content and content[-1] in b"\r\n":
        del content[-1]
    return content


def _from_stdin(what: str) -> bytearray:
    if sys.stdin.isatty():
        return bytearray(str(typer.prompt(what, hide_input=True, err=True)).encode())
    try:
        # As text, as whatever else is read from there: each reads on where the one before has stopped.
        line = sys.stdin.readline().encode()
    except UnicodeError:
        stop("what is on standard input is not UTF-8", USAGE)
    if not line:
        stop("there is nothing on standard input", USAGE)
    return bytearray(line.rstrip(b"\r\n"))


def _long_enough(path: Path) -> bytearray:
    content = from_file(path)
    characters = sum(byte & 0xC0 != 0x80 for byte in content)  # UTF-8: a character's other bytes are 10xxxxxx
    if characters < SHORTEST:
        wipe(content)
        stop(
            f"the new passphrase in {path} has {characters} characters; take {SHORTEST} or more, several words for "
            "instance",
            USAGE,
        )
    return content
