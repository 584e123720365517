"""An inventory of its own, and a token made of lies where a test wants them."""

import pytest

from dsc.crypto.ocra import Suite, respond
from dsc.protocol import messages, orders
from dsc.protocol.frames import FrameReader, encode_frame
from host_tools.display.frame import Frame
from host_tools.inventory import Inventory, Location

UID = bytes.fromhex("e6614103e7452d2f")


class FakeToken:
    """An engine whose token keeps to the protocol, but for the answers that a test puts in place of its own.

    `lies` has, by the kind of the message asked, a function from its payload to the bytes sent back.
    """

    name = "fake"
    powered = True
    faults = ()
    build = "0123abcd"

    def __init__(self):
        self.lies = {}
        self.asked = []
        self.time = 0
        self._reader = FrameReader()
        self._out = b""
        self.ordered = None
        self._keys = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def power_on(self):
        pass

    def power_off(self):
        pass

    def close(self):
        pass

    def frame(self):
        return Frame(128, 64, [bytes(128)] * 64)

    def run(self, milliseconds):
        self.time += milliseconds

    def link_send(self, data):
        for kind, payload in self._reader.feed(data):
            self.asked.append(kind)
            answer = self.lies.get(kind, lambda payload, kind=kind: self.honest(kind, payload))
            self._out += answer(payload)

    def link_receive(self):
        data, self._out = self._out, b""
        return data

    def honest(self, kind, payload):
        """The frame that a good token answers with."""
        if kind == messages.HELLO:
            identity = messages.Identity(
                "simulated", UID, "0.1.0", messages.VAULT_BLANK, messages.SELF_TEST_PASSED, self.build
            )
            return bytes(encode_frame(messages.IDENTITY, messages.encode_identity(identity)))
        if kind == messages.PROVISION:
            self.ordered = orders.decode_provision(payload)
            self._keys = [
                orders.KeySet(bytes([number]) * 16, bytearray([64 + number]) * wanted.key_length)
                for number, wanted in enumerate(self.ordered.credentials)
            ]
            return bytes(encode_frame(messages.KEYS, orders.encode_keys(self._keys)))
        if kind == messages.COMMIT:
            return bytes(encode_frame(messages.SEALED))
        if kind == messages.PROVE:
            credential_id, question = messages.decode_prove(payload)
            suite = Suite.parse(self.ordered.credentials[0].login)
            response = respond(suite, bytes([64 + credential_id[0]]) * 32, question)
            return bytes(encode_frame(messages.PROOF, messages.encode_proof(response)))
        return bytes(encode_frame(messages.BYE))


@pytest.fixture
def fake():
    return FakeToken()


@pytest.fixture
def inventory(tmp_path):
    with Inventory.open(Location.inside(tmp_path / "inventory")) as opened:
        yield opened
