"""The stream to the station: the bytes of the USB REPL, taken from it while a station is served."""

import select
import sys

import machine

import micropython
from dsc.crypto.memory import wipe
from dsc.protocol.frames import READY

try:
    import native
except ImportError:  # a stock MicroPython (develop.py)
    native = None  # type: ignore[assignment]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

TICK_MS = 20
READ_BYTES = 256
NO_INTERRUPT = -1
CTRL_C = 3


class Link:
    """While it is closed, the REPL has the stream, and a timer calls what was lent the time."""

    def __init__(self) -> None:
        self._tick: Callable[[], None] | None = None
        self._timer: machine.Timer | None = None
        self._byte = bytearray(1)
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)

    def lend(self, tick: "Callable[[], None]") -> None:
        """From now on call `tick` every 20 ms while the REPL waits or runs."""
        self._tick = tick
        self.close()

    def open(self) -> None:
        if self._timer:
            self._timer.deinit()
            self._timer = None
        micropython.kbd_intr(NO_INTERRUPT)  # any byte may stand in a frame
        if native:
            native.watch(True)
        self.write(READY)

    def close(self) -> None:
        if native:
            native.watch(False)  # whoever sits at the REPL may take his time
        micropython.kbd_intr(CTRL_C)
        if self._tick and not self._timer:
            self._timer = machine.Timer(
                -1, period=TICK_MS, mode=machine.Timer.PERIODIC, callback=self._on_timer
            )

    def read(self) -> bytearray:
        """What has arrived, at most READ_BYTES of it, in a buffer of its own."""
        data = bytearray(READ_BYTES)
        used = 0
        while used < READ_BYTES and self._poll.poll(0):
            sys.stdin.buffer.readinto(self._byte)  # a longer read would wait for as many bytes as it asks for
            data[used] = self._byte[0]
            used += 1
        arrived = data[:used]
        wipe(data, self._byte)
        return arrived

    def write(self, data: "bytes | bytearray") -> None:
        sys.stdout.buffer.write(data)

    def _on_timer(self, _timer: machine.Timer) -> None:
        if self._tick:
            self._tick()
