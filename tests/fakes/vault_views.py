"""Vaults that the views of `picodsc vault inspect` are tested with, and short words for what a view shows."""

from contextlib import suppress

from dsc.vault.store import Vault
from fakes.nor_flash import SECTOR, NorFlash, PowerCut
from fakes.vault_contents import contents
from host_tools.vault_image.view import Status, view

SMALL = 2 * SECTOR
NEW = [
    ("root", Status.VALID),
    ("PIN offset", Status.VALID),
    ("credential", Status.VALID),
    ("credential", Status.VALID),
    ("label", Status.VALID),
    ("counter", Status.VALID),
    ("seal", Status.VALID),
    ("seal", Status.VALID),
]


def made(of=None, size=SMALL):
    flash = NorFlash(size)
    return flash, Vault.provision(flash, **(of or contents()))


def seen(flash):
    return view(bytes(flash.cells))


def cut(flash, action, operation, tear=None):
    """Lose power before an operation of an action, or while it tears."""
    flash.cut(operation, tear)
    with suppress(PowerCut):
        action()
    return seen(flash)


def entries(shown, half=0):
    return shown.halves[half].entries


def listed(shown, half=0):
    return [(entry.type, entry.status) for entry in entries(shown, half)]


def values(entry):
    return {field.name: field.value for field in entry.fields}


def secrets(entry):
    return {field.name for field in entry.fields if field.secret}
