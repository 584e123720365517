"""`picodsc api-key`: who may call the login service."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from host_tools.cli.exits import USAGE, note, stop
from host_tools.cli.login_system import checked, login_system, moment, print_json
from host_tools.cli.options import JsonOption

SCOPES: Final = ("login", "vouch", "help-desk", "operator")  # as login.api_keys has them

app = typer.Typer(help="Let programs call the login service.", no_args_is_help=True, rich_markup_mode=None)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", hidden=True)]


@app.command()
def add(
    name: NameArgument,
    scope: Annotated[
        list[str],
        typer.Option(
            "--scope",
            metavar="|".join(SCOPES),
            help="What it may do; several times for several.",
            show_default=False,
        ),
    ],
) -> None:
    """Make a key, and print it, once.

    NAME is of a-z, 0-9, dots and dashes, and never used twice. login: begin a login with a password, answer it,
    and act in the session. vouch: begin without, for a caller that has judged the first factor. help-desk and
    operator: what their names say. None includes another. The key is on standard output, and nowhere else.

    \b
    Example:
      picodsc api-key add web-front --scope login
    """
    name = checked(name, "NAME")
    wrong = [one for one in scope if one not in SCOPES]
    if wrong:
        stop(f"there is no scope {wrong[0]!r}; --scope is one of {', '.join(SCOPES)}", USAGE)
    from host_tools.login.api_keys import Scope, add_key

    with login_system() as system:
        key = add_key(system, name, [Scope(one) for one in scope])
    typer.echo(key)
    note("this key is shown once: keep it where only the caller reads it")


@app.command(name="list")
def list_keys(as_json: JsonOption = False) -> None:
    """List keys by name, never the keys themselves.

    Revoked ones, too. With --json, one object a line. Times are UTC.

    \b
    Example:
      picodsc api-key list
    """
    from host_tools.login.api_keys import Scope, keys

    with login_system() as system:
        found = keys(system)
    for one in found:
        scopes = [scope.value for scope in Scope if scope in one.scopes]
        if as_json:
            print_json(
                {
                    "name": one.name,
                    "scopes": scopes,
                    "created_at": one.created_at,
                    "revoked_at": one.revoked_at,
                }
            )
            continue
        state = "" if one.revoked_at is None else f"revoked {moment(one.revoked_at)}"
        typer.echo(f"{one.name}  {','.join(scopes)}  {moment(one.created_at)}  {state}".rstrip())


@app.command()
def revoke(name: NameArgument) -> None:
    """Let a key open nothing any more.

    From the next call on. NAME is the key's, and is not free again.

    \b
    Example:
      picodsc api-key revoke web-front
    """
    name = checked(name, "NAME")
    from host_tools.login.api_keys import revoke_key

    with login_system() as system:
        revoke_key(system, name)
    typer.echo(f"the key {name} opens nothing any more")
