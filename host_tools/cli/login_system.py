"""The login system as commands open it, and what it refuses, in words that say what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from host_tools.cli.exits import FAILED, USAGE, note, stop
from host_tools.cli.login_completion import complete_device, complete_user
from host_tools.cli.opening import module_pin, operator_policy, passphrase
from host_tools.cli.options import is_encodable

if TYPE_CHECKING:
    from host_tools.login.system import LoginSystem


# Arguments are hidden from the list, which would show Typer's names of types; each help says what they are.
UserArgument = Annotated[
    str, typer.Argument(metavar="USER", hidden=True, autocompletion=complete_user)
]  # the command's help says what it is
NumberArgument = Annotated[
    int, typer.Argument(metavar="DEVICE", hidden=True, min=1, autocompletion=complete_device)
]
DeviceOption = Annotated[
    int | None,
    typer.Option(
        "--device",
        metavar="N",
        min=1,
        autocompletion=complete_device,
        help="Which of the user's devices, by its number.",
    ),
]


@contextmanager
def login_system() -> Iterator[LoginSystem]:
    """The login system over the user's inventory. Ends the command, in words, for whatever is refused."""
    from host_tools.inventory import default_location
    from host_tools.login.system import LoginSystem

    with in_words():
        policy = operator_policy()
        with LoginSystem.open(default_location(), policy, ask=passphrase, pin=module_pin) as system:
            by = system.jump()
            if by is not None:
                way = "behind" if by < timedelta() else "ahead of"
                note(f"the clock is {way} what is on record, by {span(by)}; see 'picodsc clock show'")
            yield system


@contextmanager
def believing_system() -> Iterator[LoginSystem]:
    """The same, but the clock is believed, whatever is on record."""
    from host_tools.inventory import Inventory
    from host_tools.login.system import LoginSystem

    with in_words():
        policy = operator_policy()
        with LoginSystem(
            Inventory.open(create=False, ask=passphrase, pin=module_pin, policy=policy)
        ) as system:
            yield system


@contextmanager
def in_words() -> Iterator[None]:
    """End the command for what login system, rules, policy and inventory refuse."""
    from host_tools.inventory.errors import InventoryError
    from host_tools.login.errors import LoginError
    from host_tools.login.rules.code_errors import CodeError
    from host_tools.login.rules.errors import RuleError
    from host_tools.login.sms.errors import SmsError
    from host_tools.policy import PolicyError
    from host_tools.station.paper.errors import PaperError

    try:
        yield
    except (LoginError, RuleError, CodeError, SmsError, PolicyError, PaperError, InventoryError) as error:
        refuse_login(error)


def refuse_login(error: Exception) -> NoReturn:
    """End with 1 for what the rules refuse, and with 2 for what could not be asked for at all."""
    from host_tools.cli.login_words import hint_of, is_refusal

    hint = hint_of(error)
    stop(f"{error}; {hint}" if hint else error, FAILED if is_refusal(error) else USAGE)


def checked(name: str, what: str = "USER") -> str:
    """An argument that is text. Ends the command for bytes that are none."""
    if not is_encodable(name):
        stop(f"{what} is not UTF-8", USAGE)
    return name


def span(by: timedelta) -> str:
    """A span without its direction, for people: 3 days 2 h 5 min 7 s."""
    seconds = int(abs(by).total_seconds())
    days, rest = divmod(seconds, 24 * 60 * 60)
    parts = (
        f"{days} day" if days == 1 else f"{days} days" if days else "",
        f"{rest // 3600} h" if rest >= 3600 else "",
        f"{rest % 3600 // 60} min" if rest % 3600 >= 60 else "",
        f"{rest % 60} s" if rest % 60 or not seconds else "",
    )
    return " ".join(part for part in parts if part)


def moment(at: datetime | None) -> str:
    """A time for people, in UTC; - if there is none."""
    return "-" if at is None else f"{at:%Y-%m-%d %H:%M:%S}"


def field(name: str, value: object, *, err: bool = False) -> None:
    """One line of what a command shows; nothing for what there is not."""
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if isinstance(value, datetime):
        value = f"{moment(value)} UTC"
    if isinstance(value, list | tuple):
        value = ", ".join(str(one) for one in value)
    if value not in (None, ""):
        typer.echo(f"{name:<16}{value}", err=err)


def print_json(value: Any) -> None:
    """One JSON value on a line; times are RFC 3339."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=_plain))


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} in JSON")
