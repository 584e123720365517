"""The UARTs: bytes take their time, and the transmit interrupt comes when the FIFO runs low and at no other time."""

from rp2040py.rp2040 import RP2040

from host_tools.emulator import uart
from host_tools.emulator.chip import MILLISECOND, Chip

DR, IBRD, FBRD, LCR_H, CR, IFLS, IMSC, RIS, ICR = 0x00, 0x24, 0x28, 0x2C, 0x30, 0x34, 0x38, 0x3C, 0x44
TX_INTERRUPT = 1 << 5
BASE = uart.BASES[0]


def set_up(mcu: RP2040) -> None:
    """115,200 baud from 125 MHz, 8N1, FIFOs, transmit interrupt at an eighth."""
    for offset, value in (
        (IBRD, 67),
        (FBRD, 52),
        (LCR_H, 0x70),
        (CR, 0x301),
        (IFLS, 0),
        (IMSC, TX_INTERRUPT),
    ):
        mcu.write_uint32(BASE + offset, value)


def pending(mcu: RP2040) -> bool:
    return bool(mcu.read_uint32(BASE + RIS) & TX_INTERRUPT)


def test_on_the_bare_chip_the_interrupt_comes_back_at_once_each_time_that_it_is_cleared():
    mcu = RP2040()
    set_up(mcu)
    mcu.write_uint32(BASE + DR, 0x41)
    mcu.write_uint32(BASE + ICR, TX_INTERRUPT)
    mcu.write_uint32(BASE + IMSC, TX_INTERRUPT)
    mcu.write_uint32(BASE + CR, 0x301)
    assert mcu.core.pending_interrupts & 1 << 20, "the storm"


def test_on_the_bare_chip_a_byte_is_out_at_once():
    mcu = RP2040()
    out = []
    mcu.uart[0].on_byte = out.append
    set_up(mcu)
    for byte in b"Hi!":
        mcu.write_uint32(BASE + DR, byte)
    assert (bytes(out), mcu.clock.nanos) == (b"Hi!", 0)


def test_the_interrupt_comes_once_when_the_fifo_has_run_low_and_goes_when_it_is_cleared():
    chip = Chip()
    uart.install(chip.mcu)
    set_up(chip.mcu)
    for byte in range(20):
        chip.mcu.write_uint32(BASE + DR, byte)
    assert not pending(chip.mcu)
    chip.run_for(3 * MILLISECOND)
    assert pending(chip.mcu)
    chip.mcu.write_uint32(BASE + ICR, TX_INTERRUPT)
    assert not pending(chip.mcu)
    chip.run_for(3 * MILLISECOND)
    assert not pending(chip.mcu)


def test_bytes_leave_at_the_speed_that_is_set():
    chip = Chip()
    first, second = uart.install(chip.mcu)
    times = []
    first.on_byte = lambda byte: times.append((byte, chip.nanos))
    set_up(chip.mcu)
    for byte in b"Hi!":
        chip.mcu.write_uint32(BASE + DR, byte)
    chip.run_for(MILLISECOND)
    assert bytes(byte for byte, _ in times) == b"Hi!" == bytes(first.sent)
    gap = times[1][1] - times[0][1]
    assert abs(gap - 10 / 115_200 * 1e9) < 500
    assert not second.sent


def test_a_full_fifo_loses_what_is_written_to_it():
    chip = Chip()
    first, _ = uart.install(chip.mcu)
    set_up(chip.mcu)
    for byte in range(60):
        chip.mcu.write_uint32(BASE + DR, byte)
    chip.run_for(20 * MILLISECOND)
    assert list(first.sent) == list(range(33)), "one on its way and 32 that wait"


def test_a_reset_loses_what_is_on_its_way_and_keeps_what_was_sent():
    chip = Chip()
    first, _ = uart.install(chip.mcu)
    set_up(chip.mcu)
    for byte in b"Hello":
        chip.mcu.write_uint32(BASE + DR, byte)
    chip.run_for(0.2 * MILLISECOND)
    chip.reset()
    chip.run_for(MILLISECOND)
    assert bytes(first.sent) == b"He"
    set_up(chip.mcu)
    chip.mcu.write_uint32(BASE + DR, 0x21)
    chip.run_for(MILLISECOND)
    assert bytes(first.sent) == b"He!"


def test_without_its_fifo_a_uart_holds_one_byte():
    chip = Chip()
    first, _ = uart.install(chip.mcu)
    set_up(chip.mcu)
    chip.mcu.write_uint32(BASE + LCR_H, 0x60)
    for byte in b"Hello":
        chip.mcu.write_uint32(BASE + DR, byte)
    chip.run_for(MILLISECOND)
    assert bytes(first.sent) == b"He", "one on its way and one that waits"
    assert pending(chip.mcu)
