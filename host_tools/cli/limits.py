"""`picodsc limits`: what users may withdraw, what they did, and the policy that says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from host_tools.cli.answering import typed
from host_tools.cli.exits import FAILED, stop
from host_tools.cli.key_files import counted
from host_tools.cli.login_completion import complete_user
from host_tools.cli.login_system import (
    UserArgument,
    checked,
    in_words,
    login_system,
    moment,
    print_json,
)
from host_tools.cli.opening import operator_policy
from host_tools.cli.options import JsonOption

if TYPE_CHECKING:
    from host_tools.login.limits_of import Withdrawal
    from host_tools.login.withdrawals import Left

app = typer.Typer(help="Show limits on withdrawals.", no_args_is_help=True, rich_markup_mode=None)
UNLIMITED = "unlimited"


@app.command()
def show(user: UserArgument, as_json: JsonOption = False) -> None:
    """Print what a user may withdraw now, by each device.

    A line for each kind of device that USER can log in with, and for none: what is left today, and in the window
    of business days. With --json, one object a line, in cents; null is unlimited. Times are UTC.

    \b
    Example:
      picodsc limits show alice
    """
    name = checked(user)
    from host_tools.login.limits_of import limits_of

    with login_system() as system:
        currency = system.rules().withdrawals.currency
        found = limits_of(system, name)
    for one in found:
        if as_json:
            print_json(_left_fields(one, currency))
        else:
            typer.echo(_left_line(one, currency))
    if not as_json and any(one.unknown_since_backup for one in found):
        typer.echo(
            "what was withdrawn between a backup and its restore is unknown, and counts as all that may be; "
            f"if it is known, say so by 'picodsc limits none-since-backup {name}'"
        )


@app.command()
def withdrawals(user: UserArgument, as_json: JsonOption = False) -> None:
    """Print a user's withdrawals.

    Those that were allowed and not cancelled, the first one first, by the reference that 'picodsc limits cancel' takes.
    "key" is the idempotency key that the front-end chose, if it did. "alarm": the session was opened with the duress
    PIN, or that was used in it before. With --json, one object a line. Times are UTC.

    \b
    Example:
      picodsc limits withdrawals alice
    """
    name = checked(user)
    from host_tools.login.limits_of import withdrawals_of

    with login_system() as system:
        currency = system.rules().withdrawals.currency
        found = withdrawals_of(system, name)
    for one in found:
        if as_json:
            print_json(
                {
                    "reference": one.reference,
                    "idempotency_key": one.idempotency_key,
                    "cents": one.cents,
                    "at": one.at,
                    "kind": None if one.kind is None else one.kind.value,
                    "alarm": one.is_alarm,
                }
            )
        else:
            typer.echo(_withdrawal_line(one, currency))


@app.command()
def cancel(
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", hidden=True)],
) -> None:
    """Take a withdrawal off the record.

    By your word that it was not made after all: it counts no more. REFERENCE is what 'picodsc limits withdrawals'
    prints.

    \b
    Example:
      picodsc limits cancel 5f1d3c0e9a7b4d2286c4e1f00b9d7a35
    """
    from host_tools.login.withdrawals import cancel as cancelled

    with login_system() as system:
        cancelled(system, reference)
    typer.echo(f"withdrawal {reference} counts no more")


@app.command(name="none-since-backup")
def none_since_backup(
    user: Annotated[
        str | None, typer.Argument(metavar="USER", hidden=True, autocompletion=complete_user)
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")] = False,
) -> None:
    """Say after a restore that no withdrawal is missing.

    What was withdrawn since the backup is unknown, so that all limits count as used up. By your word that it is
    known, or that there was nothing, they are lifted: for USER, or for everybody if left out, which has to be
    confirmed.

    \b
    Example:
      picodsc limits none-since-backup alice
    """
    name = None if user is None else checked(user)
    from host_tools.login.withdrawals import none_since_backup as known

    with login_system() as system:
        if (
            name is None
            and not yes
            and typed("This is for every user. Type everybody to confirm") != "everybody"
        ):
            stop("that is something else; nothing was done", FAILED)
        count = known(system, name)
    typer.echo(f"lifted for {counted(count, 'user')}")


@app.command()
def policy(as_json: JsonOption = False) -> None:
    """Print the limits by the dates from which they hold.

    The built-in policy, and over it the file that PICODSC_POLICY names, if it does; the service has it in its
    config file. * is in force now. With --json, one object a line, in cents; null is unlimited.

    \b
    Example:
      picodsc limits policy
    """
    with in_words():
        found = operator_policy()
    now = found.at(datetime.now(UTC))
    for begins, rules in found.dated():
        limits = rules.withdrawals
        if as_json:
            print_json(
                {
                    "effective": begins.isoformat(),
                    "in_force": rules is now,
                    "currency": limits.currency,
                    "business_days": limits.business_days,
                    "number_a_day": limits.number_a_day,
                    "market": limits.market,
                    "limits": {
                        kind or "none": {"day": one.day, "window": one.window}
                        for kind, one in limits.limits.items()
                    },
                }
            )
            continue
        mark = "* " if rules is now else "  "
        typer.echo(
            f"{mark}from {begins}: a day, {limits.business_days} business days ({limits.market}); "
            f"{limits.number_a_day} withdrawals a day"
        )
        for kind, one in limits.limits.items():
            day, window = (money(cents, limits.currency) for cents in (one.day, one.window))
            typer.echo(f"    {kind or 'none':<28}{day:>20}{window:>20}")


def money(cents: int | None, currency: str) -> str:
    """An amount for people: USD 1,234.50."""
    return UNLIMITED if cents is None else f"{currency} {cents // 100:,}.{cents % 100:02}"


def _left_fields(one: Left, currency: str) -> dict[str, Any]:
    return {
        "kind": None if one.kind is None else one.kind.value,
        "currency": currency,
        "left": one.left,
        "left_today": one.left_today,
        "left_in_window": one.left_in_window,
        "day": one.limit.day,
        "window": one.limit.window,
        "more_at": one.more_at,
        "unknown_since_backup": one.unknown_since_backup,
    }


def _left_line(one: Left, currency: str) -> str:
    kind = "without a device" if one.kind is None else one.kind.value
    if one.limit.day is None and one.limit.window is None:
        return f"{kind}: {UNLIMITED}"
    parts = [
        f"{kind}: {money(one.left, currency)}",
        f"today {money(one.left_today, currency)}",
        f"in the window {money(one.left_in_window, currency)}",
    ]
    if one.more_at is not None:
        parts.append(f"more at {moment(one.more_at)}")
    return "  ".join(parts)


def _withdrawal_line(one: Withdrawal, currency: str) -> str:
    amount = "unknown since the backup" if one.cents is None else money(one.cents, currency)
    kind = "-" if one.kind is None else one.kind.value
    parts = [one.reference, moment(one.at), amount, kind]
    if one.idempotency_key is not None:
        parts.append(f"key {one.idempotency_key}")
    parts += ["alarm"] * one.is_alarm
    return "  ".join(parts)
