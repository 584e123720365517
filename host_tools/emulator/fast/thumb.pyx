# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Executes Thumb instructions in bursts that last until the next alarm, and leaves rare ones to rp2040py's core.

It has the effect of rp2040py's own loop, instruction by instruction: the same registers, memory, cycles and times.
What it gains, it gains by keeping the processor's state in C, by looking at the clock once a burst, and by reading
and writing memory, spin locks, divider and timer directly. Other peripherals are one call of `execute_instruction` on
the core, between two bursts; all else – exceptions, special registers, faults, hooks – is one of `processor.step`.
"""

from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from rp2040py.native._cortex_m0_core cimport CortexM0Core
from rp2040py.native._pio cimport RPPIO
from rp2040py.native._rp2040 cimport RP2040
from rp2040py.native._simulation_clock cimport SimulationClock

include "decode.pxi"
include "bus.pxi"
include "arithmetic.pxi"
include "burst.pxi"

cdef double CYCLE_NANOS = 8.0
cdef int64_t FOREVER = 1 << 40


cdef int64_t cycles_until(double now, double then) noexcept:
    """After how many cycles the clock has reached `then`, by the clock's own arithmetic."""
    cdef int64_t cycles
    if then <= now:
        return 0
    if then - now > 1e12:
        return FOREVER
    cycles = <int64_t> ((then - now) / CYCLE_NANOS)
    while cycles > 0 and now + (cycles - 1) * CYCLE_NANOS >= then:
        cycles -= 1
    while now + cycles * CYCLE_NANOS < then:
        cycles += 1
    return cycles


cdef void advance(SimulationClock clock, Bus* bus, CortexM0Core core, int64_t cycles) noexcept:
    """Count the cycles of a burst, in which no alarm was due."""
    core.cycles += cycles
    clock._nanos_counter += cycles * CYCLE_NANOS


def run(machine):
    """Execute instructions, and let time pass while the processor waits, until `machine.stopped`.

    `machine` has `rp2040`, an RP2040 with a Sio of host_tools.emulator.sio, `processor`, a Processor of
    host_tools.emulator.processor, and `stopped`, a flag that callbacks set.
    """
    cdef RP2040 mcu = machine.rp2040
    cdef CortexM0Core core = mcu.core
    cdef SimulationClock clock = mcu.clock
    cdef RPPIO first = mcu.pio[0]
    cdef RPPIO second = mcu.pio[1]
    cdef uint32_t[:] sio = mcu.sio.words
    cdef object timer = mcu.timer
    cdef object processor = machine.processor
    cdef Bus bus
    cdef int64_t cycles, limit
    cdef double idle
    cdef int outcome
    cdef uint32_t exception

    bus.registers = &core.registers[0]
    bus.sram = &mcu._sram[0]
    bus.flash = &mcu._flash[0]
    bus.dpram = &mcu._usb_dpram[0]
    bus.rom = <uint8_t*> &mcu._bootrom[0]
    bus.sio = &sio[0]

    while not machine.stopped:
        if core.waiting:
            idle = clock._next_alarm.nanos - clock._nanos_counter if clock._next_alarm is not None else 0.0
            exception = core.ipsr
            clock.tick(idle)
            if core.ipsr != exception and core.ipsr:
                processor.entered()
            cycles = <int64_t> (idle / CYCLE_NANOS) or 1
        else:
            if core.interrupts_updated and anything_pending(core):
                processor.take_exceptions()
                if core.waiting:
                    continue  # locked up
            limit = FOREVER
            if clock._next_alarm is not None:
                limit = cycles_until(clock._nanos_counter, clock._next_alarm.nanos)
            if not (first.stopped and second.stopped):
                limit = 1  # their state machines run along, instruction by instruction
            bus.now = clock._nanos_counter
            bus.timer_epoch = timer._epoch_nanos
            cycles = 0
            outcome = burst(core, &bus, limit, &cycles)
            if outcome != FINISHED:
                # The instruction sees the time at which it begins; what it schedules counts from there.
                advance(clock, &bus, core, cycles)
                if outcome == ACCESS and is_register(bus.touched) and not core.interrupts_updated:
                    limit = core.execute_instruction()
                else:
                    limit = processor.step()
                clock.tick(limit * CYCLE_NANOS)
                cycles += limit
            else:
                core.cycles += cycles
                clock.tick(cycles * CYCLE_NANOS)
        if not first.stopped:
            first.advance(cycles)
        if not second.stopped:
            second.advance(cycles)
