"""A board that is taken back goes on as it went on the first time, to the cycle; whatever it was doing."""

import gc
import re
import subprocess
import sys
from collections.abc import Callable
from enum import Enum
from types import FunctionType, ModuleType

import pytest

from fakes import thumb, units
from fakes.board_states import differences, measured
from host_tools.emulator import snapshot_compiled
from host_tools.emulator.chip import MILLISECOND
from host_tools.emulator.errors import OtherBoardError, ReentryError, UnknownPartError
from host_tools.emulator.fast import sources
from host_tools.emulator.oscillator import Biased
from host_tools.emulator.pico import Pico
from host_tools.emulator.power_cuts import Cut, PowerCutError
from host_tools.emulator.serial_port import EmulatedSerial, open_transport
from host_tools.emulator.snapshot_reach import belongs, is_view, is_wire
from host_tools.emulator.ssd1306 import SSD1306
from host_tools.engines import interpreters
from host_tools.engines.open import open_engine

ROWS, COLUMNS = (10, 11, 12, 13), (18, 19, 20, 21)
MICROSECOND = 1e3
IO_BANK0, TIMER = 0x4001_4000, 0x4005_4000


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


# The real image.


@pytest.fixture
def sealed(rp2040, tmp_path):
    """A sealed token with many rounds, switched on and asking for its PIN."""
    with open_engine("rp2040", units.sealed_unit(tmp_path, rounds=5000)) as engine:
        engine.power_on()
        yield engine


@pytest.fixture
def blank(rp2040, tmp_path):
    """A blank board, switched on."""
    with open_engine("rp2040", units.blank_unit(tmp_path)) as engine:
        engine.power_on()
        yield engine


def tap(engine, *keys) -> None:
    for key in keys:
        engine.press(key)
        engine.settle()
        engine.release(key)
        engine.settle()


@pytest.mark.parametrize("milliseconds", [0, 1, 7, 30])
def test_in_the_middle_of_its_boot(rp2040, milliseconds):
    pico = board()
    pico.load_uf2(rp2040)
    pico.power_off()
    pico.power_on()
    pico.run(milliseconds)
    assert_goes_on_alike(pico, lambda: pico.run(60))


def test_the_image_on_either_loop(image, loop):
    pico = board(loop=loop)
    pico.load_uf2(image)
    pico.reset()
    pico.run(2)
    assert_goes_on_alike(pico, lambda: pico.run(3))


def test_within_a_byte_that_goes_to_the_display(sealed):
    pico, controller = sealed.pico, sealed.pico.chip.mcu.i2c[0]
    sealed.press("4")
    assert pico.chip.run_until(
        lambda: len(controller.buses[0]._received) > 100, 500 * MILLISECOND, 5 * MICROSECOND
    )
    assert controller._after is not None
    sealed.press("5")
    assert_goes_on_alike(pico, lambda: pico.run(80))


def test_while_a_key_bounces(sealed):
    pico, (keypad,) = sealed.pico, sealed.pico.keypads
    sealed.press("4")
    pico.run(1)
    sealed.press("7")
    assert len(keypad._bounces) == 2
    assert_goes_on_alike(pico, lambda: pico.run(100))


def test_while_keys_come_at_times_that_were_set_before(sealed):
    pico = sealed.pico
    pico.chip.at(pico.chip.nanos + 40 * MILLISECOND, lambda: sealed.press("4"))
    pico.chip.at(pico.chip.nanos + 90 * MILLISECOND, lambda: sealed.release("4"))
    pico.run(20)
    assert_goes_on_alike(pico, lambda: pico.run(120))


def test_within_the_derivation_of_a_key(sealed):
    pico = sealed.pico
    tap(sealed, *"4711")
    sealed.press("OK")
    pico.run(150)
    assert pico.chip.nanos - pico.chip.last_idle_nanos > 50 * MILLISECOND, "it computes"
    assert_goes_on_alike(pico, lambda: pico.run(700))


def test_asleep(sealed):
    pico = sealed.pico
    pico.run(2000)
    assert pico.chip.run_until(lambda: pico.chip.mcu.core.waiting, 100 * MILLISECOND, 100 * MICROSECOND)

    def wake():
        pico.run(500)
        sealed.press("1")
        pico.run(100)

    assert_goes_on_alike(pico, wake)


@pytest.mark.parametrize("transfers", [1, 3, 6])
def test_while_a_computer_finds_out_what_it_is(blank, transfers):
    pico = blank.pico
    usb, begun = pico.usb, []
    pico.plug_usb()

    def under_way() -> bool:
        if usb._current is not None and usb._current not in begun:
            begun.append(usb._current)
        return len(begun) == transfers

    assert pico.chip.run_until(under_way, 1000 * MILLISECOND, 10 * MICROSECOND)
    assert not usb.connected
    assert_goes_on_alike(pico, lambda: pico.run(200))
    assert usb.connected


def connected(pico: Pico) -> EmulatedSerial:
    pico.plug_usb()
    assert pico.chip.run_until(lambda: pico.usb.connected, 2000 * MILLISECOND)
    return EmulatedSerial(pico.usb, pico.run)


def test_within_an_exchange_with_mpremote(blank):
    pico = blank.pico
    transport = open_transport(connected(pico))
    transport.enter_raw_repl(soft_reset=False)
    transport.exec_raw_no_follow("print(sum(i * i for i in range(3000)), 'x' * 300)")
    pico.run(2)

    def follow():
        said = transport.follow(5)
        pico.run(5)
        return said

    assert_goes_on_alike(pico, follow)


def test_while_packets_wait_on_both_ends(blank):
    pico = blank.pico
    serial = connected(pico)
    serial.write(b"\r\x03")
    pico.usb.send(b"1+1\r\n" * 200)
    assert pico.chip.run_until(lambda: bool(pico.usb.waiting), 100 * MILLISECOND, 10 * MICROSECOND)
    assert pico.usb._outgoing
    assert_goes_on_alike(pico, lambda: pico.run(50))


def test_a_port_that_was_opened_later_can_still_be_closed(blank):
    pico = blank.pico
    kept = pico.snapshot()
    serial = connected(pico)
    pico.restore(kept)
    assert not pico.usb.connected
    serial.close()


def test_a_port_knows_again_that_its_device_is_there(blank):
    pico = blank.pico
    serial = connected(pico)
    kept = pico.snapshot()
    pico.unplug_usb()
    with pytest.raises(OSError, match="left"):
        serial.write(b"x")
    pico.restore(kept)
    assert serial.write(b"\r\x03") == 2
    assert serial.read(1)


def test_before_the_image_goes_into_the_flash_anew(sealed):
    pico = sealed.pico
    kept = pico.snapshot()
    flash = bytes(pico.flash.data)
    pico.load(0, bytes(range(256)) * 4096)
    pico.restore(kept)
    assert bytes(pico.flash.data) == flash
    assert_goes_on_alike(pico, lambda: pico.run(20))


def test_several_moments_of_one_board_in_any_order(sealed):
    pico = sealed.pico
    kept = []
    for key in "4711":
        sealed.press(key)
        pico.run(17)
        sealed.release(key)
        kept.append((pico.snapshot(), measured(pico)))
        pico.run(60)
    after = {}
    for place in (2, 0, 3, 3, 1, 0, 2):
        snapshot, state = kept[place]
        pico.restore(snapshot)
        assert measured(pico) == state
        pico.run(60)
        assert after.setdefault(place, measured(pico)) == measured(pico)


@pytest.mark.parametrize("how", ["reset", "power_off", "power cycle"])
def test_a_reset_or_a_loss_of_power_is_undone(sealed, how):
    pico = sealed.pico

    def lose():
        if how == "reset":
            pico.reset()
        else:
            pico.power_off()
        if how == "power cycle":
            pico.power_on()
        pico.run(90)

    sealed.press("4")
    pico.run(3)
    assert_goes_on_alike(pico, lose)
    assert_goes_on_alike(pico, lambda: pico.run(50))


# Small programs, on both loops.


def test_registers_cycles_and_time_come_back(loop):
    pico = counting(loop=loop)
    pico.chip.run_for(MILLISECOND / 3)
    assert_goes_on_alike(pico, lambda: pico.chip.run_for(MILLISECOND))


def test_before_the_power_comes_for_the_first_time(loop):
    pico = Pico(loop=loop, seed=3)
    thumb.place(pico.chip, thumb.FLASH, 0x2000, thumb.INCREMENT_R0, thumb.BACK_TWO)

    def switch_on():
        pico.power_on()
        pico.run(1)

    assert_goes_on_alike(pico, switch_on)


def test_the_noise_of_power_ons_to_come_is_the_same(loop):
    pico = counting(loop=loop)

    def cycle():
        pico.power_off()
        pico.power_on()

    cycle()
    assert_goes_on_alike(pico, cycle)


def test_waiting_ends_at_the_same_moment(loop):
    pico = board(thumb.WFI, thumb.INCREMENT_R0, thumb.BACK_TWO, loop=loop)
    core = pico.chip.mcu.core
    pico.chip.run_for(MILLISECOND)
    assert core.waiting
    pico.chip.mcu.write_uint32(TIMER + 0x38, 1)  # INTE
    core.enabled_interrupts = 1
    core.pm = True
    pico.chip.mcu.write_uint32(TIMER + 0x10, 5000)  # ALARM0
    assert_goes_on_alike(pico, lambda: pico.chip.run_for(6 * MILLISECOND))
    assert not core.waiting


def test_alarms_of_one_moment_keep_their_order(loop):
    pico = counting(loop=loop)
    seen = []
    for name in "cab":
        pico.chip.at(700_000, lambda name=name: seen.append((name, pico.chip.nanos)))
    pico.chip.at(300_000, lambda: seen.append(("first", pico.chip.nanos)))
    kept = pico.snapshot()
    for _ in range(3):
        pico.chip.run_for(MILLISECOND)
        pico.restore(kept)
    assert [name for name, _ in seen] == ["first", "c", "a", "b"] * 3
    assert seen[:4] == seen[4:8] == seen[8:]


def test_alarms_that_an_error_left_behind_still_come(loop):
    pico = counting(loop=loop)
    seen = []

    def fail():
        raise OSError("from a callback")

    pico.chip.at(500_000, fail)
    pico.chip.at(500_000, lambda: seen.append(pico.chip.nanos))
    with pytest.raises(OSError, match="from a callback"):
        pico.chip.run_for(MILLISECOND)
    assert_goes_on_alike(pico, lambda: pico.chip.run_for(MILLISECOND))
    assert seen == [500_000, 500_000]


def test_a_pin_tells_the_same_news_again(loop):
    """Pads that a reset changed without telling: what listeners know of them is hidden in rp2040py's pins."""
    pico = counting(loop=loop)
    pin = pico.chip.mcu.gpio[2]
    told = []
    pin.add_listener(lambda now, before: told.append((int(now), int(before))))
    for control in (0x3300, 0x3200, 0x2000):  # OEOVER and OUTOVER: high, low, released
        pico.chip.mcu.write_uint32(IO_BANK0 + 8 * 2 + 4, control | 0x1F)
        kept = pico.snapshot()
        pin.ctrl, before = 0x3200 if control == 0x3300 else 0x3300, len(told)
        fresh = pico.snapshot()  # it is as it is not known to be
        for _ in range(2):
            pico.restore(fresh)
            pin.check_for_updates()
        assert len(told) == before + 2
        assert told[-1] == told[-2]
        pico.restore(kept)
        pin.check_for_updates()
        assert len(told) == before + 2


@pytest.mark.parametrize("state", range(6))
def test_what_a_pin_was_said_to_be_can_be_read_and_put_back(state):
    pin = counting().chip.mcu.gpio[7]
    snapshot_compiled._set_last_state(pin, state)
    before = (pin.ctrl, pin.pad_value, pin._listeners)
    assert [snapshot_compiled._last_state(pin) for _ in range(2)] == [state, state]
    assert (pin.ctrl, pin.pad_value, pin._listeners) == before


def test_state_machines_go_on_where_they_were(loop):
    pico = counting(loop=loop)
    mcu = pico.chip.mcu
    base = 0x5020_0000
    for place, word in enumerate(
        (0xE081, 0xE301, 0xE600, 0x0001)
    ):  # pindirs 1; set pins 1, 0 with delays; jmp 1
        mcu.write_uint32(base + 0x48 + 4 * place, word)
    mcu.write_uint32(base + 0xDC, 1 << 26 | 3 << 5)  # one SET pin, GPIO 3
    mcu.write_uint32(IO_BANK0 + 8 * 3 + 4, 6)
    edges = []
    mcu.gpio[3].add_listener(lambda now, _: edges.append((int(now), pico.chip.nanos)))
    mcu.write_uint32(base, 1)
    pico.chip.run_for(1000)
    assert_goes_on_alike(pico, lambda: pico.chip.run_for(3000))
    assert len(edges) > 10


# The flash, and power cuts.


def test_the_flash_forgets_operations_wear_and_doubts():
    pico = counting()
    flash = pico.flash
    flash._write_enabled = True
    flash._erase(0x4000, 4096)
    flash.cut_power_at(2, Cut.TORN, seed=4, doubtful=True)
    kept = pico.snapshot()
    outcomes = []
    for _ in range(2):
        with pytest.raises(PowerCutError) as caught:
            flash._program(0x4000, bytes(range(200)))
        pico.power_off()
        pico.power_on()
        outcomes.append((caught.value.number, bytes(flash.data[0x4000:0x4100]), flash.doubtful))
        pico.restore(kept)
        assert (flash.operations, flash.wear[4], flash.doubtful) == (1, 1, {})
        assert set(flash.data[0x4000:0x4100]) == {0xFF}
    assert outcomes[0] == outcomes[1]


# What is wired to the board.


class Counter:
    """A device that nobody here knows: a count, and what was written, in slots and in attributes."""

    __slots__ = ("__dict__", "address", "count", "later")

    def __init__(self, address: int) -> None:
        self.address = address
        self.count = 0
        self.log: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.log.append(data)
        self.last = data
        self.later = len(self.log)

    def read(self, length: int) -> bytes:
        self.count += length
        return bytes([self.count & 0xFF]) * length


def test_a_device_of_another_make_takes_part():
    pico = counting()
    device = Counter(0x50)
    pico.attach_i2c(0, device)
    (bus,) = pico._buses.values()
    bus.start(0x50 << 1)
    bus.write(1)
    kept, log = pico.snapshot(), device.log
    for _ in range(2):
        bus.write(2)
        bus.start(0x50 << 1 | 1)
        assert bus.read() == 1
        bus.stop()
        assert (device.log, device.count, device.last, device.later) == ([b"\1\2"], 1, b"\1\2", 1)
        pico.restore(kept)
        assert device.log is log
        assert (device.log, device.count) == ([], 0)
        assert not hasattr(device, "last")
        assert not hasattr(device, "later")


def test_a_device_that_holds_what_cannot_be_kept_is_refused_by_name(tmp_path):
    pico = counting()
    device = Counter(0x51)
    with (tmp_path / "log").open("wb") as device.file:
        pico.attach_i2c(0, device)
        with pytest.raises(UnknownPartError, match=r"_devices\[1\]\.file, a _io\.BufferedWriter") as caught:
            pico.snapshot()
    assert caught.value.name.startswith("pico.")


def test_a_device_may_keep_itself(tmp_path):
    class Recorder(Counter):
        """With a file that is cut where it ended."""

        def snapshot_state(self) -> object:
            return (self.count, self.log, self.file.tell())

        def restore_state(self, state) -> None:
            self.count, self.log, length = state
            self.file.truncate(length)

    pico = counting()
    device = Recorder(0x51)
    with (tmp_path / "log").open("wb") as device.file:
        pico.attach_i2c(0, device)
        kept = pico.snapshot()
        device.file.write(b"later")
        device.log.append(b"later")
        device.file.flush()
        pico.restore(kept)
        assert (device.file.seek(0, 2), device.log) == (0, [])


def test_what_was_attached_later_is_gone():
    pico = counting()
    kept = pico.snapshot()
    pico.attach_i2c(1, Counter(0x20))
    pico.attach_keypad((2, 3), (8, 9))
    pico.plug_usb()
    pico.oscillator.source = Biased(1, 0.9)
    pico.restore(kept)
    assert len(pico._buses) == len(pico.keypads) == 1
    assert not pico.usb.plugged
    assert not isinstance(pico.oscillator.source, Biased)
    assert differences(kept, pico.snapshot()) == []


def test_who_listens_keeps_what_was_heard():
    pico = counting()
    heard = []
    pico.chip.on_reset.append(lambda: heard.append(1))
    kept = pico.snapshot()
    for _ in range(2):
        pico.reset()
        pico.restore(kept)
    assert heard == [1, 1]


# What is refused.


def test_a_snapshot_of_another_board_is_refused():
    with pytest.raises(OtherBoardError):
        counting().restore(counting().snapshot())


@pytest.mark.parametrize(
    "use",
    [lambda pico, kept: pico.snapshot(), lambda pico, kept: pico.restore(kept)],
    ids=["snapshot", "restore"],
)
def test_a_callback_cannot_do_it(use):
    pico = counting()
    kept = pico.snapshot()
    pico.chip.at(1000, lambda: use(pico, kept))
    with pytest.raises(ReentryError):
        pico.run(1)


# That nothing is forgotten.


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
from tests.host_tools.emulator import test_snapshot
test_snapshot.test_registers_cycles_and_time_come_back(loops.WHEEL)
test_snapshot.test_waiting_ends_at_the_same_moment(loops.WHEEL)
test_snapshot.test_a_pin_tells_the_same_news_again(loops.WHEEL)
test_snapshot.test_state_machines_go_on_where_they_were(loops.WHEEL)
test_snapshot.test_no_part_of_the_board_is_left_out()
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
