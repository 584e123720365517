"""A blank token on the desk, as the hardware checks use it: a real one with a person beside it, or the emulated one."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from serial.tools import list_ports

from host_tools.device import ports
from host_tools.device.errors import BoardLeftError
from host_tools.device.repl import Repl
from host_tools.display.frame import Frame
from host_tools.emulator.serial_port import EmulatedSerial, open_transport
from host_tools.engines.repl_link import ReplLink
from host_tools.engines.rp2040 import PicoEngine
from host_tools.simulator.login import respond

RESTART_MS = 10_000  # until a board that restarts is on USB again
AWAY_MS = 3000  # that the emulated one is watched for; it is up after a tenth of that
ANSWER_MS = 3000  # until a station has its answer, where nothing is computed for it
KEY_MS = 20_000  # that a person has for a key
RESET = "import machine; machine.reset()"

# What is printed on the keys, with the firmware's name for each and the emulated keypad's.
KEYS = {
    **{digit: (digit, digit) for digit in "1234567890"},
    "*": ("CLR", "*"),
    "#": ("OK", "#"),
    **{letter: (letter, f"F{letter}") for letter in "ABCD"},
}

# The firmware's own keypad code, while nobody else polls it.
WATCH = """
from dsc.app import factory
_token = factory._waiting._token
def _key(milliseconds):
    _token.board.link.open()
    try:
        _token.keypad.forget()
        end = _token.now() + milliseconds
        while _token.now() < end:
            event = _token.keypad.poll()
            if event:
                _token.keypad.wait_released(lambda: None)
                return event[1]
            _token.board.clock.sleep(5)
    finally:
        _token.board.link.close()
"""


class WrongBoardError(Exception):
    """The device on the port is not the one that was named; it has not been touched."""

    def __init__(self, port: str, wanted: str, found: str | None) -> None:
        what = "there is no USB device" if found is None else f"the device there has the USB serial {found}"
        super().__init__(f"{port} is not the board {wanted}: {what}")
        self.port = port
        self.found = found


def require_board(port: str, uid: str, present: Iterable[object]) -> None:
    """Raises WrongBoardError unless the USB device on `port`, of those `present`, has the serial `uid`."""
    serials = {each.device: each.serial_number for each in present}
    found = serials.get(port)
    if port not in serials or (found or "").lower() != uid.lower():
        raise WrongBoardError(port, uid, found)


class Desk:
    """What both kinds share: a REPL, an engine's link to the factory, and keys."""

    name = "desk"
    link: ReplLink | None = None

    @contextmanager
    def repl(self) -> Iterator[Repl]:
        """The raw REPL; it is left, and the port closed, at the end."""
        transport = self.open()
        try:
            repl = Repl(transport)
            repl.interrupt()
            yield repl
            repl.leave()
        finally:
            ports.close(transport)

    def ask(self, code: str) -> str:
        """What `code` prints on the board, but for what the link says of itself."""
        with self.repl() as repl:
            return repl.run(code, "being checked").replace("serving\r\n", "").strip()

    def restart(self) -> None:
        """Reset the board by its REPL, and wait until it is there again."""
        transport = self.open()
        try:
            repl = Repl(transport)
            repl.interrupt()
            repl.run(RESET, "restarting")
        except BoardLeftError:
            pass
        finally:
            ports.close(transport)
        assert self.comes_back(), f"the board was not on USB again within {RESTART_MS // 1000} s"

    def link_send(self, data: bytes) -> None:
        if self.link is None:
            self.link = ReplLink(self.open())
        self.link.send(data)

    def link_receive(self) -> bytes:
        return self.link.receive() if self.link else b""

    def drop_link(self) -> None:
        """The station goes, whatever it was doing."""
        if self.link is not None:
            self.link.close()
            self.link = None

    def leave_link(self) -> None:
        """The station leaves as it should."""
        self.link_send(b"\r\x03")
        self.run(100)
        self.drop_link()


class EmulatedDesk(Desk):
    """The emulated Pico, switched on; it presses its keys itself and looks at its own pixels."""

    emulated = True
    sealed = False

    def __init__(self, engine: PicoEngine, uid: bytes) -> None:
        self.engine = engine
        self.uid = uid
        self.pico.plug_usb()
        assert self.comes_back()

    @property
    def pico(self):
        return self.engine.pico

    def open(self):
        return open_transport(EmulatedSerial(self.pico.usb, self.pico.run))

    def usb_serial(self) -> str:
        return self.pico.usb.serial_number.lower()

    def comes_back(self) -> bool:
        self.run(10)
        return self.pico.chip.run_until(lambda: self.pico.usb.connected, RESTART_MS * 1e6)

    def stays_away(self) -> bool:
        pull_ups = self.pico.usb.pull_ups
        self.run(AWAY_MS)
        return self.pico.usb.pull_ups == pull_ups and not self.pico.usb.pulled_up

    def run(self, milliseconds: int) -> None:
        self.pico.run(milliseconds)

    def settle(self) -> None:
        self.engine.settle()

    def key_seen(self, key: str) -> str:
        """What the firmware makes of a press of `key`."""
        name, now = KEYS[key][1], self.pico.chip.nanos
        with self.repl() as repl:
            repl.run(WATCH, "being prepared")
            now = self.pico.chip.nanos
            self.pico.chip.at(now + 200e6, lambda: self.engine.press(name))
            self.pico.chip.at(now + 320e6, lambda: self.engine.release(name))
            return _last_line(repl.run("print(_key(1000))", "watching its keys"))

    def shows(self, question: str, check: Callable[[Frame], bool]) -> bool:
        return check(self.engine.frame())

    def log_in(self, pin: str, challenge: str) -> str:
        self.engine.settle()
        return respond(self.engine, pin, challenge, lambda name, frame: None)


class RealDesk(Desk):
    """A board on a serial port; keys and eyes are those of whoever sits before it."""

    emulated = False
    sealed = False

    def __init__(
        self, port: str, uid: str, present: Callable[[], Iterable[object]] = list_ports.comports
    ) -> None:
        """`present` names the serial ports that there are. Raises WrongBoardError before the port is opened."""
        require_board(port, uid, present())
        self._present = present
        self.port = port
        self.uid = bytes.fromhex(uid)

    def open(self):
        self._transport = ports.open_transport(self.port)
        return self._transport

    def usb_serial(self) -> str:
        (serial,) = [each.serial_number for each in self._present() if each.device == self.port]
        return serial.lower()

    def comes_back(self) -> bool:
        """Whether it is on USB again; the system may have given it another port."""
        end = time.monotonic() + RESTART_MS / 1000
        time.sleep(1)
        while time.monotonic() < end:
            if port := self._port():
                self.port = port
                time.sleep(0.5)  # until the system lets it be opened
                return True
            time.sleep(0.1)
        return False

    def stays_away(self) -> bool:
        time.sleep(1)
        end = time.monotonic() + RESTART_MS / 1000
        while time.monotonic() < end:
            if self._port():
                return False
            time.sleep(0.1)
        return True

    def run(self, milliseconds: int) -> None:
        time.sleep(milliseconds / 1000)

    def settle(self) -> None:
        """Until an answer has come, or none will."""
        end = time.monotonic() + ANSWER_MS / 1000
        while self._waiting() == 0 and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(0.1)  # for its last byte

    def _waiting(self) -> int:
        return self._transport.serial.in_waiting

    def key_seen(self, key: str) -> str:
        with self.repl() as repl:
            repl.run(WATCH, "being prepared")
            print(f"\n  press {key} … ", end="", flush=True)
            seen = _last_line(repl.run(f"print(_key({KEY_MS}))", "watching its keys", KEY_MS / 1000 + 5))
            print(f"the board saw {seen}", flush=True)
            return seen

    def shows(self, question: str, check: Callable[[Frame], bool]) -> bool:
        return input(f"\n  {question} y/n: ").strip().lower() == "y"

    def log_in(self, pin: str, challenge: str) -> str:
        print(f"\n  The token restarts. Type its PIN {pin} and #, then the challenge {challenge} and #.")
        return "".join(input("  The response that it shows: ").split())

    def _port(self) -> str | None:
        return next(
            (each.device for each in self._present() if (each.serial_number or "").lower() == self.uid.hex()),
            None,
        )


def _last_line(said: str) -> str:
    return said.split()[-1]
