"""The I²C bus: bytes take time, refusals are noticed, pins decide who hears what, and nothing breaks in the middle."""

import pytest
from rp2040py.peripherals import i2c as registers
from rp2040py.rp2040 import RP2040

from fakes.i2c import EIO, ETIMEDOUT, BitBanged, Device, OnController, Plain, select
from host_tools.emulator import i2c
from host_tools.emulator.chip import MILLISECOND, Chip
from host_tools.emulator.i2c import AddressInUseError
from host_tools.emulator.ssd1306 import SSD1306

BIT_NANOS = 332 * 8  # at 400 kHz as the SDK sets it up: the edges and the spike filter take their cycles too
BYTE_NANOS = 9 * BIT_NANOS
FRAME = b"\x40" + bytes(1024)


class Wired:
    """A chip with a bus, and firmware for its controller. Nothing is executed, so time is what is let pass."""

    def __init__(self, *devices, sda=4, scl=5):
        self.chip = Chip()
        self.bus = i2c.install(self.chip.mcu, sda, scl)
        for device in devices:
            self.bus.attach(device)
        self.controller = self.chip.mcu.i2c[sda // 2 % 2]
        self.firmware = OnController(self.chip.mcu, self.chip.run_for, sda // 2 % 2, (sda, scl))

    def began(self, *data, address=0x3C, stop=True):
        """Hand over a write of up to 16 bytes, and let no time pass."""
        self.firmware.address(address)
        for index, byte in enumerate(data):
            last = stop and index == len(data) - 1
            self.firmware.put(registers.IC_DATA_CMD, byte | (registers.STOP if last else 0))

    def pass_bytes(self, count):
        self.chip.run_for(BIT_NANOS + count * BYTE_NANOS + BIT_NANOS / 2)


def bare(on_connect=None):
    """rp2040py as it comes, with firmware for its first controller; lets time pass on the chip's own clock."""
    mcu = RP2040()
    controller = mcu.i2c[0]
    if on_connect is not None:
        controller.on_connect = on_connect
        controller.on_write_byte = lambda byte: controller.complete_write(True)
    return mcu, OnController(mcu, mcu.clock.tick)


# Cures.


def test_on_the_bare_chip_a_full_frame_takes_no_time_at_all():
    mcu, firmware = bare(lambda address, mode: mcu.i2c[0].complete_connect(True))
    assert firmware.write(0x3C, FRAME) == 0
    assert mcu.clock.nanos == 0


def test_a_full_frame_takes_as_long_as_its_bits_do():
    device = Device()
    wired = Wired(device)
    assert wired.firmware.write(0x3C, FRAME) == 0
    bits = 1 + 9 * (1 + len(FRAME)) + 1
    assert device.written == [FRAME]
    assert 23 * MILLISECOND < bits * BIT_NANOS < 24.6 * MILLISECOND
    # Firmware looks every microsecond, once a byte.
    assert bits * BIT_NANOS <= wired.chip.nanos <= bits * BIT_NANOS + len(FRAME) * 1000 + BYTE_NANOS


def test_on_the_bare_chip_an_absent_address_reads_as_a_time_out():
    assert bare()[1].write(0x42, b"x") == ETIMEDOUT


def test_an_absent_address_reads_as_an_input_output_error():
    wired = Wired(Device())
    assert wired.firmware.write(0x42, b"xyz") == EIO
    assert wired.chip.nanos < 3 * BYTE_NANOS
    assert wired.firmware.write(0x3C, b"after") == 0, "the next transaction works"


def test_a_refused_address_leaves_tx_empty_and_its_reason():
    wired = Wired()
    wired.began(1, 2, address=0x42)
    wired.pass_bytes(1)
    raw = wired.firmware.get(registers.IC_RAW_INTR_STAT)
    assert raw & registers.R_TX_ABRT
    assert raw & registers.R_TX_EMPTY
    assert wired.firmware.get(registers.IC_TX_ABRT_SOURCE) & registers.ABRT_7B_ADDR_NOACK
    wired.firmware.put(registers.IC_DATA_CMD, 3)
    assert wired.firmware.get(registers.IC_TXFLR) == 0, "nothing is taken before the abort is cleared"


def test_on_the_bare_chip_the_reason_of_an_abort_is_gone_once_it_was_looked_at():
    _, firmware = bare()
    firmware.address(0x42)
    firmware.put(registers.IC_DATA_CMD, 1 | registers.STOP)
    assert firmware.get(registers.IC_TX_ABRT_SOURCE) & registers.ABRT_7B_ADDR_NOACK
    assert firmware.get(registers.IC_TX_ABRT_SOURCE) == 0, "the fault"


def test_the_reason_of_an_abort_stays_until_the_abort_is_cleared():
    wired = Wired()
    wired.began(1, address=0x42)
    wired.pass_bytes(2)
    for _ in range(2):
        assert wired.firmware.get(registers.IC_TX_ABRT_SOURCE) & registers.ABRT_7B_ADDR_NOACK
    wired.firmware.get(registers.IC_CLR_TX_ABRT)
    assert wired.firmware.get(registers.IC_TX_ABRT_SOURCE) == 0
    assert not wired.firmware.get(registers.IC_RAW_INTR_STAT) & registers.R_TX_ABRT


def test_on_the_bare_chip_a_scan_bit_by_bit_finds_nothing():
    mcu, _ = bare(lambda address, mode: mcu.i2c[0].complete_connect(True))
    assert BitBanged(mcu).scan() == []


def test_a_scan_bit_by_bit_finds_each_device():
    wired = Wired(Device(0x3C), Plain(0x50), Device(0x21, refuses_from=0))
    assert BitBanged(wired.chip.mcu).scan() == [0x3C, 0x50]
    assert [device.written for device in wired.bus.devices] == [[], [], []]


def test_on_the_bare_chip_a_controller_reaches_its_devices_without_any_pin():
    reached = []

    def connect(address, mode):
        reached.append(address)
        mcu.i2c[0].complete_connect(True)

    mcu, firmware = bare(connect)
    for pin in range(30):
        select(mcu, pin, 31)
    firmware.write(0x3C, b"x")
    assert reached == [0x3C], "the fault"


def test_a_controller_reaches_only_what_its_pins_lead_to():
    wired = Wired(Device())
    other = i2c.install(wired.chip.mcu, 8, 9)
    there = Device()
    other.attach(there)
    assert wired.firmware.write(0x3C, b"here") == 0
    for pin in (4, 5):
        select(wired.chip.mcu, pin, 31)
    for pin in (8, 9):
        select(wired.chip.mcu, pin, 3)
    assert wired.firmware.write(0x3C, b"there") == 0
    assert (wired.bus.devices[0].written, there.written) == ([b"here"], [b"there"])


def test_on_the_bare_chip_an_odd_length_of_ignored_spikes_is_not_taken():
    _, firmware = bare()
    firmware.put(registers.IC_FS_SPKLEN, 11)
    assert firmware.get(registers.IC_FS_SPKLEN) == 7, "the fault"


def test_the_length_of_ignored_spikes_is_taken_while_the_controller_is_off():
    firmware = Wired().firmware
    firmware.put(registers.IC_FS_SPKLEN, 11)
    assert firmware.get(registers.IC_FS_SPKLEN) == 11
    firmware.put(registers.IC_FS_SPKLEN, 0)
    assert firmware.get(registers.IC_FS_SPKLEN) == 1, "the least that there is"
    firmware.address(0x3C)
    firmware.put(registers.IC_FS_SPKLEN, 4)
    assert firmware.get(registers.IC_FS_SPKLEN) == 1


def test_without_pins_nothing_happens_until_they_are_set():
    device = Device()
    wired = Wired(device)
    for pin in (4, 5):
        select(wired.chip.mcu, pin, 31)
    assert wired.firmware.write(0x3C, b"x") == ETIMEDOUT
    select(wired.chip.mcu, 4, 3)
    select(wired.chip.mcu, 5, 3)
    assert wired.firmware.write(0x3C, b"x") == 0


def test_pins_with_nothing_wired_to_them_but_their_pull_ups_refuse_every_address():
    wired = Wired(Device())
    for pin in (4, 5):
        select(wired.chip.mcu, pin, 31)
    for pin in (0, 1):
        select(wired.chip.mcu, pin, 3)
    assert wired.firmware.write(0x3C, b"x") == EIO


# Transactions.


def test_what_is_written_arrives_whole_and_when_it_is_over():
    device = Device()
    wired = Wired(device)
    wired.began(1, 2, 3)
    wired.pass_bytes(3)
    assert device.written == []
    wired.pass_bytes(1)
    assert device.written == [b"\x01\x02\x03"]


def test_what_is_read_comes_byte_by_byte():
    device = Device(answer=b"\x12\x34\x56")
    wired = Wired(device)
    assert wired.firmware.read(0x3C, 4) == b"\x12\x34\x56\x12"
    assert device.read_bytes == 4
    assert wired.chip.nanos >= 5 * BYTE_NANOS


def test_reading_waits_while_nobody_takes_what_has_come():
    device = Device(answer=bytes(range(20)))
    wired = Wired(device)
    wired.firmware.address(0x3C)
    wired.firmware.put(registers.IC_RX_TL, 1)
    for _ in range(16):
        wired.firmware.put(registers.IC_DATA_CMD, registers.CMD)
    wired.pass_bytes(17)
    for _ in range(4):
        wired.firmware.put(registers.IC_DATA_CMD, registers.CMD)
    wired.chip.run_for(50 * MILLISECOND)
    assert (device.read_bytes, wired.firmware.get(registers.IC_RXFLR)) == (16, 16)
    data = []
    for left in range(20, 0, -1):
        waits = wired.firmware.get(registers.IC_RAW_INTR_STAT) & registers.R_RX_FULL
        assert bool(waits) == (left > 1), "more than one byte is there"
        data.append(wired.firmware.get(registers.IC_DATA_CMD) & 0xFF)
        wired.pass_bytes(4)
    assert data == list(range(20))


def test_reading_from_an_absent_address_is_an_input_output_error():
    assert Wired(Device()).firmware.read(0x42, 1) == EIO


def test_a_repeated_start_ends_the_write_and_reads_without_a_stop():
    device = Device(answer=b"\x99")
    wired = Wired(device)
    wired.firmware.address(0x3C)
    wired.firmware.put(registers.IC_DATA_CMD, 0x07)
    wired.firmware.put(registers.IC_DATA_CMD, registers.CMD | registers.RESTART | registers.STOP)
    wired.chip.run_for(6 * BYTE_NANOS)
    assert device.written == [b"\x07"]
    assert wired.firmware.get(registers.IC_DATA_CMD) & 0xFF == 0x99


def test_a_transaction_that_is_not_stopped_waits_for_more():
    device = Device()
    wired = Wired(device)
    wired.began(1, stop=False)
    wired.chip.run_for(10 * MILLISECOND)
    assert device.written == []
    wired.firmware.put(registers.IC_DATA_CMD, 2 | registers.STOP)
    wired.pass_bytes(2)
    assert device.written == [b"\x01\x02"]


def test_firmware_can_abort_a_transaction():
    device = Device()
    wired = Wired(device)
    wired.began(1, 2, 3, 4)
    wired.pass_bytes(2)
    wired.firmware.put(registers.IC_ENABLE, 1 | registers.ABORT)
    wired.pass_bytes(3)
    assert device.written == [b"\x01\x02"]
    assert wired.firmware.get(registers.IC_TX_ABRT_SOURCE) & registers.ABRT_USER_ABRT
    assert not wired.firmware.get(registers.IC_ENABLE) & registers.ABORT


@pytest.mark.parametrize(("refuses_from", "arrived"), [(1, []), (2, [b"\x01"]), (4, [b"\x01\x02\x03"])])
def test_a_byte_that_is_refused_aborts_the_write_there(refuses_from, arrived):
    device = Device(refuses_from=refuses_from)
    wired = Wired(device)
    wired.began(1, 2, 3, 4)
    wired.pass_bytes(6)
    assert device.written == arrived
    assert wired.firmware.get(registers.IC_TX_ABRT_SOURCE) & registers.ABRT_TXDATA_NOACK


def test_what_is_written_into_a_full_fifo_is_lost_and_flagged():
    device = Device()
    wired = Wired(device)
    wired.firmware.address(0x3C)
    for byte in range(17):
        wired.firmware.put(registers.IC_DATA_CMD, byte)
    assert wired.firmware.get(registers.IC_RAW_INTR_STAT) & registers.R_TX_OVER


def test_the_speed_is_the_one_that_is_set():
    wired = Wired(Device())
    wired.firmware.put(registers.IC_FS_SCL_HCNT, 4 * 126)
    wired.firmware.put(registers.IC_FS_SCL_LCNT, 4 * 187)
    assert wired.controller.bit_nanos == pytest.approx((4 * 126 + 11 + 7 + 4 * 187 + 1) * 8)


# Devices come and go.


def test_two_devices_cannot_have_one_address():
    wired = Wired(Device(0x3C))
    with pytest.raises(AddressInUseError, match="0x3c") as caught:
        wired.bus.attach(Plain(0x3C))
    assert caught.value.address == 0x3C
    assert len(wired.bus.devices) == 1


def test_a_device_that_is_pulled_off_in_the_middle_gets_nothing_and_the_rest_is_refused():
    device = Device()
    wired = Wired(device)
    wired.began(1, 2, 3, 4)
    wired.pass_bytes(2)
    wired.bus.detach(device)
    wired.pass_bytes(3)
    assert device.written == []
    assert wired.firmware.get(registers.IC_TX_ABRT_SOURCE) & registers.ABRT_TXDATA_NOACK
    wired.firmware.get(registers.IC_CLR_TX_ABRT)
    assert wired.firmware.write(0x3C, b"x") == EIO


def test_reading_from_a_device_that_is_pulled_off_gives_ones():
    device = Device(answer=b"\x00")
    wired = Wired(device)
    wired.firmware.address(0x3C)
    for _ in range(3):
        wired.firmware.put(registers.IC_DATA_CMD, registers.CMD)
    wired.pass_bytes(2)
    wired.bus.detach(device)
    wired.pass_bytes(4)
    assert [wired.firmware.get(registers.IC_DATA_CMD) & 0xFF for _ in range(3)] == [0, 0xFF, 0xFF]


def test_a_device_attached_in_the_middle_of_a_transaction_hears_the_next_one():
    first, second = Device(0x3C), Device(0x3D)
    wired = Wired(first)
    wired.began(1, 2)
    wired.pass_bytes(1)
    wired.bus.attach(second)
    wired.pass_bytes(3)
    assert (first.written, second.written) == ([b"\x01\x02"], [])
    assert wired.firmware.write(0x3D, b"x") == 0
    assert second.written == [b"x"]


def test_what_is_not_attached_cannot_be_pulled_off():
    with pytest.raises(ValueError, match="not in list"):
        Wired().bus.detach(Device())


# Faults of the lines.


def test_a_data_line_that_is_held_before_the_start_keeps_the_bus_busy_until_it_is_free():
    device = Device()
    wired = Wired(device)
    wired.bus.sda_held = True
    wired.began(1)
    wired.chip.run_for(5 * MILLISECOND)
    assert (device.written, wired.firmware.get(registers.IC_TX_ABRT_SOURCE)) == ([], 0)
    wired.bus.sda_held = False
    wired.pass_bytes(3)
    assert device.written == [b"\x01"]


@pytest.mark.parametrize("count", [0, 1], ids=["address", "data"])
def test_a_data_line_that_is_held_in_the_middle_loses_the_bus(count):
    wired = Wired(Device())
    wired.began(0xFF, 0xFF)
    wired.pass_bytes(count)
    wired.bus.sda_held = True
    wired.pass_bytes(1)
    assert wired.firmware.get(registers.IC_TX_ABRT_SOURCE) & registers.ARB_LOST


def test_a_data_line_that_is_held_while_reading_gives_zeros():
    wired = Wired(Device(answer=b"\xff"))
    wired.firmware.address(0x3C)
    for _ in range(2):
        wired.firmware.put(registers.IC_DATA_CMD, registers.CMD)
    wired.pass_bytes(2)
    wired.bus.sda_held = True
    wired.pass_bytes(1)
    assert [wired.firmware.get(registers.IC_DATA_CMD) & 0xFF for _ in range(2)] == [0xFF, 0]


def test_a_clock_line_that_is_held_stops_time_for_the_bus_and_nothing_is_lost():
    device = Device()
    wired = Wired(device)
    wired.began(1, 2, 3)
    wired.pass_bytes(2)
    wired.bus.scl_held = True
    wired.chip.run_for(50 * MILLISECOND)
    assert device.written == []
    wired.bus.scl_held = False
    wired.pass_bytes(4)
    assert device.written == [b"\x01\x02\x03"]


@pytest.mark.parametrize("line", ["sda_held", "scl_held"])
def test_firmware_sees_a_line_that_is_held(line):
    wired = Wired()
    by_hand = BitBanged(wired.chip.mcu)
    pin = by_hand.sda if line == "sda_held" else by_hand.scl
    assert by_hand.level(pin)
    setattr(wired.bus, line, True)
    assert not by_hand.level(pin)
    assert getattr(wired.bus, line)
    setattr(wired.bus, line, False)
    assert by_hand.level(pin)


# Pins that firmware moves itself.


def test_a_write_bit_by_bit_arrives():
    device = Device()
    by_hand = BitBanged(Wired(device).chip.mcu)
    by_hand.start()
    assert [by_hand.write(byte) for byte in (0x3C << 1, 0xA5, 0x0F)] == [True, True, True]
    by_hand.stop()
    assert device.written == [b"\xa5\x0f"]


def test_a_read_bit_by_bit_ends_with_the_byte_that_is_not_acknowledged():
    device = Device(answer=b"\xc3\x5a")
    by_hand = BitBanged(Wired(device).chip.mcu)
    by_hand.start()
    assert by_hand.write(0x3C << 1 | 1)
    assert (by_hand.read(True), by_hand.read(False)) == (0xC3, 0x5A)
    assert by_hand.read(True) == 0xFF, "the device has let the line go"
    by_hand.stop()
    assert device.read_bytes == 2


def test_a_repeated_start_bit_by_bit_hands_over_what_was_written():
    device = Device(answer=b"\x77")
    by_hand = BitBanged(Wired(device).chip.mcu)
    by_hand.start()
    by_hand.write(0x3C << 1)
    by_hand.write(0x10)
    by_hand.start()
    assert by_hand.write(0x3C << 1 | 1)
    assert device.written == [b"\x10"]
    assert by_hand.read(False) == 0x77


def test_a_byte_that_is_refused_bit_by_bit_leaves_the_line_high():
    by_hand = BitBanged(Wired(Device(refuses_from=2)).chip.mcu)
    by_hand.start()
    assert [by_hand.write(byte) for byte in (0x3C << 1, 1, 2, 3)] == [True, True, False, False]


def test_the_display_answers_on_both_ways():
    display = SSD1306()
    wired = Wired(display)
    assert wired.firmware.write(0x3C, b"\x00\x81\x22\xaf") == 0
    assert (display.contrast, display.on) == (0x22, True)
    display.power_off()
    assert wired.firmware.write(0x3C, b"\x00\xae") == EIO
    assert BitBanged(wired.chip.mcu).scan() == []


# Resets and wiring.


def test_a_reset_in_the_middle_of_a_transaction_leaves_a_bus_that_works():
    device = Device()
    wired = Wired(device)
    wired.chip.on_reset.append(wired.bus.refresh)
    wired.began(1, 2, 3, 4)
    wired.pass_bytes(2)
    wired.chip.reset()
    assert device.written == [b"\x01"], "the lines going high are a stop"
    wired.chip.run_for(MILLISECOND)
    assert device.written == [b"\x01"], "nothing follows"
    firmware = OnController(wired.chip.mcu, wired.chip.run_for)
    assert firmware.write(0x3C, b"anew") == 0
    assert device.written[1:] == [b"anew"]


def test_a_reset_in_the_middle_of_a_byte_bit_by_bit_leaves_a_bus_that_works():
    device = Device()
    wired = Wired(device)
    wired.chip.on_reset.append(wired.bus.refresh)
    by_hand = BitBanged(wired.chip.mcu)
    by_hand.start()
    by_hand.write(0x3C << 1)
    by_hand.low(by_hand.sda)
    wired.chip.reset()
    by_hand = BitBanged(wired.chip.mcu)
    assert by_hand.level(by_hand.sda)
    assert by_hand.level(by_hand.scl)
    assert by_hand.scan() == [0x3C]


@pytest.mark.parametrize(("sda", "scl"), [(5, 4), (4, 7), (4, 6), (3, 5), (6, 9)])
def test_pins_that_belong_to_no_one_controller_are_refused(sda, scl):
    with pytest.raises(ValueError, match=f"GPIO {sda} and {scl} are not SDA and SCL"):
        i2c.install(RP2040(), sda, scl)


@pytest.mark.parametrize(("sda", "scl", "number"), [(0, 1, 0), (2, 3, 1), (4, 9, 0), (26, 27, 1), (20, 5, 0)])
def test_pins_lead_to_the_controller_that_the_data_sheet_says(sda, scl, number):
    mcu = RP2040()
    i2c.install(mcu, sda, scl)
    assert isinstance(mcu.i2c[number], i2c.Controller)
    assert not isinstance(mcu.i2c[1 - number], i2c.Controller)
