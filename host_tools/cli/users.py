"""`picodsc user`: who may log in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dsc.crypto.memory import wipe
from host_tools.cli import user_help
from host_tools.cli.answering import as_text, typed
from host_tools.cli.devices import as_fields as device_fields
from host_tools.cli.devices import as_line as device_line
from host_tools.cli.exits import FAILED, USAGE, note, stop
from host_tools.cli.login_system import UserArgument, checked, field, login_system, print_json
from host_tools.cli.opening import from_file
from host_tools.cli.options import JsonOption
from host_tools.cli.user_help import session_fields, session_line

if TYPE_CHECKING:
    from host_tools.login.accounts import User
    from host_tools.login.overview import Overview
    from host_tools.login.system import LoginSystem

LANGUAGES = ("en", "fr", "de", "ru", "ja")  # as login.accounts has them, which takes a moment to load

PAGE = 1000  # users in memory

app = typer.Typer(help="Add users, and help them.", no_args_is_help=True, rich_markup_mode=None)
NewUserArgument = Annotated[str, typer.Argument(metavar="USER", hidden=True)]
PasswordFileOption = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="The password is in this file, which is private; - is standard input.",
    ),
]
NoPasswordOption = Annotated[
    bool,
    typer.Option("--no-password", help="None: another system judges the first factor."),
]


@app.command()
def add(
    user: NewUserArgument,
    password_file: PasswordFileOption = None,
    no_password: NoPasswordOption = False,
    phone: Annotated[
        str | None,
        typer.Option("--phone", metavar="NUMBER", help="For text messages, with the country's code: +44…"),
    ] = None,
    language: Annotated[
        str, typer.Option("--language", metavar="|".join(LANGUAGES), help="Of what is sent to the user.")
    ] = "en",
) -> None:
    """Add a user.

    USER is the name, of letters, digits and . _ @ - ; capitals are made small. The password is asked for twice,
    unseen. A name is never used twice, even if the account was closed.

    \b
    Example:
      picodsc user add alice --phone "+44 20 7946 0000"
    """
    name = checked(user)
    password = _password(password_file, without=no_password)
    from host_tools.login import accounts

    with login_system() as system:
        made = accounts.add_user(system, name, password, phone=_text(phone), language=language)
    typer.echo(f"{made.name} is a user; 'picodsc device add {made.name} SERIAL' gives a token")


@app.command(name="list")
def list_users(
    everybody: Annotated[bool, typer.Option("--all", help="Closed accounts, too.")] = False,
    after: Annotated[
        str, typer.Option("--after", metavar="NAME", help="Only those that come after NAME.")
    ] = "",
    most: Annotated[
        int | None, typer.Option("--most", metavar="N", min=1, help="So many at most; by default all.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List users, by name.

    With --json, one object a line. Where --most leaves some out, it is said on standard error after which name the
    next page begins.

    \b
    Example:
      picodsc user list --most 100 --after carol
    """
    last = checked(after, "NAME")
    with login_system() as system:
        left = most
        while left is None or left > 0:
            size = PAGE if left is None else min(left, PAGE)
            found = _some(system, last, size + 1, closed=everybody)
            for one in found[:size]:
                print_json(as_fields(one)) if as_json else typer.echo(_line(one))
                last = one.name
            if len(found) <= size:
                return
            left = None if left is None else left - size
    note(f"there are more: --after {last}")


@app.command()
def show(user: UserArgument, as_json: JsonOption = False) -> None:
    """Print all about a user that is not secret.

    USER's devices by their numbers, how the login stands, and the open sessions. Times are UTC.

    \b
    Example:
      picodsc user show alice
    """
    name = checked(user)
    from host_tools.login.overview import overview

    with login_system() as system:
        found = overview(system, name)
    if as_json:
        print_json(_whole(found))
    else:
        _print(found)


@app.command()
def password(
    user: UserArgument, password_file: PasswordFileOption = None, no_password: NoPasswordOption = False
) -> None:
    """Set or remove a password.

    It is asked for twice, unseen. USER's sessions end.

    \b
    Example:
      picodsc user password alice
    """
    name = checked(user)
    given = _password(password_file, without=no_password)
    from host_tools.login import accounts

    with login_system() as system:
        accounts.set_password(system, name, given)
    typer.echo("the password is removed" if given is None else "the password is set")


@app.command()
def phone(
    user: UserArgument,
    number: Annotated[str | None, typer.Argument(metavar="NUMBER", hidden=True)] = None,
    none: Annotated[bool, typer.Option("--none", help="Remove the number.")] = False,
) -> None:
    """Set or remove the number for text messages.

    NUMBER is USER's, with a plus sign and the country's code. Codes that were sent to the one before are good for
    nothing any more, nor are sessions that they have opened, nor online cards that may have been obtained by them.

    \b
    Example:
      picodsc user phone alice "+44 20 7946 0000"
    """
    name = checked(user)
    if (number is None) is not none:
        stop("give NUMBER, or --none to remove it", USAGE)
    from host_tools.login import accounts

    with login_system() as system:
        ended = accounts.set_phone(system, name, _text(number))
    typer.echo("the number is removed" if number is None else "the number is set")
    for device in ended:
        typer.echo(
            f"device {device} has ended: this online card may have been obtained by a code to the number before"
        )


@app.command()
def close(
    user: UserArgument, yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")] = False
) -> None:
    """Close an account. THIS CANNOT BE UNDONE.

    USER logs in no more, and the name is not free again. To confirm, it has to be typed.

    \b
    Example:
      picodsc user close alice
    """
    name = checked(user)
    from host_tools.login import accounts

    with login_system() as system:
        found = accounts.user(system, name)
        if not yes:
            typer.echo(f"The account of {found.name} is about to be closed, for good.", err=True)
            if typed("Type the user name to confirm") != found.name:
                stop("that is another name; nothing was done", FAILED)
        accounts.close_user(system, found.name)
    typer.echo(f"the account of {found.name} is closed")


app.command()(user_help.identify)
app.command()(user_help.sessions)
app.command(name="end-sessions")(user_help.end_sessions)


def as_fields(user: User) -> dict[str, Any]:
    """A user as JSON has it."""
    return {
        "name": user.name,
        "has_password": user.has_password,
        "phone": user.phone,
        "language": user.language,
        "created_at": user.created_at,
        "closed_at": user.closed_at,
    }


def _some(system: LoginSystem, after: str, most: int, *, closed: bool) -> list[User]:
    from host_tools.login.accounts import some_users

    return some_users(system, after, most, closed=closed)


def _line(user: User) -> str:
    state = "closed" if user.closed_at is not None else "open"
    return f"{user.name}  {state}  {'password' if user.has_password else '-'}  {user.phone or '-'}"


def _whole(found: Overview) -> dict[str, Any]:
    return {
        **as_fields(found.user),
        "failures": found.standing.failures,
        "locked_until": found.standing.locked_until,
        "blocked": found.standing.blocked,
        "blocked_devices": found.blocked,
        "devices": [device_fields(one) for one in found.devices],
        "sessions": [session_fields(one) for one in found.sessions],
    }


def _print(found: Overview) -> None:
    user, now = found.user, found.standing
    field("name", user.name)
    field("first factor", "a password" if user.has_password else "judged elsewhere")
    field("phone", user.phone)
    field("language", user.language)
    field("created", user.created_at)
    field("closed", user.closed_at)
    field("failures", now.failures or None)
    field("locked until", now.locked_until)
    if now.blocked or found.blocked:
        which = "" if now.blocked else f", with device {', '.join(map(str, found.blocked))}"
        field("blocked", f"until the user was identified{which}")
    field("open sessions", len(found.sessions))
    for one in found.sessions:
        if one.is_alarm:
            field("alarm", session_line(one))
    for device in found.devices:
        field("device", device_line(device))
    unsure = [one for one in found.devices if one.ended_at is None and one.token and one.token.counter_unsure]
    if any(one.method == "code" for one in unsure):
        field(
            "counter unsure", f"since a restore: no code is judged before 'picodsc device resync {user.name}'"
        )
    elif unsure:
        field("counter unsure", "since a restore, until the next right answer")


def _text(given: str | None) -> str | None:
    return None if given is None else as_text(given)


def _password(file: Path | None, *, without: bool) -> str | None:
    """A new one; None for none. Ends the command if there is nobody to ask."""
    if without:
        if file is not None:
            stop("--no-password and --password-file exclude each other", USAGE)
        return None
    if file is not None:
        content = from_file(file, "Password")
        try:
            return content.decode()
        except UnicodeDecodeError:
            stop(f"the password in {file} is not UTF-8", USAGE)
        finally:
            wipe(content)
    if not _is_asked():
        stop(
            "there is no terminal to ask for the password: use --password-file (- is standard input) or --no-password",
            USAGE,
        )
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True))


def _is_asked() -> bool:
    return sys.stdin.isatty()
