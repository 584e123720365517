"""The serial port of an emulated Pico as a device file, so that programs open it as they open a real one."""

import os
import select
import threading
import tty
from pathlib import Path

from host_tools.emulator.pico import Pico

STEP_MS = 2
CHUNK = 4096


class PtyPort:
    """Runs `pico`, whose USB is plugged, in a thread of its own, and passes bytes on; `path` becomes the port.

    Under its own name mpremote would know the pseudo-terminal, and wait for bytes without end.
    """

    def __init__(self, pico: Pico, path: Path) -> None:
        self._pico = pico
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path = path
        path.symlink_to(os.ttyname(self._slave))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "PtyPort":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        os.close(self._slave)
        os.close(self._master)

    def _run(self) -> None:
        while not self._stop.is_set():
            readable, _, _ = select.select([self._master], [], [], 0)
            if readable:
                self._pico.usb.send(os.read(self._master, CHUNK))
            self._pico.run(STEP_MS)
            data = self._pico.usb.receive()
            while data:
                data = data[os.write(self._master, data) :]
