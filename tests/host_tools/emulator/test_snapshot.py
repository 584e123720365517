"""A board that is taken back goes on as it went on the first time, to the cycle; and what is refused."""

import pytest

from fakes import thumb
from fakes.board_states import assert_goes_on_alike, board, counting, differences
from host_tools.emulator import snapshot_compiled
from host_tools.emulator.chip import MILLISECOND
from host_tools.emulator.errors import OtherBoardError, ReentryError, UnknownPartError
from host_tools.emulator.nor_flash import ERASE_NANOS
from host_tools.emulator.oscillator import Biased
from host_tools.emulator.pico import Pico
from host_tools.emulator.power_cuts import Cut, PowerCutError

IO_BANK0, TIMER = 0x4001_4000, 0x4005_4000


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
    pico.chip.mcu.write_uint32(
        thumb.SRAM + 4 * 16, thumb.FLASH + 2 | 1
    )  # whatever is waited for ends the waiting
    core.vtor, core.registers[13] = thumb.SRAM, thumb.SRAM + 0x1_0000
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
    flash._erase(0x4000, 4096, ERASE_NANOS[4096])
    pico.run(50)
    flash.cut_power_at(2, Cut.TORN, seed=4, doubtful=1.0)
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
