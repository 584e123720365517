"""A snapshot forgets nothing of a board: what the collector finds, what the compiled classes declare."""

import gc
import re
import subprocess
import sys
from enum import Enum
from types import FunctionType, ModuleType

from fakes.board_states import counting
from host_tools.emulator import snapshot_compiled
from host_tools.emulator.fast import sources
from host_tools.emulator.snapshot_reach import belongs, is_view, is_wire
from host_tools.emulator.ssd1306 import SSD1306
from host_tools.engines import interpreters


def reached_by_the_collector(root) -> list:
    """Every object of the emulator and of rp2040py that the garbage collector can reach from `root`."""
    seen, waiting, found = {id(root)}, [root], []
    while waiting:
        one = waiting.pop()
        if belongs(one):
            found.append(one)
        referents = one.__closure__ or () if isinstance(one, FunctionType) else gc.get_referents(one)
        for other in referents:
            if id(other) not in seen and not isinstance(other, type | ModuleType):
                seen.add(id(other))
                waiting.append(other)
    return found


def test_no_part_of_the_board_is_left_out():
    pico = counting()
    pico.plug_usb()
    pico.attach_i2c(1, SSD1306())
    pico.run(1)
    kept = pico.snapshot()
    ids = {id(entry.part) for entry in kept.parts}
    found = reached_by_the_collector(pico)
    assert len(found) > 200
    left_out = {
        type(part)
        for part in found
        if id(part) not in ids
        and not isinstance(part, Enum | tuple)
        and not is_view(part)
        and not is_wire(part)
    }
    assert left_out == set()


def declared(path) -> dict[str, tuple[set, set]]:
    """The fields of the compiled classes in a file of declarations: those that Python sees, and the others."""
    classes, fields = {}, None
    for line in path.read_text(encoding="utf-8").splitlines():
        if match := re.match(r"cdef class (\w+)", line):
            fields = classes[match[1]] = (set(), set())
        elif fields is not None and (match := re.match(r"    cdef (public )?[^#(]*?(\w+)$", line)):
            fields[match[1] is None].add(match[2])
    return classes


def test_all_fields_of_compiled_classes_are_kept():
    hidden = {}
    for path in sources.native_sources():
        if path.suffix == ".pxd":
            for name, (seen, unseen) in declared(path).items():
                kept = set(snapshot_compiled.FIELDS.get(f"rp2040py.native.{path.stem}.{name}", ()))
                assert seen <= kept or name in ("SimulationClock", "ClockAlarm"), name
                hidden[name] = unseen
    assert hidden == {
        "CortexM0Core": set(),
        "StateMachine": set(),
        "RPPIO": set(),
        "GPIOPin": {"_last_state"},  # found out by asking for news
        "ClockAlarm": {"_clock", "callback", "next", "nanos", "scheduled"},  # as our Clock lists them
        "SimulationClock": {"_next_alarm", "_nanos_counter"},
        # Views of memories, which properties show; their sizes never change.
        "RP2040": {
            *("_sram", "_flash", "_usb_dpram", "_bootrom", "__dict__"),
            *("ram_byte_size", "flash_byte_size", "dpram_byte_size", "bootrom_byte_size"),
        },
    }


WITH_THE_WHEEL = """
from pathlib import Path
from host_tools.emulator.fast import sources
sources.build_folder = lambda: Path("not built")
import rp2040py.native._rp2040 as compiled
assert "abi3" in compiled.__file__, compiled.__file__
from host_tools.emulator.fast import loops
assert list(loops.available()) == [loops.WHEEL]
from tests.host_tools.emulator import test_snapshot, test_snapshot_is_whole
test_snapshot.test_registers_cycles_and_time_come_back(loops.WHEEL)
test_snapshot.test_waiting_ends_at_the_same_moment(loops.WHEEL)
test_snapshot.test_a_pin_tells_the_same_news_again(loops.WHEEL)
test_snapshot.test_state_machines_go_on_where_they_were(loops.WHEEL)
test_snapshot_is_whole.test_no_part_of_the_board_is_left_out()
"""


def test_the_wheels_own_classes_can_be_kept_too():
    path = [str(interpreters.ROOT / folder) for folder in ("", "firmware", "boards", "tests")]
    result = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path}\n{WITH_THE_WHEEL}"],
        cwd=interpreters.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
