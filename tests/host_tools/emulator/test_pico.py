"""The board: an image, power, a reset button, what is wired to it, and that it does the same every time."""

import pytest

from fakes import thumb
from fakes.i2c import Device, OnController
from host_tools.emulator import oscillator
from host_tools.emulator.chip import MILLISECOND
from host_tools.emulator.errors import OutsideFlashError
from host_tools.emulator.i2c import AddressInUseError
from host_tools.emulator.pico import FLASH_BYTES, UID, Pico
from host_tools.emulator.power_cuts import Cut, PowerCutError, Tear
from host_tools.emulator.serial_port import EmulatedSerial, open_transport
from host_tools.emulator.ssd1306 import SSD1306

COUNTS = (0x2000, thumb.INCREMENT_R0, thumb.BACK_TWO)
BOOT_MS = 300


def programmed(*words, **options) -> Pico:
    pico = Pico(**options)
    pico.load(0, b"".join(word.to_bytes(2, "little") for word in words))
    return pico


def real(image) -> Pico:
    pico = Pico()
    pico.load_uf2(image)
    return pico


# Power and resets.


def test_a_new_board_is_blank_unplugged_and_without_power():
    pico = Pico()
    assert not pico.powered
    assert not pico.usb.plugged
    assert pico.flash.size == FLASH_BYTES
    assert set(bytes(pico.flash.data)) == {0xFF}
    pico.run(10)
    assert (pico.chip.nanos, pico.chip.cycles) == (10 * MILLISECOND, 0)


def test_with_power_it_executes_what_is_in_its_flash():
    pico = programmed(*COUNTS)
    pico.power_on()
    pico.run(1)
    assert pico.powered
    assert pico.chip.mcu.core.registers[0] > 40_000


def test_power_that_is_there_already_changes_nothing():
    pico = programmed(*COUNTS)
    pico.power_on()
    pico.run(1)
    counted = pico.chip.mcu.core.registers[0]
    pico.power_on()
    assert pico.chip.mcu.core.registers[0] == counted
    pico.power_off()
    cycles = pico.chip.cycles
    pico.power_off()
    pico.run(1)
    assert pico.chip.cycles == cycles


def test_the_button_starts_the_program_anew_and_a_board_without_power_stays_off():
    pico = programmed(*COUNTS)
    pico.reset()
    assert not pico.powered
    pico.power_on()
    pico.run(2)
    pico.reset()
    pico.run(1)
    assert 40_000 < pico.chip.mcu.core.registers[0] < 43_000


def test_only_the_flash_keeps_its_content_without_power():
    pico = programmed(*COUNTS)
    pico.power_on()
    pico.chip.mcu.sram[:8] = b"in SRAM."
    pico.power_off()
    pico.power_on()
    pico.run(1)
    assert bytes(pico.chip.mcu.sram[:8]) != b"in SRAM."
    assert pico.chip.mcu.core.registers[0] > 40_000


def test_doubtful_bits_are_drawn_anew_with_each_power_on_and_not_with_the_button():
    pico = programmed(*COUNTS)
    pico.flash.tear(0x1000, b"\xff" * 256, bytes(256), Tear(doubtful=1.0))
    pico.power_on()
    first = bytes(pico.flash.data[0x1000:0x1010])
    pico.reset()
    assert bytes(pico.flash.data[0x1000:0x1010]) == first
    pico.power_off()
    pico.power_on()
    assert bytes(pico.flash.data[0x1000:0x1010]) != first


def test_the_ring_oscillator_starts_with_the_power():
    pico = programmed(*COUNTS)
    pico.power_on()
    address = oscillator.ADDRESS + oscillator.CTRL
    pico.chip.mcu.write_uint32(address, oscillator.DISABLE << 12 | 0xAA0)
    pico.power_off()
    pico.power_on()
    assert pico.oscillator.running


# Wiring.


def test_devices_are_where_firmware_expects_them():
    pico = Pico()
    first, second = Device(0x3C), Device(0x3C)
    pico.attach_i2c(0, first)
    pico.attach_i2c(1, second)
    for number, pins, device in ((0, (4, 5), first), (1, (6, 7), second)):
        firmware = OnController(pico.chip.mcu, pico.chip.run_for, number, pins)
        assert firmware.write(0x3C, b"x") == 0
        assert device.written == [b"x"]


def test_devices_may_be_at_other_pins_and_share_them():
    pico = Pico()
    first, second = Device(0x3C), Device(0x3D)
    for device in (first, second):
        pico.attach_i2c(0, device, (8, 9))
    with pytest.raises(AddressInUseError):
        pico.attach_i2c(0, Device(0x3C), (8, 9))
    firmware = OnController(pico.chip.mcu, pico.chip.run_for, 0, (8, 9))
    assert (firmware.write(0x3C, b"a"), firmware.write(0x3D, b"b")) == (0, 0)
    assert (first.written, second.written) == ([b"a"], [b"b"])


@pytest.mark.parametrize(("bus", "pins"), [(0, (4, 7)), (0, (5, 4)), (1, (4, 5)), (0, (6, 7))])
def test_pins_that_do_not_belong_to_the_controller_are_refused(bus, pins):
    with pytest.raises(ValueError, match="GPIO"):
        Pico().attach_i2c(bus, Device(), pins)


@pytest.mark.parametrize("bus", [-1, 2])
def test_a_controller_that_the_chip_has_not_is_refused(bus):
    with pytest.raises(ValueError, match="no I²C controller"):
        Pico().attach_i2c(bus, Device())


def test_a_keypad_is_wired_and_kept_over_a_reset():
    pico = programmed(*COUNTS)
    pad = pico.attach_keypad((10, 11), (12, 13), bounce_ms=0)
    assert pico.keypads == [pad]
    pico.power_on()
    pad.press(0, 1)
    pico.reset()
    assert pad.pressed == {(0, 1)}
    with pytest.raises(ValueError, match="a GPIO of its own"):
        pico.attach_keypad((10,), (10,))


def test_the_unique_id_is_the_boards_own():
    assert Pico().flash.uid == UID
    assert Pico(uid=bytes(range(8))).flash.uid == bytes(range(8))
    with pytest.raises(ValueError, match="8 bytes"):
        Pico(uid=b"short")


def test_a_board_may_have_another_flash():
    pico = Pico(flash_bytes=4 << 20)
    pico.load(3 << 20, b"far")
    with pytest.raises(OutsideFlashError):
        Pico().load(3 << 20, b"far")
    with pytest.raises(OutsideFlashError):
        pico.load(-1, b"x")


# The real image.


def test_two_boards_do_the_same_to_the_cycle(rp2040):
    def cycles(seed: int) -> tuple:
        pico = Pico(seed=seed)
        pico.load_uf2(rp2040)
        display = SSD1306()
        pico.attach_i2c(0, display)
        pico.power_on()
        noise = bytes(pico.chip.mcu.sram)
        pico.run(BOOT_MS)
        return pico.chip.cycles, noise, bytes(pico.chip.mcu.sram), display.frame().sha256()

    assert cycles(1) == cycles(1)
    assert cycles(1)[1] != cycles(2)[1]


def test_the_real_image_shows_its_first_screen_and_after_a_reset_again(rp2040):
    pico = real(rp2040)
    display = SSD1306()
    pico.attach_i2c(0, display)
    for begin in (pico.power_on, pico.reset, lambda: (pico.power_off(), pico.power_on())):
        begin()
        display.reset()
        assert not display.frame().rows()[0].count(1)
        pico.run(BOOT_MS)
        assert display.glows
        assert display.unknown == []


def test_an_erase_takes_its_time_and_the_processor_that_asks_for_its_end_is_passed_over(rp2040):
    pico = real(rp2040)
    pico.attach_i2c(0, SSD1306())
    pico.power_on()
    pico.plug_usb()
    assert pico.chip.run_until(lambda: pico.usb.connected, 3000 * MILLISECOND)
    transport = open_transport(EmulatedSerial(pico.usb, pico.run))
    transport.enter_raw_repl(soft_reset=False)
    transport.exec("import rp2, time\nf = rp2.Flash()\nlast = f.ioctl(4, 0) - 1\n")
    spans = []
    pico.flash.on_operation.append(lambda operation: spans.append((pico.chip.nanos, pico.chip.cycles)))
    transport.exec("t = time.ticks_us()\nf.ioctl(6, last)\nf.writeblocks(last, bytes(256), 0)\n")
    took = transport.eval("time.ticks_diff(time.ticks_us(), t)")
    (erase, program) = spans
    assert 45_000 <= (program[0] - erase[0]) / 1000 < 47_000
    assert 45_400 <= took < 100_000
    assert program[1] - erase[1] < 250_000, "cycles: it does not ask 45 ms long"
    assert not pico.flash.busy


@pytest.mark.parametrize("cut", Cut)
def test_power_that_is_cut_in_a_flash_operation_comes_back_with_what_was_left(rp2040, cut):
    pico = real(rp2040)
    display = SSD1306()
    pico.attach_i2c(0, display)
    pico.power_on()
    pico.plug_usb()
    assert pico.chip.run_until(lambda: pico.usb.connected, 3000 * MILLISECOND)
    transport = open_transport(EmulatedSerial(pico.usb, pico.run))
    transport.enter_raw_repl(soft_reset=False)
    offset = pico.flash.size - 4096
    pico.flash.cut_power_at(2, cut, seed=1)
    with pytest.raises(PowerCutError) as caught:
        transport.exec(
            "import rp2\nf = rp2.Flash()\nlast = f.ioctl(4, 0) - 1\n"
            "f.ioctl(6, last)\nf.writeblocks(last, bytes(256), 0)\n"
        )
    assert (caught.value.number, caught.value.cut) == (2, cut)
    pico.power_off()
    left = bytes(pico.flash.data[offset : offset + 256])
    expected = {Cut.BEFORE: b"\xff" * 256, Cut.AFTER: bytes(256)}
    assert left == expected.get(cut, left)
    assert (len(set(left)) > 1) == (cut is Cut.TORN)
    display.reset()
    pico.power_on()
    pico.run(BOOT_MS)
    assert display.glows, "the firmware has begun anew"
