"""The serial port as programs see it: pyserial's interface, in emulated time, until the device leaves."""

import pytest
from mpremote.transport import TransportExecError
from serial import SerialException

from fakes.usb_device import UsbDevice
from host_tools.emulator import serial_port, usb_host
from host_tools.emulator.chip import MILLISECOND, Chip
from host_tools.emulator.pico import UID, Pico
from host_tools.emulator.serial_port import IDLE_MS, EmulatedSerial, open_transport
from host_tools.emulator.ssd1306 import SSD1306


class Connected:
    """A device that is recognised, and a port on it that a program has opened."""

    def __init__(self, timeout=None):
        self.chip = Chip()
        self.host = usb_host.install(self.chip.mcu)
        self.device = UsbDevice(self.chip.mcu)
        self.device.switch_on()
        self.host.plug()
        self.run(50)
        self.port = EmulatedSerial(self.host, self.run, timeout)
        self.run(5)

    def run(self, milliseconds):
        self.chip.run_for(milliseconds * MILLISECOND)

    def sends_after(self, milliseconds, data):
        self.chip.at(self.chip.nanos + milliseconds * MILLISECOND, lambda: self.device.send(data))

    def lines(self):
        return [value for _, request, value in self.device.requests if request == 0x22]

    def took(self, call):
        """The milliseconds that pass in `call`, and what it returns."""
        before = self.chip.nanos
        result = call()
        return round((self.chip.nanos - before) / MILLISECOND), result


@pytest.fixture
def connected() -> Connected:
    return Connected()


# Reading.


def test_reading_waits_for_all_that_is_asked_for(connected):
    connected.sends_after(10, b"abc")
    connected.sends_after(20, b"def")
    took, data = connected.took(lambda: connected.port.read(5))
    assert (data, took) == (b"abcde", 21)
    assert connected.port.read() == b"f"


def test_a_time_out_returns_what_there_is():
    connected = Connected(timeout=0.5)
    connected.sends_after(10, b"abc")
    assert connected.took(lambda: connected.port.read(5)) == (500, b"abc")


def test_a_time_out_of_nothing_lets_no_time_pass():
    connected = Connected(timeout=0)
    assert connected.took(lambda: connected.port.read(5)) == (0, b"")
    connected.device.send(b"abc")
    connected.run(1)
    assert connected.took(lambda: connected.port.read(2)) == (0, b"ab")


def test_reading_for_ever_ends_with_an_error(connected, monkeypatch):
    monkeypatch.setattr(serial_port, "LONGEST_MS", 2000)
    with pytest.raises(SerialException, match="1 bytes did not come within 2 s"):
        connected.port.read()


def test_what_waits_is_counted(connected):
    assert connected.took(lambda: connected.port.in_waiting) == (0, 0)
    connected.device.send(b"abc")
    connected.run(1)
    assert connected.port.in_waiting == 3
    assert connected.took(connected.port.inWaiting) == (0, 3)
    connected.port.reset_input_buffer()
    assert connected.port.in_waiting == 0


def test_who_asks_in_a_loop_whether_anything_has_come_lets_time_pass(connected):
    connected.sends_after(50, b"x")
    for _ in range(3):
        took, count = connected.took(connected.port.inWaiting)
        assert took == IDLE_MS
    assert count == 1


# Writing.


def test_all_that_is_written_goes_to_the_device(connected):
    assert connected.port.write(b"hello") == 5
    connected.port.flush()
    assert connected.device.received == b"hello"
    connected.port.write(bytearray(300))
    connected.run(10)
    assert len(connected.device.received) == 305


# The lines.


def test_opening_and_closing_are_told_to_the_device(connected):
    assert connected.port.is_open
    assert connected.port.isOpen()
    assert connected.lines() == [3]
    connected.port.close()
    connected.port.close()
    connected.run(5)
    assert connected.lines() == [3, 0]
    assert not connected.port.is_open


def test_the_lines_can_be_moved_one_by_one(connected):
    assert (connected.port.dtr, connected.port.rts) == (True, True)
    connected.port.dtr = False
    connected.run(5)
    connected.port.rts = False
    connected.run(5)
    assert connected.lines() == [3, 2, 0]
    assert (connected.port.dtr, connected.port.rts) == (False, False)


def test_the_lines_of_a_closed_port_move_nothing(connected):
    connected.port.close()
    connected.port.dtr = True
    connected.run(5)
    assert connected.lines() == [3, 0]


# The device leaves.

USES = {
    "read": lambda port: port.read(),
    "write": lambda port: port.write(b"x"),
    "in_waiting": lambda port: port.in_waiting,
    "inWaiting": lambda port: port.inWaiting(),
}


def test_there_is_no_port_without_a_device():
    host = usb_host.install(Chip().mcu)
    with pytest.raises(SerialException, match="the device has left"):
        EmulatedSerial(host, lambda milliseconds: None)


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
@pytest.mark.parametrize("timeout", [None, 0, 0.1])
def test_once_the_device_has_left_every_use_fails_even_if_it_comes_back(use, timeout):
    connected = Connected(timeout)
    connected.device.send(b"unread")
    connected.run(1)
    connected.host.unplug()
    for _ in range(2):
        with pytest.raises(SerialException, match="the device has left"):
            use(connected.port)
        connected.host.plug()
        connected.run(50)
        assert connected.host.connected
    EmulatedSerial(connected.host, connected.run).write(b"a port of its own")


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
@pytest.mark.parametrize("timeout", [None, 0])
def test_a_closed_port_cannot_be_used_though_something_waits(use, timeout):
    connected = Connected(timeout)
    connected.device.send(b"unread")
    connected.run(1)
    connected.port.close()
    with pytest.raises(SerialException, match="the port is closed"):
        use(connected.port)


def test_a_device_that_leaves_while_it_is_read_from_is_noticed(connected):
    connected.chip.at(connected.chip.nanos + 30 * MILLISECOND, connected.host.unplug)
    with pytest.raises(SerialException, match="the device has left"):
        connected.port.read(10)
    connected.port.close()
    connected.port.dtr = False


def test_a_port_that_was_closed_is_told_nothing_more(connected):
    connected.port.close()
    assert connected.host.on_disconnect == []
    connected.host.unplug()


# mpremote and the real firmware.


@pytest.fixture
def pico(rp2040) -> Pico:
    """A blank board with the real image, recognised."""
    made = Pico()
    made.load_uf2(rp2040)
    made.attach_i2c(0, SSD1306())
    made.power_on()
    made.plug_usb()
    assert made.chip.run_until(lambda: made.usb.connected, 3000 * MILLISECOND)
    return made


@pytest.fixture
def transport(pico):
    opened = open_transport(EmulatedSerial(pico.usb, pico.run))
    opened.enter_raw_repl(soft_reset=False)
    return opened


def test_mpremote_executes_what_it_is_given(pico, transport):
    assert transport.exec("print(6 * 7)") == b"42\r\n"
    assert transport.eval("[1, 'two', None]") == [1, "two", None]
    with pytest.raises(TransportExecError, match="ZeroDivisionError"):
        transport.exec("1 / 0")


def test_a_long_program_and_a_long_answer_arrive_whole(transport):
    text = "".join(chr(32 + number % 90) for number in range(3000))
    assert transport.eval(repr(text)) == text


def test_the_firmware_reads_what_the_parts_of_the_board_say(pico, transport):
    said = transport.exec(
        "import machine, os\n"
        "print(machine.unique_id().hex())\n"
        "print(machine.I2C(0).scan())\n"
        "try:\n machine.I2C(0).writeto(0x42, b'x')\nexcept OSError as error: print(error.errno)\n"
        "print(len({os.urandom(8) for _ in range(20)}))\n"
    )
    assert said.decode().split() == [UID.hex(), "[60]", "5", "20"]


def test_a_frame_takes_the_firmware_as_long_as_its_bits(transport):
    micros = transport.exec(
        "import machine, time\n"
        "bus = machine.I2C(0, freq=400000)\nframe = b'\\x40' + bytes(1024)\n"
        "begin = time.ticks_us()\nbus.writeto(0x3c, frame)\nprint(time.ticks_diff(time.ticks_us(), begin))\n"
    )
    assert 24_000 < int(micros) < 27_000


def test_a_reset_by_the_firmware_itself_ends_the_port(pico, transport):
    with pytest.raises(SerialException, match="the device has left"):
        transport.exec("import machine\nmachine.reset()\n")
    assert pico.chip.run_until(lambda: pico.usb.connected, 3000 * MILLISECOND)
