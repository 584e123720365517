"""The desk with a real board on it, tried with an emulated one behind a serial port of this machine."""

import io
import sys

import pytest

from dsc.protocol import messages
from fakes.factory_link import FactoryLink
from fakes.plugged_pico import UID, PluggedPico
from fakes.pty_port import PtyPort
from hil.desk import RealDesk, WrongBoardError, require_board


class Device:
    """A serial port as the system lists it."""

    def __init__(self, device: str, serial_number: str | None) -> None:
        self.device = device
        self.serial_number = serial_number


def test_no_board_but_the_named_one_is_touched():
    present = [Device("/dev/ttyACM0", "E6614103E7452D2F"), Device("/dev/ttyS0", None)]
    require_board("/dev/ttyACM0", "e6614103e7452d2f", present)
    for port, uid in (
        ("/dev/ttyACM0", "e6614103e7452d20"),
        ("/dev/ttyACM1", "e6614103e7452d2f"),
        ("/dev/ttyS0", "e6614103e7452d2f"),
    ):
        with pytest.raises(WrongBoardError, match="is not the board"):
            require_board(port, uid, present)


def test_repl_and_link_of_a_board_on_a_port_are_used_in_turn(rp2040, tmp_path):
    with PtyPort(PluggedPico(rp2040).pico, tmp_path / "ttyACM0") as port:
        present = [Device(str(port.path), UID.hex().upper())]
        desk = RealDesk(str(port.path), UID.hex(), lambda: present)
        assert desk.usb_serial() == UID.hex()
        for _ in range(2):
            assert desk.ask("print(1 + 1)") == "2"
            assert FactoryLink(desk).state() == messages.VAULT_BLANK
            desk.drop_link()
        assert desk.ask("import sys; print(sys.path)") == "['.frozen']"
        assert desk.comes_back()


def test_whoever_sits_there_types_what_the_display_shows(monkeypatch):
    desk = RealDesk("/dev/ttyACM0", UID.hex(), lambda: [Device("/dev/ttyACM0", UID.hex())])
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\nn\n 1234 5678 \n"))
    assert desk.shows("Is it?", lambda frame: False)
    assert not desk.shows("Is it?", lambda frame: True)
    assert desk.log_in("7294", "314159") == "12345678"
