"""`picodsc outbox`: text messages on their way, and those that an operator sends by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from host_tools.cli.login_system import login_system, moment, print_json
from host_tools.cli.options import JsonOption

app = typer.Typer(
    help="Read text messages that wait, and send them by hand.", no_args_is_help=True, rich_markup_mode=None
)


@app.command(name="list")
def list_messages(
    everything: Annotated[bool, typer.Option("--all", help="Those that were sent or expired, too.")] = False,
    text: Annotated[
        bool,
        typer.Option("--text", help="With the texts, which have codes in them; the audit log says so."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the messages that wait, the oldest first.

    With a gateway the login service sends them; without one an operator does, and says so by 'picodsc outbox sent'.
    The newest thousand, no more. With --json, one object a line. Times are UTC.

    \b
    Example:
      picodsc outbox list --text
    """
    from host_tools.login import outbox

    texts: dict[int, str] = {}
    with login_system() as system:
        found = outbox.messages(system, waiting=not everything)
        if text:
            for one in found:
                if one.state is outbox.MessageState.WAITING:
                    texts[one.id] = outbox.read(system, one.id)
    for one in found:
        if as_json:
            shown = {"text": texts.get(one.id)} if text else {}
            print_json(
                {
                    "number": one.id,
                    "user": one.user,
                    "phone": one.phone,
                    "state": one.state.value,
                    "made_at": one.made_at,
                    "expires_at": one.expires_at,
                    "sent_at": one.sent_at,
                    "tries": one.tries,
                    **shown,
                }
            )
            continue
        until = f"until {moment(one.expires_at)}"
        typer.echo("  ".join((str(one.id), one.user, one.phone, one.state.value, moment(one.made_at), until)))
        if one.id in texts:
            typer.echo(f"    {texts[one.id]}")


@app.command()
def sent(number: Annotated[int, typer.Argument(metavar="NUMBER", hidden=True, min=1)]) -> None:
    """Say that a message was sent by hand.

    NUMBER is the message's. Its text is forgotten.

    \b
    Example:
      picodsc outbox sent 12
    """
    from host_tools.login.outbox import mark_sent

    with login_system() as system:
        mark_sent(system, number)
    typer.echo(f"message {number} is sent")
