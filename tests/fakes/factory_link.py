"""A station that may say anything: messages to a token in its factory state, in any order, whole or in pieces."""

import hashlib

from dsc.protocol import messages, orders
from dsc.protocol.frames import FrameReader, encode_frame
from dsc.protocol.records import KIND_PIN, MODE_SOFT
from host_tools.engines.base import Engine

PIN = b"90210763"
SERIAL = "DS-4242"
LOGIN = "OCRA-1:HOTP-SHA256-8:QN06"
ENTROPY = hashlib.shake_256(b"entropy of the station").digest(orders.ENTROPY_SIZE)
ROUNDS = 16
STEP_MS = 20


def credential(**changes: object) -> orders.CredentialOrder:
    """An order of one credential; `changes` are its fields."""
    return orders.CredentialOrder(**{"kind": KIND_PIN, "login": LOGIN, **changes})


def order(*credentials: orders.CredentialOrder, **changes: object) -> orders.Provision:
    """An order of a token, by default with one credential; `changes` are its fields."""
    fields = {
        "entropy": bytearray(ENTROPY),
        "mode": MODE_SOFT,
        "flags": 0,
        "rounds": ROUNDS,
        "serial": SERIAL,
        "pin": bytearray(PIN),
        "credentials": list(credentials) or [credential()],
    }
    for name, value in changes.items():
        fields[name] = bytearray(value) if isinstance(value, bytes) else value
    return orders.Provision(**fields)


class FactoryLink:
    """Frames to and from the engine's token."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = FrameReader()

    def send(self, data: bytes | bytearray) -> list[tuple[int, bytearray]]:
        """Send bytes as they are; the (kind, payload) of what comes back soon."""
        self._engine.link_send(bytes(data))
        self._engine.run(2 * STEP_MS)
        self._engine.settle()
        return self.receive()

    def receive(self) -> list[tuple[int, bytearray]]:
        """What has come back by now."""
        return self._reader.feed(self._engine.link_receive())

    def ask(self, kind: int, payload: bytes | bytearray = b"") -> tuple[int, bytearray]:
        """Send one message; its one answer."""
        (answer,) = self.send(encode_frame(kind, payload))
        return answer

    def refused(self, kind: int, payload: bytes | bytearray = b"") -> tuple[str, str]:
        """Send one message that the token must refuse; the error's name and words."""
        got, answer = self.ask(kind, payload)
        assert got == messages.ERROR
        return messages.decode_error(answer)

    def state(self) -> int:
        """Ask how the token's vault is."""
        kind, answer = self.ask(messages.HELLO, messages.encode_hello())
        assert kind == messages.IDENTITY
        return messages.decode_identity(answer).vault

    def provision(self, wanted: orders.Provision | None = None) -> list[tuple[bytes, bytearray]]:
        """Order a token; the id and key of each credential."""
        return [(each.id, each.key) for each in self.key_sets(wanted)[0]]

    def key_sets(self, wanted: orders.Provision | None = None) -> tuple[list[orders.KeySet], bytearray]:
        """Order a token; all that it reports: the keys of each credential, and the unlock secret."""
        kind, answer = self.ask(messages.PROVISION, orders.encode_provision(wanted or order()))
        assert kind == messages.KEYS
        return orders.decode_keys(answer)

    def commit(self) -> None:
        """Let the token seal what was ordered."""
        assert self.ask(messages.COMMIT) == (messages.SEALED, b"")
