"""`picodsc device`: what users answer a login with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from host_tools.cli.challenge import verdict
from host_tools.cli.conversation import AnswerOption, BeginOption, PageOption, Steps, converse
from host_tools.cli.exits import FAILED, OK, USAGE, stop
from host_tools.cli.login_completion import complete_serial
from host_tools.cli.login_system import (
    NumberArgument,
    UserArgument,
    checked,
    login_system,
    moment,
    print_json,
)
from host_tools.cli.options import CredentialOption, JsonOption, checked_serial

if TYPE_CHECKING:
    from host_tools.login.devices import Device

KINDS: Final = ("dsc+", "dsc", "platinum", "gold", "alpine", "ib-key")  # that a token can be

app = typer.Typer(
    help="Give users devices, activate and end them.", no_args_is_help=True, rich_markup_mode=None
)


@app.command()
def add(
    user: UserArgument,
    serial: Annotated[str, typer.Argument(metavar="SERIAL", hidden=True, autocompletion=complete_serial)],
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind", metavar="|".join(KINDS), help="What it counts as; by default what its codes say."
        ),
    ] = None,
    credential: CredentialOption = None,
    active: Annotated[bool, typer.Option("--active", help="Active at once, by your word.")] = False,
) -> None:
    """Give a user a token.

    SERIAL is a token of the inventory, and no other user's. It is USER's device, ready to be activated by one
    right answer: 'picodsc device activate'. Prints its number.

    \b
    Example:
      picodsc device add alice DS-1001
    """
    name, serial = checked(user), checked_serial(serial)
    if kind is not None and kind not in KINDS:
        stop(f"--kind is one of {', '.join(KINDS)}", USAGE)
    from host_tools.login.device_life import add_token
    from host_tools.policy import DeviceKind

    with login_system() as system:
        of_kind = None if kind is None else DeviceKind(kind)
        made = add_token(system, name, serial, credential, of_kind, active=active)
    typer.echo(as_line(made))


@app.command()
def sms(user: UserArgument) -> None:
    """Give a user codes by text message.

    Active at once, for a USER who has nothing else to answer with yet, and a phone number.

    \b
    Example:
      picodsc device sms alice
    """
    name = checked(user)
    from host_tools.login.issuing import add_sms

    with login_system() as system:
        made = add_sms(system, name)
    typer.echo(as_line(made))


@app.command(name="list")
def list_devices(
    user: UserArgument,
    ended: Annotated[bool, typer.Option("--all", help="Those that have ended, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List a user's devices.

    With --json, one object a line. Times are UTC.

    \b
    Example:
      picodsc device list alice
    """
    name = checked(user)
    from host_tools.login.devices import devices

    with login_system() as system:
        found = devices(system, name)
    for one in found:
        if ended or one.ended_at is None:
            if as_json:
                print_json(as_fields(one))
            else:
                typer.echo(as_line(one))


@app.command()
def activate(
    user: UserArgument,
    number: NumberArgument,
    by_operator: Annotated[
        bool, typer.Option("--by-operator", help="By your word, without an answer of the device.")
    ] = False,
    page: PageOption = None,
    begin: BeginOption = False,
    answer: AnswerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Activate a device by one right answer.

    DEVICE is its number. What it is asked and answers goes as with 'picodsc challenge', in one step or two, and
    counts as a login does. Temporary devices end as soon as one that stays is active.

    \b
    Example:
      picodsc device activate alice 1
    """
    name = checked(user)
    steps = Steps(begin, answer, page, as_json)
    steps.check()
    from host_tools.login import activating
    from host_tools.login.accounts import checked_name
    from host_tools.login.device_life import activate_device

    with login_system() as system:
        if by_operator:
            if begin or answer is not None or page is not None:
                stop("--by-operator needs no answer: leave --begin, --answer and --page out", USAGE)
            activate_device(system, name, number)
            _say_activated(number, accepted=True, is_alarm=False, as_json=as_json)
            return
        found = converse(
            steps,
            lambda: activating.begin_activation_vouched(system, name, number),
            lambda reference, shown: activating.answer_activation_page(system, reference, shown),
            lambda reference, typed: activating.answer_activation(
                system, reference, typed, checked_name(name), number
            ),
        )
    _say_activated(found.device, accepted=found.accepted, is_alarm=found.is_alarm, as_json=as_json)
    raise typer.Exit(OK if found.accepted else FAILED)


@app.command()
def end(user: UserArgument, number: NumberArgument) -> None:
    """End a device: it answers no more.

    DEVICE is its number. Its sessions end, too. A token can be given again; a card or a passcode can't.

    \b
    Example:
      picodsc device end alice 1
    """
    name = checked(user)
    from host_tools.login.device_life import end_device

    with login_system() as system:
        end_device(system, name, number)
    typer.echo(f"device {number} of {name.lower()} has ended")


def as_fields(device: Device) -> dict[str, Any]:
    """A device as JSON has it."""
    method = device.method
    return {
        "device": device.id,
        "kind": device.kind.value,
        "state": device.state.value,
        "method": None if method is None else method.value,
        "serial": None if device.token is None else device.token.serial,
        "credential": None if device.token is None else device.token.label,
        "counter_unsure": device.token is not None and device.token.counter_unsure,
        "added_at": device.added_at,
        "activated_at": device.activated_at,
        "expires_at": device.expires_at,
        "ended_at": device.ended_at,
    }


def as_line(device: Device) -> str:
    """A device as people read it: number, kind, state, serial and credential, its end, and what is the matter."""
    token = "-" if device.token is None else device.token.serial
    label = "" if device.token is None else device.token.label
    until = "" if device.expires_at is None else f"until {moment(device.expires_at)}"
    unsure = "counter unsure" if device.token is not None and device.token.counter_unsure else ""
    parts = (str(device.id), device.kind.value, device.state.value, token, label, until, unsure)
    return "  ".join(part for part in parts if part)


def _say_activated(number: int, *, accepted: bool, is_alarm: bool, as_json: bool) -> None:
    if as_json:
        print_json({"accepted": accepted, "alarm": is_alarm, "device": number})
        return
    typer.echo(verdict(accepted=accepted, is_alarm=is_alarm))
    if accepted:
        typer.echo(f"device {number} is active")
