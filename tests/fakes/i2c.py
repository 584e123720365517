"""An I²C device that can misbehave, and firmware that talks to it: over the controller's registers, or bit by bit."""

from rp2040py.peripherals import i2c as registers

from host_tools.emulator.i2c_controller import BASES, GPIO_FUNCTION

SIO_FUNCTION = 5
IO_BANK0, PADS_BANK0, SIO = 0x4001_4000, 0x4001_C000, 0xD000_0000
GPIO_IN, GPIO_OUT_CLR, GPIO_OE_SET, GPIO_OE_CLR = 0x04, 0x18, 0x24, 0x28
PULL_UP_AND_INPUT = 0x48  # of a pad
# 400 kHz from 125 MHz as the SDK sets it up: high, low, and the spikes that are ignored, in cycles.
HIGH, LOW, SPIKES = 126, 187, 11
STEP_NANOS = 1000
PATIENCE_NANOS = 1e6  # for a byte; the SDK's own time-out is longer, and comes to the same
EIO, ETIMEDOUT = 5, 110


class Device:
    """Keeps what is written to it and answers from `answer`, again and again.

    From byte `refuses_from` of a transaction on (0 is the address) it acknowledges nothing.
    """

    def __init__(self, address=0x3C, answer=b"\x00", refuses_from=None):
        self.address = address
        self.answer = answer
        self.refuses_from = refuses_from
        self.written = []
        self.read_bytes = 0

    def accepts(self, number, byte):
        return self.refuses_from is None or number < self.refuses_from

    def write(self, data):
        self.written.append(data)

    def read(self, length):
        data = bytes(self.answer[(self.read_bytes + i) % len(self.answer)] for i in range(length))
        self.read_bytes += length
        return data


class Plain:
    """A device that has no choice but to acknowledge everything."""

    def __init__(self, address):
        self.address = address
        self.written = []

    def write(self, data):
        self.written.append(data)

    def read(self, length):
        return b"\xa5" * length


class OnController:
    """What the SDK does with one of the controllers, for a chip that executes nothing meanwhile."""

    def __init__(self, mcu, run, number=0, pins=(4, 5)):
        self.mcu = mcu
        self.run = run
        self.base = BASES[number]
        for pin in pins:
            select(mcu, pin, GPIO_FUNCTION)
        self.put(registers.IC_ENABLE, 0)
        self.put(registers.IC_CON, 1 << 0 | 2 << 1 | 1 << 5 | 1 << 6 | registers.TX_EMPTY_CTRL)
        self.put(registers.IC_FS_SCL_HCNT, HIGH)
        self.put(registers.IC_FS_SCL_LCNT, LOW)
        self.put(registers.IC_FS_SPKLEN, SPIKES)

    def put(self, offset, value):
        self.mcu.write_uint32(self.base + offset, value)

    def get(self, offset):
        return self.mcu.read_uint32(self.base + offset)

    def address(self, address):
        self.put(registers.IC_ENABLE, 0)
        self.put(registers.IC_TAR, address)
        self.put(registers.IC_ENABLE, 1)

    def write(self, address, data, stop=True):
        """0, or the error that firmware would come to."""
        self.address(address)
        self.get(registers.IC_CLR_STOP_DET)
        for index, byte in enumerate(data):
            last = index == len(data) - 1
            self.put(registers.IC_DATA_CMD, byte | (registers.STOP if last and stop else 0))
            if not self._wait(registers.R_TX_EMPTY):
                return ETIMEDOUT
            if self.get(registers.IC_TX_ABRT_SOURCE):
                return self._aborted()
        if stop:
            self._wait(registers.R_STOP_DET)
            self.get(registers.IC_CLR_STOP_DET)
            if self.get(registers.IC_TX_ABRT_SOURCE):
                return self._aborted()
        return 0

    def read(self, address, length):
        """The bytes, or the error that firmware would come to."""
        self.address(address)
        data = bytearray()
        for index in range(length):
            last = index == length - 1
            self.put(registers.IC_DATA_CMD, registers.CMD | (registers.STOP if last else 0))
            if not self._until(lambda: self.get(registers.IC_RXFLR) or self.get(registers.IC_TX_ABRT_SOURCE)):
                return ETIMEDOUT
            if self.get(registers.IC_TX_ABRT_SOURCE):
                return self._aborted()
            data.append(self.get(registers.IC_DATA_CMD) & 0xFF)
        return bytes(data)

    def _aborted(self):
        self.get(registers.IC_CLR_TX_ABRT)
        return EIO if self._wait(registers.R_STOP_DET) else ETIMEDOUT

    def _wait(self, interrupt):
        return self._until(lambda: self.get(registers.IC_RAW_INTR_STAT) & interrupt)

    def _until(self, condition):
        for _ in range(int(PATIENCE_NANOS / STEP_NANOS)):
            if condition():
                return True
            self.run(STEP_NANOS)
        return False


class BitBanged:
    """What firmware does that moves the two pins itself, as MicroPython for writes of no bytes."""

    def __init__(self, mcu, sda=4, scl=5):
        self.mcu = mcu
        self.sda, self.scl = 1 << sda, 1 << scl
        mcu.write_uint32(SIO + GPIO_OUT_CLR, self.sda | self.scl)
        for pin in (sda, scl):
            select(mcu, pin, SIO_FUNCTION)

    def low(self, line):
        self.mcu.write_uint32(SIO + GPIO_OE_SET, line)

    def release(self, line):
        self.mcu.write_uint32(SIO + GPIO_OE_CLR, line)

    def level(self, line):
        return bool(self.mcu.read_uint32(SIO + GPIO_IN) & line)

    def start(self):
        self.release(self.sda)
        self.release(self.scl)
        self.low(self.sda)
        self.low(self.scl)

    def stop(self):
        self.low(self.sda)
        self.release(self.scl)
        self.release(self.sda)

    def write(self, byte):
        """Whether it was acknowledged."""
        for bit in range(7, -1, -1):
            (self.release if byte >> bit & 1 else self.low)(self.sda)
            self._clock()
        self.release(self.sda)
        return not self._clock()

    def read(self, acknowledge):
        value = 0
        self.release(self.sda)
        for _ in range(8):
            value = value << 1 | self._clock()
        if acknowledge:
            self.low(self.sda)
        self._clock()
        self.release(self.sda)
        return value

    def _clock(self):
        self.release(self.scl)
        level = self.level(self.sda)
        self.low(self.scl)
        return level

    def scan(self):
        found = []
        for address in range(0x08, 0x78):
            self.start()
            if self.write(address << 1):
                found.append(address)
            self.stop()
        return found


def select(mcu, pin, function):
    """Give the pin to a part of the chip, with its pull-up on."""
    mcu.write_uint32(PADS_BANK0 + 4 + 4 * pin, PULL_UP_AND_INPUT)
    mcu.write_uint32(IO_BANK0 + 4 + 8 * pin, function)
