"""The passphrase or PIN of the master key, asked for once and handed to every worker.

The parent of the workers opens no inventory itself: neither a PKCS#11 session nor a database connection survives a
fork. A child of its own tries it, and asks the parent for what the master key needs.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from dsc.crypto.memory import wipe
from host_tools.inventory.custody import Ask
from host_tools.inventory.errors import InventoryError
from host_tools.login.serving.errors import OpeningError, SecretNotAskedError

PASSPHRASE: Final = b"P"
PIN: Final = b"N"
_OPENED: Final = b"O"
_FAILED: Final = b"F"
_LENGTH: Final = 4  # bytes before a secret or a message, big-endian


class Opens(Protocol):
    """Opens what a worker needs, and closes it when it is used up: an inventory."""

    def __call__(self, *, ask: Ask, pin: Ask) -> Closes: ...


class Closes(Protocol):
    """What was opened."""

    def close(self) -> None: ...


@dataclass(slots=True)
class MasterKeySecrets:
    """What was asked for, by kind. `wipe` it."""

    known: dict[bytes, bytearray] = field(default_factory=dict)

    def passphrase(self) -> bytearray:
        """A copy of the passphrase; whoever gets it wipes it. Raises SecretNotAskedError if none was asked for."""
        return self._copy(PASSPHRASE)

    def pin(self) -> bytearray:
        """A copy of the PIN; as `passphrase`."""
        return self._copy(PIN)

    def wipe(self) -> None:
        """Forget them."""
        for one in self.known.values():
            wipe(one)
        self.known.clear()

    def _copy(self, kind: bytes) -> bytearray:
        if kind not in self.known:
            raise SecretNotAskedError
        return bytearray(self.known[kind])


def tried(opens: Opens, ask: Ask, pin: Ask) -> MasterKeySecrets:
    """Open the inventory in a child, once, which also brings an older one up to date; and keep what it asked for.

    Raises OpeningError with the inventory's own message, and what `ask` and `pin` do.
    """
    ours, theirs = socket.socketpair()
    with ours, theirs:
        child = os.fork()
        if child == 0:
            ours.close()
            _try(opens, theirs)  # does not return
        theirs.close()
        secrets = MasterKeySecrets()
        try:
            _answer(ours, secrets, {PASSPHRASE: ask, PIN: pin})
        except BaseException:
            secrets.wipe()
            raise
        finally:
            ours.close()  # a child that still asks gets no answer, and ends
            os.waitpid(child, 0)
    return secrets


def _try(opens: Opens, parent: socket.socket) -> None:
    """In the child: open and close, and say how it went."""

    def asking(kind: bytes) -> Callable[[], bytearray]:
        def ask() -> bytearray:
            parent.sendall(kind)
            return _received(parent)

        return ask

    try:
        opens(ask=asking(PASSPHRASE), pin=asking(PIN)).close()
        parent.sendall(_OPENED)
    except InventoryError as error:
        _send(parent, _FAILED, bytearray(str(error).encode()))
    except BaseException as error:  # noqa: BLE001 - it ends here: what is above belongs to the parent
        _send(parent, _FAILED, bytearray(f"opening it ended by {type(error).__name__}".encode()))
    finally:
        os._exit(0)


def _answer(child: socket.socket, secrets: MasterKeySecrets, asks: dict[bytes, Ask]) -> None:
    while (kind := child.recv(1)) != _OPENED:
        if kind == b"":
            raise OpeningError("the process that opened it ended early")
        if kind == _FAILED:
            raise OpeningError(_received(child).decode())
        if kind not in secrets.known:
            secrets.known[kind] = asks[kind]()
        _send(child, b"", secrets.known[kind])


def _send(to: socket.socket, kind: bytes, content: bytearray) -> None:
    to.sendall(kind + len(content).to_bytes(_LENGTH, "big"))
    to.sendall(content)


def _received(peer: socket.socket) -> bytearray:
    length = bytearray(_LENGTH)
    _fill(peer, length)
    content = bytearray(int.from_bytes(length, "big"))
    _fill(peer, content)
    return content


def _fill(peer: socket.socket, content: bytearray) -> None:
    view = memoryview(content)
    while view:
        taken = peer.recv_into(view)
        if taken == 0:
            raise ConnectionResetError
        view = view[taken:]
