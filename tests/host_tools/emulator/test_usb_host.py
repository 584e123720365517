"""The USB host: it recognises what is plugged in, lets the firmware sleep, and notices when the device leaves."""

import pytest
from rp2040py.rp2040 import RP2040
from rp2040py.usb.cdc import USBCDC

from fakes import usb_device
from fakes.usb_device import UsbDevice, configuration, endpoint, interface
from host_tools.emulator import usb_descriptors, usb_host
from host_tools.emulator.chip import MILLISECOND, Chip
from host_tools.emulator.pico import UID, Pico
from host_tools.emulator.ssd1306 import SSD1306

PLUGGED_MS = 3000
SET_LINE_CODING, SET_CONTROL_LINE_STATE = (0x21, 0x20, 0), 0x22


class Plugged:
    """A host and a device at one chip, which executes nothing; the cable is in."""

    def __init__(self, **device):
        self.chip = Chip()
        self.host = usb_host.install(self.chip.mcu)
        self.device = UsbDevice(self.chip.mcu, **device)
        self.device.switch_on()
        self.host.plug()

    def run(self, milliseconds=50.0):
        self.chip.run_for(milliseconds * MILLISECOND)

    def lines(self):
        return [value for _, request, value in self.device.requests if request == SET_CONTROL_LINE_STATE]


@pytest.fixture
def plugged() -> Plugged:
    made = Plugged()
    made.run(50)
    assert made.host.connected
    return made


@pytest.fixture
def pico(rp2040) -> Pico:
    """A blank board with the real image; its port is there for whoever plugs it in."""
    made = Pico()
    made.load_uf2(rp2040)
    made.attach_i2c(0, SSD1306())
    made.power_on()
    return made


def busy_part(pico: Pico, milliseconds: float) -> float:
    """The part of the time in which the processor executes instructions."""
    busy, nanos = pico.chip.busy_nanos, pico.chip.nanos
    pico.run(milliseconds)
    return (pico.chip.busy_nanos - busy) / (pico.chip.nanos - nanos)


# The fault and its cure.


def test_rp2040pys_host_sends_empty_packets_all_the_time():
    mcu = RP2040()
    USBCDC(mcu.usb_ctrl)
    device = UsbDevice(mcu)
    device.switch_on()
    mcu.clock.tick(100 * MILLISECOND)
    before = len(device.packets)
    mcu.clock.tick(10 * MILLISECOND)
    assert len(device.packets) - before > 200
    assert device.received == b""


def test_a_host_with_nothing_to_send_lets_the_device_wait(plugged):
    plugged.run(10)
    assert plugged.device.packets == []
    plugged.host.send(b"now")
    plugged.run(1)
    assert plugged.device.packets == [b"now"]


def test_with_rp2040pys_host_the_real_firmware_hardly_sleeps(pico):
    connected = []
    host = USBCDC(pico.chip.mcu.usb_ctrl)
    host.on_device_connected = lambda: connected.append(1)
    host.usb.reset_device()
    assert pico.chip.run_until(lambda: bool(connected), PLUGGED_MS * MILLISECOND)
    pico.run(200)
    assert busy_part(pico, 100) > 0.6


def test_the_real_firmware_sleeps_while_nobody_sends(pico):
    pico.plug_usb()
    assert pico.chip.run_until(lambda: pico.usb.connected, PLUGGED_MS * MILLISECOND)
    pico.run(200)
    assert busy_part(pico, 100) < 0.3


# Enumeration.


def test_the_real_image_says_what_it_is(pico):
    pico.plug_usb()
    assert pico.chip.run_until(lambda: pico.usb.connected, PLUGGED_MS * MILLISECOND)
    assert (pico.usb.vendor_id, pico.usb.product_id) == (0x2E8A, 0x0005)
    assert pico.usb.serial_number == UID.hex()


def test_a_device_is_addressed_asked_configured_and_set_up(plugged):
    requests = plugged.device.requests
    assert (plugged.host.vendor_id, plugged.host.product_id) == (0x1209, 0xBEEF)
    assert plugged.host.serial_number == "E660"
    assert (0x00, usb_host.SET_ADDRESS, usb_host.ADDRESS) in requests
    assert requests.index((0x00, usb_host.SET_CONFIGURATION, 1)) == len(requests) - 2
    assert requests[-1] == SET_LINE_CODING


def test_a_device_without_a_serial_number_has_none():
    nameless = bytearray(usb_device.DEVICE)
    nameless[16] = 0
    plugged = Plugged(device=bytes(nameless))
    plugged.run()
    assert plugged.host.connected
    assert plugged.host.serial_number == ""


@pytest.mark.parametrize(
    "configured_as",
    [
        configuration(),
        configuration(interface(0, 3), endpoint(0x81, 3)),
        configuration(interface(0, 2, 1), endpoint(0x81, 3)),
        configuration(interface(0, 2, 1), interface(1, 10), endpoint(0x82)),
        configuration(interface(0, 2, 1), interface(1, 10), endpoint(0x02)),
        configuration(interface(1, 10), endpoint(0x82), endpoint(0x02)),
        configuration(b"\x03\x04\x00", b"\x02\x05", b"\x00\x00"),
        usb_device.SERIAL[:5],
    ],
    ids=["empty", "keyboard", "no data", "no out", "no in", "no control", "truncated parts", "truncated"],
)
def test_a_device_that_is_no_serial_port_is_not_connected(configured_as):
    plugged = Plugged(configured_as=configured_as)
    plugged.run()
    assert not plugged.host.connected
    assert (0x00, usb_host.SET_CONFIGURATION, 1) not in plugged.device.requests


def test_a_device_whose_descriptor_is_too_short_is_not_connected():
    plugged = Plugged(device=usb_device.DEVICE[:8])
    plugged.run()
    assert not plugged.host.connected


def test_a_long_configuration_comes_in_several_packets():
    plugged = Plugged(configured_as=configuration(b"\x64\x24" + bytes(98), usb_device.SERIAL[9:]))
    plugged.run()
    assert plugged.host.connected


@pytest.mark.parametrize("request_number", [usb_host.GET_DESCRIPTOR, usb_host.SET_CONFIGURATION])
def test_a_device_that_does_not_answer_what_it_must_is_given_up(request_number):
    plugged = Plugged(ignored={request_number})
    plugged.run(1200)
    assert not plugged.host.connected


def test_a_device_that_knows_no_line_coding_can_be_used_all_the_same():
    plugged = Plugged(ignored={usb_host.SET_LINE_CODING})
    plugged.run(50)
    assert plugged.host.connected
    plugged.host.set_lines(dtr=True, rts=False)
    plugged.run(600)
    assert plugged.lines() == [1]


# The cable.


def test_without_a_cable_nothing_is_recognised():
    chip = Chip()
    host = usb_host.install(chip.mcu)
    device = UsbDevice(chip.mcu)
    device.switch_on()
    chip.run_for(100 * MILLISECOND)
    assert (host.pulled_up, host.connected, device.requests) == (True, False, [])
    host.plug()
    chip.run_for(100 * MILLISECOND)
    assert host.connected


def test_a_cable_that_is_plugged_in_first_waits_for_the_device():
    chip = Chip()
    host = usb_host.install(chip.mcu)
    host.plug()
    chip.run_for(100 * MILLISECOND)
    assert (host.connected, host.pull_ups) == (False, 0)
    UsbDevice(chip.mcu).switch_on()
    chip.run_for(100 * MILLISECOND)
    assert (host.connected, host.pull_ups) == (True, 1)


def test_each_coming_and_going_is_told_once(plugged):
    told = []
    plugged.host.on_connect.append(lambda: told.append("came"))
    plugged.host.on_disconnect.append(lambda: told.append("left"))
    plugged.host.plug()
    plugged.run(50)
    assert told == []
    plugged.host.unplug()
    plugged.host.unplug()
    plugged.run(50)
    plugged.host.plug()
    plugged.run(50)
    assert told == ["left", "came"]


def test_a_cable_that_is_pulled_while_the_device_is_being_asked_leaves_nothing_behind():
    for milliseconds in (5, 10.1, 10.4, 10.7):
        plugged = Plugged()
        plugged.run(milliseconds)
        assert not plugged.host.connected
        plugged.host.unplug()
        asked = len(plugged.device.requests)
        plugged.run(100)
        assert (plugged.host.connected, len(plugged.device.requests)) == (False, asked)
        plugged.host.plug()
        plugged.run(100)
        assert plugged.host.connected


def test_a_device_that_switches_its_pull_up_off_has_left(plugged):
    plugged.device.send(b"unread")
    plugged.run(1)
    assert plugged.host.waiting == 6
    plugged.device.switch_off()
    assert not plugged.host.connected
    assert (plugged.host.waiting, plugged.host.receive()) == (0, b"")


def test_a_chip_reset_ends_the_connection(plugged):
    left = []
    plugged.host.on_disconnect.append(lambda: left.append(1))
    plugged.chip.reset()
    assert (plugged.host.connected, plugged.host.pulled_up, left) == (False, False, [1])


def test_the_real_firmware_comes_back_after_a_reset(pico):
    pico.plug_usb()
    for reset in (lambda: None, pico.reset, lambda: (pico.power_off(), pico.power_on())):
        reset()
        assert pico.chip.run_until(lambda: pico.usb.connected, PLUGGED_MS * MILLISECOND)
        assert pico.usb.serial_number == UID.hex()
    pico.unplug_usb()
    pico.run(100)
    assert not pico.usb.connected
    pico.plug_usb()
    assert pico.chip.run_until(lambda: pico.usb.connected, PLUGGED_MS * MILLISECOND)


# Data.


def test_data_goes_both_ways_in_packets_of_64_bytes(plugged):
    sent = bytes(range(200))
    plugged.host.send(sent)
    plugged.run(10)
    assert [len(packet) for packet in plugged.device.packets] == [64, 64, 64, 8]
    assert plugged.device.received == sent
    plugged.device.send(b"hello ")
    plugged.run(1)
    plugged.device.send(b"world")
    plugged.run(1)
    assert plugged.host.receive() == b"hello world"


def test_what_came_is_handed_out_in_the_portions_that_are_asked_for(plugged):
    plugged.device.send(b"abcdef")
    plugged.run(1)
    assert plugged.host.receive(0) == b""
    assert plugged.host.receive(2) == b"ab"
    assert plugged.host.waiting == 4
    assert plugged.host.receive(100) == b"cdef"
    assert plugged.host.receive() == b""


def test_a_device_that_makes_no_room_is_waited_for():
    plugged = Plugged(takes=False)
    plugged.run(50)
    plugged.host.send(b"patience")
    plugged.run(100)
    assert plugged.device.packets == []
    plugged.device.takes = True
    plugged.run(1)
    assert plugged.device.packets == [b"patience"]


def test_what_is_sent_while_nobody_is_there_is_lost():
    chip = Chip()
    host = usb_host.install(chip.mcu)
    host.send(b"to nobody")
    device = UsbDevice(chip.mcu)
    device.switch_on()
    host.plug()
    chip.run_for(100 * MILLISECOND)
    assert (host.connected, device.received) == (True, b"")


def test_the_control_lines_are_told_in_their_order(plugged):
    plugged.host.set_lines(dtr=True, rts=True)
    plugged.host.set_lines(dtr=False, rts=True)
    plugged.host.set_lines(dtr=False, rts=False)
    plugged.run(10)
    assert plugged.lines() == [3, 2, 0]


def test_the_control_lines_of_no_device_are_told_to_nobody():
    chip = Chip()
    host = usb_host.install(chip.mcu)
    host.set_lines(dtr=True, rts=True)
    device = UsbDevice(chip.mcu)
    device.switch_on()
    host.plug()
    chip.run_for(100 * MILLISECOND)
    assert SET_CONTROL_LINE_STATE not in {request for _, request, _ in device.requests}


# Descriptors.


def test_the_first_serial_port_is_taken_from_among_other_interfaces():
    found = usb_descriptors.serial_port(
        configuration(
            interface(0, 3, 1),
            endpoint(0x85),
            endpoint(0x05),
            usb_device.SERIAL[9:],
            interface(3, 2),
            interface(4, 10),
        )
    )
    assert found == usb_descriptors.Serial(0, 2, 2)
