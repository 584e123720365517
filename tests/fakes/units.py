"""Simulated units whose flash is fixed to the last bit, so that their screens are the same in every run."""

import hashlib
import os
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from dsc.crypto import seal
from dsc.crypto.ocra import Suite
from dsc.protocol.extras import Form, Link
from dsc.protocol.records import (
    KIND_OPEN,
    KIND_PIN,
    KIND_SERVER,
    MODE_SOFT,
    Counter,
    Credential,
    Label,
    PinOffset,
    Root,
)
from dsc.protocol.transaction import Field
from dsc.vault.store import Vault
from host_tools.engines.unit import Unit
from host_tools.station.conversation import key_length
from simulated.flash import Flash

UID = bytes.fromhex("e6614103e7452d2f")
PIN = b"4711"
SERIAL = "DS-0815"
LOGIN = "OCRA-1:HOTP-SHA256-8:QN06"
LOW_ROUNDS = 16


@dataclass(frozen=True)
class Made:
    """A credential of a sealed unit: its suites, and what is linked to it; `form` are a transaction's fields."""

    login: str = LOGIN
    label: str = ""
    kind: int = KIND_PIN
    sign: str = ""
    server: str = ""
    form: tuple[Field, ...] = ()


def fixed(name, length):
    """Bytes that only look random."""
    return hashlib.shake_256(b"picodsc tests " + name.encode()).digest(length)


def blank_unit(folder: Path, **options) -> Unit:
    """A unit whose flash is erased."""
    folder.mkdir(parents=True, exist_ok=True)
    unit = Unit(folder / "flash.bin", UID, **options)
    unit.create_flash()
    return unit


def sealed_unit(
    folder: Path, credentials=((LOGIN, ""),), pin=PIN, rounds=LOW_ROUNDS, serial=SERIAL, **options
) -> Unit:
    """A sealed unit with one credential for each Made, or (login suite, label); keys come from `fixed_key`."""
    unit = blank_unit(folder, **options)
    with closing(Flash(str(unit.flash))) as flash:
        seal_flash(flash, credentials, pin, rounds, serial)
    return unit


def fixed_key(index, length=32):
    """The key of the unit's credential `index`."""
    return fixed(f"key {index}", length)


def secrets_of(pin=PIN, rounds=LOW_ROUNDS):
    """What a sealed unit has in it but must never show: name -> bytes."""
    target = bytes(48 + byte % 10 for byte in fixed("target", len(pin)))
    kek = seal.key_encryption_key(target, fixed("salt", 16), rounds, fixed("device secret", 32), UID)
    return {"target": target, "dek": fixed("dek", 32), "kek": bytes(kek), "key": fixed_key(0)}


def seal_flash(flash, credentials, pin, rounds, serial):
    """Write a sealed vault into `flash` with the firmware's own code and secrets from `fixed`."""
    hidden = secrets_of(pin, rounds)
    root = Root(
        serial,
        MODE_SOFT,
        0,
        len(pin),
        rounds,
        fixed("salt", 16),
        bytearray(fixed("device secret", 32)),
        bytes(seal.seal_dek(hidden["dek"], hidden["kek"])),
    )
    made, labels, counters, forms, links = [], [], [], [], []
    for index, wanted in enumerate(credentials):
        new = wanted if isinstance(wanted, Made) else Made(*wanted)
        credential = _sealed(serial, new, index, hidden["dek"])
        made.append(credential)
        counters.append(Counter(credential.id, 0))
        if new.label:
            labels.append(Label(credential.id, new.label))
        if new.form:
            fields = [(field.kind, field.label, field.decimals, field.currency) for field in new.form]
            forms.append(Form(credential.id, fields))
        if new.server:
            page = _page(serial, new.server, index)
            made.append(page)
            links.append(Link(credential.id, page.id))
    offset = PinOffset(seal.offset_between(hidden["target"], pin))
    return Vault.provision(flash, root, offset, made, labels, counters, forms=forms, links=links)


def identity(index):
    """The id of the unit's credential `index`."""
    return fixed(f"id {index}", 16)


def server_key(index, suite):
    """The key by which the unit's credential `index` checks its page: as long as the suite's hash."""
    return fixed(f"server key {index}", key_length(Suite.parse(suite).algorithm))


def _sealed(serial, new, index, dek):
    """Credential `index`, sealed under the DEK, or under the device secret if it needs no PIN."""
    nonce = fixed(f"nonce {index}", 16)
    credential = Credential(identity(index), serial, new.kind, 0, new.login, new.sign, "", nonce, bytes(32))
    if new.kind == KIND_OPEN:
        dek = seal.device_key(fixed("device secret", 32), UID, "open")
    credential.sealed_key = bytes(
        seal.seal_key(fixed_key(index), dek, credential.id, nonce, credential.header())
    )
    return credential


def _page(serial, suite, index):
    """The server key's credential of mutual mode."""
    nonce = fixed(f"server nonce {index}", 16)
    page = Credential(fixed(f"server id {index}", 16), serial, KIND_SERVER, 0, "", "", suite, nonce, b"")
    wrapping = seal.device_key(fixed("device secret", 32), UID, "server")
    page.sealed_key = bytes(seal.seal_key(server_key(index, suite), wrapping, page.id, nonce, page.header()))
    return page


def token_folder(folder: Path, unit: Unit, serial=SERIAL) -> Path:
    """Describe the unit, whose flash lies in `folder`, so that the command line takes it for a token."""
    (folder / "token.json").write_text(
        f'{{"format": 1, "board": "simulated", "uid": "{unit.uid.hex()}", "serial": "{serial}"}}'
    )
    return folder


def environment(**changes):
    """The process's environment with changes; None removes a variable."""
    changed = {**os.environ, **{name: value for name, value in changes.items() if value is not None}}
    return {
        name: value for name, value in changed.items() if name not in changes or changes[name] is not None
    }
