"""What a command that may need two operators has in common with others: who asks, and what is to be done next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from host_tools.cli.answering import response_to
from host_tools.cli.exits import FAILED, USAGE, note, stop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeVar

    from host_tools.inventory import Inventory
    from host_tools.inventory.four_eyes import Details

    T = TypeVar("T")

OperatorOption = Annotated[
    str | None,
    typer.Option(
        "--operator",
        metavar="NAME",
        help="Who asks for it, where two operators are needed; answers with the own token.",
    ),
]


def by_two(
    inventory: Inventory,
    action: str,
    subject: str | None,
    detail: Details,
    do: Callable[[], T],
    *,
    operator: str | None = None,
    challenge: bool = False,
    response: str | None = None,
) -> T:
    """What `do` returns, if no second operator is needed, or one has approved exactly this.

    Else `operator` asks for it, after an answer of his token, and the command ends and says what is next. `do` uses up
    the approval, by `four_eyes.spend` or `require`. Raises what `do`, `four_eyes.request` and `asking.ask` raise.
    """
    from host_tools.inventory.desk_errors import OperatorsNeededError

    try:
        return do()
    except OperatorsNeededError as error:
        number = error.request
    return wait_for_second(inventory, number, action, subject, detail, operator, challenge, response)


def wait_for_second(
    inventory: Inventory,
    number: int | None,
    action: str,
    subject: str | None,
    detail: Details,
    operator: str | None,
    challenge: bool,
    response: str | None,
) -> NoReturn:
    """End the command, and say what is next; `operator` asks for the action first, if there is no request yet.

    Raises what `four_eyes.request` and `asking.ask` raise.
    """
    from host_tools.inventory.four_eyes import LIFETIME

    if number is None:
        number = _asked_for(inventory, action, subject, detail, operator, challenge, response)
    minutes = int(LIFETIME.total_seconds()) // 60
    note(
        f"request {number} waits for a second operator, {minutes} minutes in all: picodsc operator approve {number} "
        "--operator NAME; then give this command once more"
    )
    raise typer.Exit(FAILED)


def allowed_to_export(
    inventory: Inventory,
    serials: Sequence[str],
    means: Mapping[str, str],
    operator: str | None,
    challenge: bool,
    response: str | None,
    credential_id: bytes | None = None,
) -> None:
    """Returns if these keys may go; every command that lets keys out asks before it reads one.

    `means` is all that the command says of way and receiver. Raises what `by_two` and `export_detail` raise.
    """
    from host_tools.inventory import four_eyes
    from host_tools.inventory.exporting import allow_export, export_detail

    subject, detail = export_detail(inventory, serials, means, credential_id)
    by_two(
        inventory,
        four_eyes.KEY_EXPORT,
        subject,
        detail,
        lambda: allow_export(inventory, subject, detail),
        operator=operator,
        challenge=challenge,
        response=response,
    )


def _asked_for(
    inventory: Inventory,
    action: str,
    subject: str | None,
    detail: Details,
    operator: str | None,
    challenge: bool,
    response: str | None,
) -> int:
    """The number of a new request."""
    from host_tools.inventory.four_eyes import asking_for, request
    from host_tools.inventory.operators import operator_credential

    if operator is None:
        stop(f"{action} needs two operators: say who asks for it with --operator NAME", USAGE)
    own = operator_credential(inventory, operator)
    purpose = asking_for(action, subject, detail)
    given, question = response_to(
        inventory, own.serial, own.id, purpose=purpose, challenge=challenge, response=response
    )
    return request(inventory, action, subject, detail, operator, given, question).id
