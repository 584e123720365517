"""Boards in a state that can be told from another: small ones to begin with, and two looks at any.

What can be measured on a board, and everything that a snapshot of it holds.
"""

import functools
import hashlib
from collections.abc import Callable
from types import FunctionType, MethodType

from fakes import thumb
from host_tools.emulator.pico import Pico
from host_tools.emulator.snapshot import Snapshot
from host_tools.emulator.snapshot_reach import is_view, is_wire, viewed
from host_tools.emulator.ssd1306 import SSD1306

ROWS, COLUMNS = (10, 11, 12, 13), (18, 19, 20, 21)


def measured(pico: Pico) -> dict:
    """What the board shows to somebody who knows nothing of snapshots; memories as digests."""
    mcu, core, usb = pico.chip.mcu, pico.chip.mcu.core, pico.usb
    memories = {"sram": mcu.sram, "dpram": mcu.usb_dpram, "flash": mcu.flash}
    return {
        **{name: hashlib.sha256(memory).hexdigest() for name, memory in memories.items()},
        "registers": [hex(value) for value in core.registers],
        "flags": (core.n, core.z, core.c, core.v, core.waiting, core.ipsr, core.banked_sp),
        "interrupts": (core.pending_interrupts, core.enabled_interrupts),
        "sio": list(mcu.sio.words),
        "time": (pico.chip.nanos, pico.chip.cycles, pico.chip.busy_nanos, pico.chip.last_idle_nanos),
        "due": [nanos for _, nanos, _ in mcu.clock.due],
        "pins": [(int(pin.value), pin.ctrl, pin.pad_value, pin.status) for pin in mcu.gpio],
        "flash chip": (pico.flash.operations, list(pico.flash.wear), pico.flash.doubtful),
        "displays": [
            (device.frame().sha256(), device.frames, device.contrast)
            for bus in pico._buses.values()
            for device in bus.devices
            if hasattr(device, "frame")
        ],
        "keys": [(pad.pressed, pad.at_rest, list(pad.shorts)) for pad in pico.keypads],
        "usb": (usb.connected, usb.pull_ups, usb.serial_number, bytes(usb._incoming), bytes(usb._outgoing)),
        "uart": [bytes(uart.sent) for uart in pico.uarts],
        "noise": (pico.oscillator.reads, pico.adc.conversions),
    }


def differences(one: Snapshot, other: Snapshot) -> list[str]:
    """The names of all that is not the same in two snapshots; objects count as the same if their names are."""
    here, there = _contents(one), _contents(other)
    return sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))


def _contents(snapshot: Snapshot) -> dict:
    names = {id(kept.part): kept.name for kept in snapshot.parts}
    contents = {}
    for kept in snapshot.parts:
        items = list(kept.kind.items(kept.state))
        if not items:  # a memory, a generator, or empty
            contents[kept.name] = kept.state
        for label, value in items:
            contents[kept.name + label] = _plain(value, names)
    return contents


def _plain(value, names):
    """The value with names in the place of objects."""
    if id(value) in names:
        return ("part", names[id(value)])
    if isinstance(value, tuple):
        return tuple(_plain(item, names) for item in value)
    if is_view(value):
        return _plain(viewed(value), names)
    if isinstance(value, functools.partial):
        return tuple(_plain(item, names) for item in (value.func, *value.args, *value.keywords.items()))
    if isinstance(value, MethodType):
        return (value.__func__.__qualname__, _plain(value.__self__, names))
    if isinstance(value, FunctionType):
        return (value.__qualname__, _plain(value.__closure__ or (), names))
    return getattr(value, "__qualname__", value) if is_wire(value) else value


def board(*words, loop=None, **options) -> Pico:
    """A Pico with a display and a keypad that executes these instructions from the start of its flash."""
    pico = Pico(loop=loop, **options)
    pico.attach_i2c(0, SSD1306(seed=1))
    pico.attach_keypad(ROWS, COLUMNS)
    thumb.place(pico.chip, thumb.FLASH, *words)
    pico.power_on()
    return pico


def counting(**options) -> Pico:
    """One that counts in r0 for ever."""
    return board(0x2000, thumb.INCREMENT_R0, thumb.BACK_TWO, **options)


def assert_goes_on_alike(pico: Pico, go_on: Callable[[], object]) -> None:
    """Go on, come back, go on again: the same to all who measure, and in all that the snapshot knows."""
    kept = pico.snapshot()
    begun = measured(pico)
    said = go_on()
    ended, then = measured(pico), pico.snapshot()
    assert ended != begun
    pico.restore(kept)
    assert differences(kept, pico.snapshot()) == []
    assert measured(pico) == begun
    assert go_on() == said
    assert measured(pico) == ended
    assert differences(then, pico.snapshot()) == []
