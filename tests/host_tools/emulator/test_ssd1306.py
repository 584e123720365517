"""The emulated display controller: its commands, its memory, and what is on the glass."""

import pytest
from adafruit_ssd1306 import SSD1306_I2C
from hypothesis import given
from hypothesis import strategies as st

import framebuf
from host_tools.emulator import noise
from host_tools.emulator.ssd1306 import COLUMNS, HORIZONTAL, PAGE, PAGES, SSD1306, VERTICAL
from host_tools.emulator.ssd1306_rows import driven_rows


class Bus:
    """An I²C bus with one device, as the driver wants it."""

    def __init__(self, device):
        self.device = device

    def try_lock(self):
        return True

    def unlock(self):
        pass

    def writeto(self, address, data, *, start=0, end=None):
        self.device.write(bytes(data[start:end]))


def commands(chip, *values):
    for value in values:
        chip.write(bytes([0x80, value]))


def upright(chip):
    """As the usual driver sets it up: horizontal addressing, re-mapped, scanned downwards, charge pump, on."""
    commands(chip, 0x20, 0x00, 0xA1, 0xC8, 0x8D, 0x14, 0xAF)


def lit(chip):
    frame = chip.frame()
    return {(x, y) for x in range(frame.width) for y in range(frame.height) if frame.pixel(x, y)}


@pytest.mark.parametrize("height", [64, 32])
@pytest.mark.parametrize("page_addressing", [False, True])
def test_adafruits_driver_draws_what_it_has_in_its_buffer(height, page_addressing):
    chip = SSD1306(128, height)
    oled = SSD1306_I2C(128, height, Bus(chip), page_addressing=page_addressing)
    points = {(0, 0), (127, 0), (0, height - 1), (127, height - 1), (5, 9), (64, 17)}
    for x, y in points:
        oled.pixel(x, y, 1)
    oled.show()
    if page_addressing:
        # The driver sets mode 0x10 for page addressing, which the chip reads as horizontal: it works
        # because the column and page commands it sends have no effect then and the pages follow each other.
        assert chip.frame().width == 128
    else:
        assert lit(chip) == points
    assert chip.unknown == []


def test_a_panel_that_is_off_is_dark():
    chip = SSD1306()
    upright(chip)
    chip.write(b"\x40\xff")
    assert len(lit(chip)) == 8
    commands(chip, 0xAE)
    assert lit(chip) == set()
    commands(chip, 0xAF)
    assert len(lit(chip)) == 8


def test_inversion_and_all_on_change_the_glass_but_not_the_memory():
    chip = SSD1306()
    upright(chip)
    chip.write(b"\x40\x01")
    commands(chip, 0xA7)
    assert len(lit(chip)) == 128 * 64 - 1
    commands(chip, 0xA5)
    assert lit(chip) == set()  # all on, inverted
    commands(chip, 0xA4, 0xA6)
    assert lit(chip) == {(0, 0)}


def test_horizontal_addressing_stays_in_its_window_and_wraps():
    chip = SSD1306()
    upright(chip)
    commands(chip, 0x21, 10, 11, 0x22, 2, 3)
    chip.write(b"\x40" + b"\x01\x01\x01\x01" + b"\x02")
    assert lit(chip) == {(10, 17), (11, 16), (10, 24), (11, 24)}


def test_vertical_addressing_goes_down_before_it_goes_right():
    chip = SSD1306()
    upright(chip)
    commands(chip, 0x20, 0x01, 0x21, 10, 11, 0x22, 2, 3)
    chip.write(b"\x40" + b"\x01\x02\x04")
    assert lit(chip) == {(10, 16), (10, 25), (11, 18)}


def test_page_addressing_stays_on_its_page():
    chip = SSD1306()
    upright(chip)
    commands(chip, 0x20, 0x02, 0xB3, 0x0E, 0x17)  # page 3, column 0x7E
    chip.write(b"\x40\x01\x01\x01")
    assert lit(chip) == {(126, 24), (127, 24), (0, 24)}


def test_segments_and_scan_direction_mirror_the_picture():
    chip = SSD1306()
    commands(chip, 0x20, 0x00, 0x8D, 0x14, 0xAF, 0xA0, 0xC0)
    chip.write(b"\x40\x01")
    assert lit(chip) == {(127, 63)}
    commands(chip, 0xC8)
    assert lit(chip) == {(127, 0)}
    commands(chip, 0xA1)
    assert lit(chip) == {(127, 0)}, "the segment re-map acts on what is written after it"


def test_the_start_line_scrolls_the_picture():
    chip = SSD1306()
    upright(chip)
    chip.write(b"\x40\x01")
    commands(chip, 0x40 | 63)
    assert lit(chip) == {(0, 1)}
    commands(chip, 0x40, 0xD3, 1)
    assert lit(chip) == {(0, 63)}


def test_rows_beyond_the_multiplex_ratio_are_dark():
    chip = SSD1306()
    upright(chip)
    chip.write(b"\x40" + b"\xff" * 1024)
    commands(chip, 0xA8, 31)
    assert {y for _, y in lit(chip)} == set(range(32, 64)), "COM31 to COM0 are the lower half"


def test_narrow_panels_use_the_middle_segments():
    chip = SSD1306(64, 32)
    upright(chip)
    commands(chip, 0xA8, 31, 0x21, 32, 95)
    chip.write(b"\x40\x01")
    assert lit(chip) == {(0, 0)}


def test_contrast_is_kept_and_reset_forgets_it():
    chip = SSD1306()
    commands(chip, 0x81, 0xCF)
    assert chip.contrast == 0xCF
    chip.reset()
    assert chip.contrast == 0x7F
    assert not chip.on


@pytest.mark.parametrize("byte", [0x23, 0x8C, 0xC1, 0xF0, 0xFF])
def test_a_command_the_chip_does_not_have_is_reported(byte):
    chip = SSD1306()
    commands(chip, byte, 0xAF)
    assert chip.unknown == [byte]
    assert chip.on, "the commands after it still count"


def test_a_multiplex_ratio_the_chip_cannot_do_is_reported():
    chip = SSD1306()
    commands(chip, 0xA8, 14)
    assert chip.unknown == [0xA8]


def test_command_streams_and_data_may_share_a_transaction():
    chip = SSD1306()
    chip.write(bytes([0x80, 0x20, 0x80, 0x00, 0x80, 0xA1, 0x80, 0xC8, 0x40, 0x01, 0x80]))
    chip.write(bytes([0x00, 0x81, 0x10, 0x8D, 0x14, 0xAF]))
    assert lit(chip) == {(0, 0), (1, 7)}
    assert chip.contrast == 0x10


def test_complete_passes_over_the_window_are_counted():
    chip = SSD1306()
    oled = SSD1306_I2C(128, 64, Bus(chip))
    before = chip.frames
    for _ in range(3):
        oled.show()
    assert chip.frames - before == 3
    assert framebuf.MONO_VLSB == 0


def test_a_module_whose_charge_pump_is_off_stays_dark():
    chip = SSD1306()
    upright(chip)
    chip.write(b"\x40\xff")
    commands(chip, 0x8D, 0x10)
    assert lit(chip) == set()
    commands(chip, 0x8D, 0x14)
    assert len(lit(chip)) == 8


def test_a_panel_with_its_own_supply_needs_no_charge_pump():
    chip = SSD1306(external_vcc=True)
    commands(chip, 0xA5, 0xAF)
    assert not chip.charge_pump
    assert len(lit(chip)) == 128 * 64


def test_adafruits_driver_switches_the_charge_pump_on_and_makes_the_panel_bright():
    chip = SSD1306()
    SSD1306_I2C(128, 64, Bus(chip))
    assert chip.charge_pump
    assert chip.glows
    assert chip.contrast == 0xFF
    assert chip.settings == {0xD5: b"\x80", 0xD9: b"\xf1", 0xDB: b"\x30", 0xAD: b"\x30"}


def test_a_scroll_may_be_set_up_and_stopped_but_one_that_runs_is_named_as_not_modelled():
    chip = SSD1306()
    commands(chip, 0x26, 0, 0, 7, 7, 0, 0xFF, 0x29, 0, 0, 7, 7, 1, 0xA3, 0, 64, 0x2E)
    assert (chip.scrolling, chip.unmodelled) == (False, [])
    commands(chip, 0x2F)
    assert (chip.scrolling, chip.unmodelled) == (True, ["scrolling (0x2F)"])
    assert chip.settings[0x26] == bytes([0, 0, 7, 7, 0, 0xFF])
    assert chip.unknown == []


@pytest.mark.parametrize(("command", "parameters"), [(0x20, [3]), (0x21, [9, 8]), (0x22, [7, 0])])
def test_addressing_that_the_chip_does_not_allow_is_reported_and_changes_nothing(command, parameters):
    chip = SSD1306()
    upright(chip)
    commands(chip, command, *parameters)
    assert chip.unknown == [command]
    chip.write(b"\x40" + bytes(127) + b"\x01\x01")
    assert lit(chip) == {(127, 0), (0, 8)}


@pytest.mark.parametrize(
    ("height", "right", "wrong", "lines"),
    [
        (64, 0x12, 0x02, {0, 2, 4, 6, 8, 10, 12, 14}),
        (64, 0x12, 0x32, {1, 0, 3, 2, 5, 4, 7, 6}),
        (32, 0x02, 0x12, {16, 17, 18, 19}),
    ],
)
def test_com_pins_that_do_not_fit_the_glass_jumble_its_lines(height, right, wrong, lines):
    chip = SSD1306(128, height)
    upright(chip)
    commands(chip, 0xA8, height - 1, 0xDA, right)
    chip.write(b"\x40\xff")
    assert {y for _, y in lit(chip)} == set(range(8))
    commands(chip, 0xDA, wrong)
    assert {y for _, y in lit(chip)} == lines


def test_the_display_offset_shifts_lines_and_leaves_those_without_a_row_dark():
    chip = SSD1306()
    upright(chip)
    chip.write(b"\x40" + b"\xff" * 1024)
    commands(chip, 0xA8, 47, 0xD3, 8)
    # Rows 0 to 47 on COM55 to COM8; COM0 is the lowest line.
    assert {y for _, y in lit(chip)} == set(range(8, 56))


def test_the_memory_keeps_its_content_over_res_and_loses_it_with_the_power():
    chip = SSD1306(seed=7)
    upright(chip)
    noise = lit(chip)
    assert 3000 < len(noise) < 5200
    chip.reset()
    upright(chip)
    assert lit(chip) == noise
    chip.power_off()
    assert lit(chip) == set()
    chip.power_on()
    assert not chip.on
    upright(chip)
    assert 3000 < len(lit(chip)) < 5200
    assert lit(chip) != noise


def test_what_the_memory_holds_when_power_comes_repeats_with_the_seed():
    first, same, other = SSD1306(seed=1), SSD1306(seed=1), SSD1306(seed=2)
    for chip in (first, same, other):
        upright(chip)
    assert first.frame() == same.frame()
    assert first.frame() != other.frame()


def test_a_chip_without_power_or_in_reset_acknowledges_nothing():
    chip = SSD1306()
    assert chip.accepts(0, 0x78)
    chip.res_low = True
    assert not chip.accepts(0, 0x78)
    chip.res_low = False
    chip.power_off()
    assert not chip.accepts(0, 0x78)


def test_only_the_status_can_be_read():
    chip = SSD1306()
    assert chip.read(2) == b"\x40\x40"
    upright(chip)
    assert chip.read(1) == b"\x00"


def test_the_address_is_one_of_two():
    assert SSD1306().address == 0x3C
    assert SSD1306(address=0x3D).address == 0x3D
    with pytest.raises(ValueError, match="0x78 is no address"):
        SSD1306(address=0x78)


@pytest.mark.parametrize(("width", "height"), [(130, 64), (128, 65), (0, 64), (128, 0)])
def test_a_panel_that_the_chip_cannot_drive_is_refused(width, height):
    with pytest.raises(ValueError, match="128 by 64 pixels at most"):
        SSD1306(width, height)


COLUMN, PLACE = st.integers(0, COLUMNS - 1), st.integers(0, PAGES - 1)


@given(
    st.sampled_from([HORIZONTAL, VERTICAL, PAGE]),
    st.sampled_from([0xA0, 0xA1]),
    st.tuples(COLUMN, COLUMN).map(sorted),
    st.tuples(PLACE, PLACE).map(sorted),
    COLUMN,
    st.lists(st.binary(max_size=400), max_size=3),
)
def test_data_goes_where_it_does_byte_by_byte(mode, remap, columns, pages, begin, written):
    chips = [SSD1306(seed=1) for _ in range(2)]
    for chip in chips:
        commands(chip, 0x20, mode, remap, 0x21, *columns, 0x22, *pages, begin & 0x0F, 0x10 | begin >> 4)
        commands(chip, 0x8D, 0x14, 0xAF)
    for data in written:
        chips[0].write(b"\x40" + data)
        for byte in data:
            chips[1].write(bytes([0x40, byte]))
    assert chips[0].frame() == chips[1].frame()
    assert chips[0].frames == chips[1].frames


@given(
    st.sampled_from([(128, 64), (128, 32), (72, 40), (64, 48), (33, 13), (1, 1)]),
    st.integers(16, 64),
    st.integers(0, 63),
    st.integers(0, 63),
    st.booleans(),
    st.sampled_from([0x02, 0x12, 0x22, 0x32]),
    st.booleans(),
    st.booleans(),
    st.integers(0, 99),
)
def test_each_line_shows_the_memory_row_that_is_driven_there(
    size, ratio, offset, start, scan_down, pins, all_on, inverted, seed
):
    width, height = size
    chip = SSD1306(width, height, seed=seed)
    commands(chip, 0x8D, 0x14, 0xAF, 0xA8, ratio - 1, 0xD3, offset, 0x40 | start, 0xDA, pins)
    commands(chip, 0xC8 if scan_down else 0xC0, 0xA5 if all_on else 0xA4, 0xA7 if inverted else 0xA6)
    memory, left = noise.content(COLUMNS * PAGES, seed, "display memory", 0), (COLUMNS - width) // 2
    rows = driven_rows(width, height, ratio, offset, scan_down, pins & 0x30)
    frame = chip.frame()
    for y, row in enumerate(rows):
        for x in range(width):
            shown = ((row or 0) + start) % 64
            bit = bool(memory[shown // 8 * COLUMNS + left + x] >> shown % 8 & 1) or all_on
            assert frame.pixel(x, y) == (row is not None and bit != inverted), (x, y)
