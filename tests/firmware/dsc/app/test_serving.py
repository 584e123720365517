"""The conversation with the station when there is no memory left for what it orders."""

from types import SimpleNamespace

import pytest

from dsc.app.serving import NO_MEMORY, Server
from dsc.protocol import messages, orders
from dsc.protocol.frames import FrameReader, encode_frame
from dsc.vault.store import SEALED, Vault
from fakes.factory_board import FactoryBoard
from fakes.factory_link import PIN, credential, order


class Station:
    """A link whose other end is the test."""

    def __init__(self) -> None:
        self.sent = bytearray()
        self._reader = FrameReader()
        self._arrived: list[tuple[int, bytearray]] = []

    def read(self) -> bytearray:
        data, self.sent = self.sent, bytearray()
        return data

    def write(self, data: bytearray) -> None:
        self._arrived += self._reader.feed(bytes(data))

    def answer(self) -> tuple[int, bytearray]:
        (answer,), self._arrived = self._arrived, []
        return answer


@pytest.fixture
def station() -> Station:
    return Station()


@pytest.fixture
def server(station) -> Server:
    board = FactoryBoard()
    board.link = station
    return Server(SimpleNamespace(board=board, now=lambda: 0, vault=Vault.mount(board.flash)))


def full(*_arguments):
    raise MemoryError("memory allocation failed, allocating 2048 bytes")


def ask(
    server: Server, station: Station, kind: int, payload: bytes | bytearray = b""
) -> tuple[int, bytearray]:
    station.sent = encode_frame(kind, payload)
    server.poll()
    return station.answer()


def provision() -> tuple[int, bytearray]:
    return messages.PROVISION, orders.encode_provision(order())


@pytest.mark.parametrize("broken", ["NewToken", "orders.decode_provision", "orders.encode_keys"])
def test_an_order_for_which_there_is_no_memory_is_refused_and_forgotten(server, station, monkeypatch, broken):
    with monkeypatch.context() as patch:
        patch.setattr(f"dsc.app.serving.{broken}", full)
        kind, payload = ask(server, station, *provision())
    assert kind == messages.ERROR
    assert messages.decode_error(payload) == ("MemoryError", NO_MEMORY)
    assert (server.busy, server.finished) == (False, False)
    assert ask(server, station, *provision())[0] == messages.KEYS


def test_a_frame_for_which_there_is_no_memory_is_refused_and_overwritten(server, station, monkeypatch):
    data = station.sent = encode_frame(*provision())
    with monkeypatch.context() as patch:
        patch.setattr(server._reader, "feed", full)
        assert not server.poll()
    assert messages.decode_error(station.answer()[1]) == ("MemoryError", NO_MEMORY)
    assert not any(data)


def test_a_token_that_runs_out_of_memory_while_it_is_written_restarts(server, station, monkeypatch):
    ask(server, station, *provision())
    with monkeypatch.context() as patch:
        patch.setattr("dsc.app.provisioning.Vault.provision_with", full)
        kind, _ = ask(server, station, messages.COMMIT)
    assert (kind, server.doubtful, server.finished) == (messages.ERROR, True, True)


def test_an_order_that_the_vault_has_no_room_for_is_refused_before_anything_is_erased(server, station):
    sign, form = "OCRA-1:HOTP-SHA256-8:QH64", ((2, "Account", 0, ""),)
    large = credential(label="One of many", sign=sign, server="OCRA-1:HOTP-SHA1-8:QN06", form=form)
    kind, _ = ask(server, station, messages.PROVISION, orders.encode_provision(order(*[large] * 60)))
    assert kind == messages.KEYS
    kind, payload = ask(server, station, messages.COMMIT)
    assert (kind, messages.decode_error(payload)[0]) == (messages.ERROR, "VaultFullError")
    assert (server.doubtful, server.finished, server.busy) == (False, False, False)
    assert server._token.board.flash.operations == 0
    assert ask(server, station, *provision())[0] == messages.KEYS


def test_after_the_keys_are_sent_only_the_pin_is_kept(server, station):
    assert ask(server, station, *provision())[0] == messages.KEYS
    kept = server._order
    assert (bytes(kept.pin), kept.credentials) == (PIN, [])
    assert not any(kept.entropy)
    assert server._new.keys == []
    assert ask(server, station, messages.COMMIT)[0] == messages.SEALED
    assert server._token.vault.state == SEALED
