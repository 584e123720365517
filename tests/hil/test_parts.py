"""The parts of the board: oscillator, supply, keypad and display, as far as they can be judged from its REPL."""

from collections import Counter

import pytest

from dsc.crypto.health import BLOCK_BYTES, HealthTests
from hil.desk import KEYS

BYTES = 1024  # conditioned ones: each 32 take a tenth of a second
RAW_BYTES = 4096
ENTROPY = """
from dsc.app import factory
_token = factory._waiting._token
for _ in range(4): print(_token.board.entropy.read(256).hex())
"""
RAW = """
from pico import oscillator
_buffer = bytearray(1024)
for _ in range(4):
    oscillator.fill(_buffer)
    print(_buffer.hex())
"""
SUPPLY = "import machine; pin = machine.ADC(29); print(sum(pin.read_u16() for _ in range(16)) // 16)"
BUS = """
import machine
from pico import pins
bus = machine.I2C(pins.I2C_ID, sda=machine.Pin(pins.SDA), scl=machine.Pin(pins.SCL), freq=pins.I2C_HZ)
for address in (0x3C, 0x22):
    try:
        print(bus.writeto(address, b"\\x00\\xe3"))  # one command, that does nothing
    except OSError:
        print("nobody")
"""
AT_REST = """
from dsc.app import factory
_token = factory._waiting._token
_token.board.link.open()
try:
    seen = [_token.keypad.poll() for _ in range(200)]
finally:
    _token.board.link.close()
print([event for event in seen if event])
"""
DRAW = """
from dsc.app import factory
_token = factory._waiting._token
factory._waiting._dark_at = _token.now() + 600_000
_token.light()
_display = _token._display
_display.fill(0)
for y in range(0, 64, 8):
    for x in range(0, 128, 8):
        if (x + y) // 8 % 2:
            _display.fill_rect(x, y, 8, 8, 1)
_display.show()
"""
REDRAW = "from dsc.app import factory; factory._waiting._shown = ''"


def drawn(desk, code: str, length: int) -> bytes:
    data = bytes.fromhex("".join(desk.ask(code).split()))
    assert len(data) == length
    return data


def test_its_random_bytes_pass_for_random(desk):
    """They come out of SHA-256, so this finds a generator that repeats itself, and hardly any other fault."""
    data = drawn(desk, ENTROPY, BYTES)
    assert len({data[i : i + 16] for i in range(0, BYTES, 16)}) == BYTES // 16
    ones = sum(byte.bit_count() for byte in data)
    assert abs(ones - BYTES * 4) < 6 * (BYTES * 2) ** 0.5  # six standard deviations
    counts = Counter(data)
    spread = sum((counts[value] - BYTES / 256) ** 2 for value in range(256)) / (BYTES / 256)
    assert 130 < spread < 400  # χ² with 255 degrees of freedom
    assert drawn(desk, ENTROPY, BYTES) != data


def test_the_raw_bits_of_its_oscillator_pass_the_health_tests(desk):
    """32 blocks of them, as before each key; what they are worth is another question (docs/entropy.md)."""
    data = drawn(desk, RAW, RAW_BYTES)
    tests = HealthTests()
    for start in range(0, RAW_BYTES, BLOCK_BYTES):
        assert tests.passes(bytearray(data[start : start + BLOCK_BYTES])), tests.failed


def test_its_supply_is_one_that_a_pico_runs_from(desk):
    volts = int(desk.ask(SUPPLY)) / 65535 * 3.3 * 3  # VSYS/3 (Pico data sheet, section 4.4)
    assert 1.8 <= volts <= 5.5


def test_the_display_answers_at_its_address_and_nobody_elsewhere(desk):
    assert desk.ask(BUS).split() == ["2", "nobody"]


def test_a_keypad_at_rest_reads_no_key(desk):
    assert desk.ask(AT_REST) == "[]"


@pytest.mark.person
@pytest.mark.timeout(900)
def test_each_key_is_read_as_what_is_printed_on_it(desk):
    assert {key: desk.key_seen(key) for key in KEYS} == {key: name for key, (name, _) in KEYS.items()}


@pytest.mark.person
@pytest.mark.timeout(900)
def test_the_display_shows_every_pixel_at_its_place(desk):
    desk.ask(DRAW)
    question = (
        "Is there a chessboard of 16 by 8 even squares, whole at all four edges, its top left one dark?"
    )
    try:
        assert desk.shows(question, is_chessboard)
    finally:
        desk.ask(REDRAW)
        desk.run(500)
    assert desk.shows(
        "And now the factory screen, with the unique id?", lambda frame: not is_chessboard(frame)
    )


def is_chessboard(frame) -> bool:
    return all(bool(frame.pixel(x, y)) == bool((x // 8 + y // 8) % 2) for y in range(64) for x in range(128))
