"""`picodsc operator`: who the operators are, what needs two of them, and how the second one agrees."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from host_tools.cli.agreeing import OperatorOption, by_two
from host_tools.cli.answering import ChallengeOption, ResponseOption, as_text, refuse, response_to
from host_tools.cli.exits import USAGE, stop
from host_tools.cli.opening import opened
from host_tools.cli.options import CredentialOption, checked_serial

app = typer.Typer(
    help="Let two operators agree on what is dangerous.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", hidden=True)]


@app.command()
def add(
    name: NameArgument,
    token: Annotated[
        str, typer.Option("--token", metavar="SERIAL", help="The operator's own token.", show_default=False)
    ],
    credential: CredentialOption = None,
    operator: OperatorOption = None,
    challenge: ChallengeOption = False,
    response: ResponseOption = None,
) -> None:
    """Make somebody an operator.

    NAME is who it is; the token is one of this inventory, which answers challenges, and nobody else's. Use it for
    nothing else: who is asked for a response elsewhere can't see what it is for. While he is an operator the token
    can't be forgotten, destroyed or made blank. As soon as anything needs two operators, this does, too.

    \b
    Example:
      picodsc operator add alice --token PD-0000017
    """
    name, serial = as_text(name), checked_serial(token)
    from host_tools.inventory import four_eyes, governing
    from host_tools.inventory.errors import InventoryError

    try:
        with opened() as inventory:
            chosen = inventory.credential(serial, credential)
            by_two(
                inventory,
                four_eyes.OPERATOR_ADD,
                serial,
                governing.addition_detail(name, chosen),
                lambda: governing.add_operator(inventory, name, serial, chosen.id),
                operator=operator,
                challenge=challenge,
                response=response,
            )
    except InventoryError as error:
        refuse(error)
    typer.echo(f"{name} is an operator, with the token {serial}")


@app.command(name="list")
def list_operators(as_json: JsonOption = False) -> None:
    """Print the operators, and their tokens.

    With --json, one object a line.

    \b
    Example:
      picodsc operator list
    """
    from host_tools.inventory.errors import InventoryError
    from host_tools.inventory.operators import operators

    try:
        with opened() as inventory:
            found = operators(inventory)
    except InventoryError as error:
        stop(error, USAGE)
    for one in found:
        typer.echo(
            json.dumps({"name": one.name, "token": one.serial}) if as_json else f"{one.name}  {one.serial}"
        )


@app.command()
def remove(
    name: NameArgument,
    operator: OperatorOption = None,
    challenge: ChallengeOption = False,
    response: ResponseOption = None,
) -> None:
    """Let somebody be an operator no more.

    NAME is who. As soon as anything needs two operators, this does, too, and two have to be left. For an operator
    whose token is lost, too.

    \b
    Example:
      picodsc operator remove alice
    """
    name = as_text(name)
    from host_tools.inventory import four_eyes, governing
    from host_tools.inventory.errors import InventoryError

    try:
        with opened() as inventory:
            by_two(
                inventory,
                four_eyes.OPERATOR_REMOVE,
                None,
                {"name": name},
                lambda: governing.remove_operator(inventory, name),
                operator=operator,
                challenge=challenge,
                response=response,
            )
    except InventoryError as error:
        refuse(error)
    typer.echo(f"{name} is no operator any more")


@app.command()
def policy(
    action: Annotated[str | None, typer.Argument(metavar="ACTION", hidden=True)] = None,
    state: Annotated[str | None, typer.Argument(metavar="on|off", hidden=True)] = None,
    operator: OperatorOption = None,
    challenge: ChallengeOption = False,
    response: ResponseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print what needs two operators, or change it.

    ACTION is unlock or key-export, followed by on or off. To turn one on there must be two operators; to turn one
    off needs two to agree.

    This is a rule of this program, with its evidence in the audit log. Whoever holds the database and the master
    key can read every key without this program, and whoever may write to the database can change the rule. It
    can't tell, either, that two operators are two people: give each of them his token, and his alone.

    \b
    Example:
      picodsc operator policy unlock on
    """
    from host_tools.inventory import four_eyes, governing
    from host_tools.inventory.errors import InventoryError

    if action is not None and state not in ("on", "off"):
        stop("say on or off after the action", USAGE)
    try:
        with opened() as inventory:
            if action is not None and state == "on":
                governing.turn_on(inventory, action)
            elif action is not None:
                by_two(
                    inventory,
                    four_eyes.POLICY_OFF,
                    None,
                    {"action": action},
                    lambda: governing.turn_off(inventory, action),
                    operator=operator,
                    challenge=challenge,
                    response=response,
                )
            needed = four_eyes.policy(inventory)
    except InventoryError as error:
        refuse(error)
    two = {one: one in needed for one in four_eyes.ACTIONS}
    if as_json:
        typer.echo(json.dumps(two))
    else:
        for one, is_needed in two.items():
            typer.echo(f"{one}  {'two operators' if is_needed else 'one operator'}")


@app.command()
def requests(
    everything: Annotated[
        bool, typer.Option("--all", help="Those that were used or have expired, too.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Print what waits for a second operator, or was approved.

    Times are UTC. With --json, one object a line.

    \b
    Example:
      picodsc operator requests
    """
    from host_tools.inventory import four_eyes
    from host_tools.inventory.errors import InventoryError

    try:
        with opened() as inventory:
            found = four_eyes.requests(inventory, everything=everything)
            now = inventory.now()
    except InventoryError as error:
        stop(error, USAGE)
    for one in found:
        if as_json:
            fields = {"request": one.id, "state": one.state(now), "action": one.action, "serial": one.serial}
            by = {"requested_by": one.requested_by, "requested_at": one.requested_at.isoformat()}
            typer.echo(json.dumps({**fields, **by, "approved_by": one.approved_by, "detail": one.detail}))
        else:
            typer.echo(f"{one.id}  {one.state(now)}  {one.requested_at:%Y-%m-%d %H:%M:%S}  {one.words}")


@app.command()
def approve(
    number: Annotated[int, typer.Argument(metavar="ID", hidden=True)],
    operator: Annotated[
        str,
        typer.Option(
            "--operator", metavar="NAME", help="Who approves; answers with the own token.", show_default=False
        ),
    ],
    challenge: ChallengeOption = False,
    response: ResponseOption = None,
) -> None:
    """Approve what another operator has asked for.

    ID is the request's. It is shown first, and approved by the response of the operator's own token to a fresh
    challenge, which is for this request alone; the token doesn't show that. It then is done once, within 15 minutes,
    by giving the same command again.

    \b
    Example:
      picodsc operator approve 7 --operator bob
    """
    operator = as_text(operator)
    from host_tools.inventory import four_eyes
    from host_tools.inventory.errors import InventoryError
    from host_tools.inventory.operators import operator_credential

    try:
        with opened() as inventory:
            asked = four_eyes.open_request(inventory, number, operator)
            typer.echo(f"Request {asked.id}: {asked.words}", err=True)
            own = operator_credential(inventory, operator)
            given, question = response_to(
                inventory,
                own.serial,
                own.id,
                purpose=four_eyes.approving(number),
                challenge=challenge,
                response=response,
            )
            four_eyes.approve(inventory, number, operator, given, question)
    except InventoryError as error:
        refuse(error)
    typer.echo(f"request {number} is approved")
