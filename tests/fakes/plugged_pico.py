"""An emulated Pico with any image, display and keypad, on a USB cable that can be pulled."""

from pathlib import Path

from host_tools.emulator.pico import Pico
from host_tools.emulator.serial_port import EmulatedSerial, open_transport
from host_tools.emulator.ssd1306 import SSD1306
from host_tools.engines.interpreters import BOARDS
from host_tools.engines.repl_link import ReplLink
from host_tools.simulator.screen_reader import read_screen
from host_tools.wiring import pin_map

UID = bytes.fromhex("e6614103e7452d2f")
PLUG_NANOS = 5e9
PATIENCE_NANOS = 8e9
REST_MS = 200  # in which the packets of an answer follow the first


class CountingSerial(EmulatedSerial):
    """A port that counts what is sent, and whose cable is pulled at `pulled_at` bytes."""

    sent = 0
    pulled_at: int | None = None

    def write(self, data: bytes) -> int:
        self.sent += len(data)
        if self.pulled_at is not None and self.sent >= self.pulled_at:
            self._usb.unplug()
        return super().write(data)


class PluggedPico:
    """The board; made with power and the cable plugged. `flash` is all of an earlier one's flash."""

    name = "plugged"

    def __init__(self, image: Path, flash: bytes | None = None, *, display: bool = True) -> None:
        pins = pin_map.load(BOARDS / "pico" / "pins.py")
        self.pico = Pico(uid=UID)
        if flash is None:
            self.pico.load_uf2(image)
        else:
            self.pico.load(0, flash)
        self.display = SSD1306()
        if display:
            self.pico.attach_i2c(pins.i2c_id, self.display)
        self.pico.attach_keypad(pins.rows, pins.columns)
        self._link: ReplLink | None = None
        self.plug()

    @property
    def flash(self) -> bytes:
        return bytes(self.pico.flash.data)

    @property
    def text(self) -> str:
        """What is on the display."""
        return read_screen(self.display.frame()).text

    def plug(self) -> None:
        """Give it power anew, over the cable."""
        self.pico.unplug_usb()
        self.pico.power_off()
        self.pico.power_on()
        self.pico.plug_usb()
        assert self.pico.chip.run_until(lambda: self.pico.usb.connected, PLUG_NANOS)

    def open(self, pulled_at: int | None = None):
        """mpremote's transport to its REPL."""
        serial = CountingSerial(self.pico.usb, self.pico.run)
        serial.pulled_at = pulled_at
        return open_transport(serial)

    # As much of an engine as a station's link needs, to the firmware that was started at the REPL.

    def run(self, milliseconds: int) -> None:
        self.pico.run(milliseconds)

    def settle(self) -> None:
        """Until there is an answer, or nothing for 8 s: what comes first is compiled first."""
        self.pico.chip.run_until(lambda: self.pico.usb.waiting > 0, PATIENCE_NANOS)
        self.pico.run(REST_MS)

    def link_send(self, data: bytes) -> None:
        if self._link is None:
            self._link = ReplLink(self.open())
        self._link.send(data)

    def link_receive(self) -> bytes:
        return self._link.receive() if self._link else b""
