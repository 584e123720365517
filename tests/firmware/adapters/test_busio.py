"""CircuitPython's I²C bus over MicroPython's."""

from busio import I2C


class Bus:
    """A machine.I2C that notes what is written and answers 1, 2, 3, …"""

    def __init__(self):
        self.written = []

    def writeto(self, address, data):
        self.written.append((address, bytes(data), data))

    def readfrom_into(self, address, buffer):
        for i in range(len(buffer)):
            buffer[i] = i + 1


def test_one_driver_at_a_time_has_the_bus():
    bus = I2C(Bus())
    assert bus.try_lock()
    assert not bus.try_lock()
    bus.unlock()
    assert bus.try_lock()


def test_a_whole_buffer_goes_out_without_a_copy():
    wire = Bus()
    frame = bytearray(b"frame")
    I2C(wire).writeto(0x3C, frame, start=0, end=5)
    I2C(wire).writeto(0x3C, frame)
    assert all(data is frame for _, _, data in wire.written)


def test_part_of_a_buffer_goes_out():
    wire = Bus()
    bus = I2C(wire)
    bus.writeto(0x3C, b"abcdef", start=2, end=4)
    bus.writeto(0x3C, b"abcdef", start=2)
    assert [data for _, data, _ in wire.written] == [b"cd", b"cdef"]


def test_reading_fills_the_part_that_was_asked_for():
    buffer = bytearray(6)
    I2C(Bus()).readfrom_into(0x3C, buffer, start=2, end=4)
    assert buffer == bytes([0, 0, 1, 2, 0, 0])
    I2C(Bus()).readfrom_into(0x3C, buffer)
    assert buffer == bytes([1, 2, 3, 4, 5, 6])
