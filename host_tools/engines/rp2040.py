"""The real image on an emulated Pico, with a display, a keypad and, for the station, a USB cable."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Final, Self

from host_tools.display.frame import Frame
from host_tools.emulator.pico import Pico
from host_tools.emulator.serial_port import EmulatedSerial, open_transport
from host_tools.emulator.ssd1306 import SSD1306
from host_tools.engines import images
from host_tools.engines.errors import EngineError, FirmwareStoppedError, LinkError, PoweredOffError
from host_tools.engines.image_lock import ImageLock
from host_tools.engines.interpreters import BOARDS
from host_tools.engines.keys import position
from host_tools.engines.repl_link import ReplLink
from host_tools.engines.unit import FLASH_SIZE
from host_tools.wiring import pin_map

if TYPE_CHECKING:
    from mpremote.transport_serial import SerialTransport

    from host_tools.emulator.keypad import Keypad
    from host_tools.emulator.nor_flash import FlashOperation
    from host_tools.engines.unit import Unit

UID_BYTES: Final = 8
MILLISECOND: Final = 1e6  # in nanoseconds
ATTENTIVE_MS: Final = (
    40  # that the firmware waits for keys after each movement of one: it scans several times
)
LONGEST_PAUSE_MS: Final = 12  # between two waits that are still the same wait: scanning takes a part of this
PATIENCE_MS: Final = 120_000  # for firmware that computes
PLUG_MS: Final = 3000  # until a host has recognised the device


class PicoEngine:
    """An engine whose firmware is a UF2 image, and whose clock is the emulated chip's.

    Milliseconds are the chip's own, and computing takes some: `settle` waits for what a person would wait for.
    """

    name = images.RP2040

    def __init__(self, unit: Unit, image: Path) -> None:
        self.display = SSD1306()
        self.pico: Pico | None = None
        self.on_wired: list[Callable[[Pico], None]] = []  # given each new Pico before it has power
        self._unit = unit
        self._image = image
        self._lock = ImageLock(unit.flash)
        self._pins = pin_map.load(BOARDS / "pico" / "pins.py")
        self._store: BinaryIO | None = None
        self._keypad: Keypad | None = None
        self._link: ReplLink | None = None
        self._faults: list[str] = []
        self._begun_at = 0.0

    @property
    def powered(self) -> bool:
        return self.pico is not None

    @property
    def flash_image(self) -> Path:
        return self._unit.flash

    @property
    def faults(self) -> list[str]:
        return self._faults

    def power_on(self, holding: Iterable[str] = ()) -> None:
        if self.pico is not None:
            return
        down = [position(key) for key in holding]
        self._lock.take()
        try:
            self.pico = self._wired()
            for row, column in down:
                self._keypad.press(row, column)  # type: ignore[union-attr]  # wired above
            self.pico.power_on()
            self.settle()
        except BaseException:
            self.power_off()
            raise

    def power_off(self) -> None:
        self._drop_link()
        if self.pico is not None:
            self.pico.power_off()
            if self._store is not None:  # an operation that was under way is torn
                self._store.seek(0)
                self._store.write(bytes(self.pico.flash.data[self._region(self.pico) :]))
        self.pico = self._keypad = None
        if self._store is not None:
            self._store.close()
            self._store = None
        self.display.reset()
        self._lock.release()

    def press(self, key: str) -> None:
        self._require()
        assert self._keypad is not None  # noqa: S101 - for the type checker
        self._keypad.press(*position(key))

    def release(self, key: str) -> None:
        self._require()
        assert self._keypad is not None  # noqa: S101 - for the type checker
        self._keypad.release(*position(key))

    def run(self, milliseconds: int) -> None:
        pico = self._require()
        if milliseconds > 0:
            pico.run(milliseconds)

    def settle(self) -> None:
        """Let time pass until the firmware has waited, for keys or the link, for ATTENTIVE_MS in all."""
        pico = self._require()
        chip = pico.chip
        waited, busy, last = 0.0, 0.0, chip.nanos
        end = chip.nanos + PATIENCE_MS * MILLISECOND
        while waited < ATTENTIVE_MS * MILLISECOND:
            if chip.nanos >= end:
                raise FirmwareStoppedError(
                    self.name, f"it has not waited for a key for {PATIENCE_MS // 1000} s"
                )
            chip.run_for(MILLISECOND)
            busy += chip.nanos - last
            if chip.last_idle_nanos > last:
                if busy <= LONGEST_PAUSE_MS * MILLISECOND:
                    waited += busy
                busy = 0.0
            last = chip.nanos

    def frame(self) -> Frame:
        return self.display.frame()

    def link_send(self, data: bytes) -> None:
        self._require()
        if data:
            if self._link is None:
                self._link = self._connect()
            self._link.send(data)

    def link_receive(self) -> bytes:
        return self._link.receive() if self._link else b""

    def plugged_transport(self) -> SerialTransport:
        """mpremote's transport to the token's REPL, its cable plugged in. Raises PoweredOffError, LinkError."""
        pico = self._require()
        pico.plug_usb()
        if not pico.chip.run_until(lambda: pico.usb.connected, PLUG_MS * MILLISECOND):
            pico.unplug_usb()
            raise LinkError("the token does not answer on USB: it is sealed, or does not run")
        return open_transport(EmulatedSerial(pico.usb, pico.run))

    def close(self) -> None:
        self.power_off()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _require(self) -> Pico:
        if self.pico is None:
            raise PoweredOffError
        return self.pico

    def _wired(self) -> Pico:
        """A Pico with the image and the vault in its flash, everything connected, and no power yet."""
        if len(self._unit.uid) != UID_BYTES:
            raise EngineError(f"a Pico's unique id has {UID_BYTES} bytes, this token's {len(self._unit.uid)}")
        try:
            self._store = self._unit.flash.open("r+b", buffering=0)
        except OSError as error:
            raise EngineError(f"{self._unit.flash} can't be opened: {error.strerror}") from error
        vault = self._store.read()
        pico = Pico(uid=self._unit.uid, seed=self._unit.seed or 0)
        pico.adc.vsys_volts = self._unit.supply_mv / 1000
        pico.load_uf2(self._image)
        pico.load(self._region(pico), vault)
        pico.flash.on_operation.append(partial(self._keep, pico))
        if self._unit.display:
            pico.attach_i2c(self._pins.i2c_id, self.display)
        self._keypad = pico.attach_keypad(self._pins.rows, self._pins.columns, self._unit.bounce_ms)
        for call in self.on_wired:
            call(pico)
        return pico

    def _region(self, pico: Pico) -> int:
        return pico.flash.size - FLASH_SIZE

    def _keep(self, pico: Pico, operation: FlashOperation) -> None:
        """Put what an operation changed into the vault's file."""
        begin = operation.offset - self._region(pico)
        if begin < 0 or self._store is None:
            self._faults.append("FlashOutsideVault")
            return
        self._store.seek(begin)
        self._store.write(bytes(pico.flash.data[operation.offset : operation.offset + operation.length]))

    def _connect(self) -> ReplLink:
        pico = self._require()
        return ReplLink(self.plugged_transport(), lambda seconds: pico.run(seconds * 1000))

    def _drop_link(self) -> None:
        if self._link is not None:
            link, self._link = self._link, None
            if self.powered:
                link.close()
