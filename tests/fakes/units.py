"""Simulated units whose flash is fixed to the last bit, so that their screens are the same in every run."""

import hashlib
import os
from contextlib import closing
from pathlib import Path

from dsc.crypto import seal
from dsc.protocol.records import KIND_PIN, MODE_SOFT, Counter, Credential, Label, PinOffset, Root
from dsc.vault.store import Vault
from host_tools.engines.unit import Unit
from simulated.flash import Flash

UID = bytes.fromhex("e6614103e7452d2f")
PIN = b"4711"
SERIAL = "DS-0815"
LOGIN = "OCRA-1:HOTP-SHA256-8:QN06"
LOW_ROUNDS = 16


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
    """A sealed unit with one credential for each (login suite, label); keys come from `fixed_key`."""
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
    made, labels, counters = [], [], []
    for index, (suite, label) in enumerate(credentials):
        identity = fixed(f"id {index}", 16)
        credential = Credential(
            identity, serial, KIND_PIN, 0, suite, "", "", fixed(f"nonce {index}", 16), bytes(32)
        )
        credential.sealed_key = bytes(
            seal.seal_key(fixed_key(index), hidden["dek"], identity, credential.nonce, credential.header())
        )
        made.append(credential)
        counters.append(Counter(identity, 0))
        if label:
            labels.append(Label(identity, label))
    return Vault.provision(
        flash, root, PinOffset(seal.offset_between(hidden["target"], pin)), made, labels, counters
    )


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
