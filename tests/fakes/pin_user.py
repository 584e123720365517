"""Somebody at a running token who changes its PIN, and the service that he asks."""

from collections.abc import Callable, Iterable
from functools import partial

from dsc.crypto.ocra import Suite, respond
from dsc.protocol.confirm import confirmation
from dsc.ui.keypad import CLEAR, HOLD, OK
from fakes import units
from fakes.nor_flash import NorFlash
from fakes.running_token import Item, RunningToken, typed

CHALLENGE = "123457"
CHANGE = "Change PIN"
STOP = (HOLD, CLEAR)
NEW = "8305"


def soft_flash(credentials=((units.LOGIN, ""),), pin: bytes = units.PIN) -> NorFlash:
    """The flash of a sealed soft token."""
    flash = NorFlash()
    units.seal_flash(flash, credentials, pin, units.LOW_ROUNDS, units.SERIAL)
    return flash


def token(flash: NorFlash, secret: bytes | None = None) -> RunningToken:
    """Power on."""
    return RunningToken(flash, units.UID, secret)


def menu(entry: str) -> Callable[[RunningToken], Iterable[Item]]:
    """From the first screen to an entry of the menu."""

    def find(running: RunningToken) -> Iterable[Item]:
        return [*"B" * (running.screen.lines.index(entry) - 1), OK]

    def open_it(_: RunningToken) -> Iterable[Item]:
        return ["D", find]

    return open_it


def service(key: bytes = units.fixed_key(0)) -> Callable[[RunningToken], Iterable[Item]]:
    """At the token's number: ask the service that has this key, and type its answer."""
    return partial(_ask_service, key)


def _ask_service(key: bytes, running: RunningToken) -> Iterable[Item]:
    return [OK, *typed(confirmation(key, units.SERIAL, running.screen.large))]


def change(old: str, new: str, key: bytes = units.fixed_key(0)) -> list[Item]:
    """A whole change, from the first screen to the notice at its end."""
    return [menu(CHANGE), *typed(old), *typed(new), *typed(new), service(key)]


def response_to(flash: NorFlash, pin: str, secret: bytes | None = None) -> str:
    """What the token answers to CHALLENGE after a boot, with this PIN."""
    return token(flash, secret).use(*typed(pin), *typed(CHALLENGE)).screen.large


def right_response(key: bytes = units.fixed_key(0)) -> str:
    """What it must answer with the right PIN."""
    return respond(Suite.parse(units.LOGIN), key, CHALLENGE)
