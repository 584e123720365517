# Memory, and the few registers that are worth reaching without a detour through Python.
# Source: RP2040 data sheet, sections 2.2 (address map), 2.3.1 (single-cycle I/O), 4.6 (timer).

cdef struct Bus:
    uint32_t* registers
    uint8_t* sram
    uint8_t* flash
    uint8_t* rom
    uint8_t* dpram
    uint32_t* sio  # the words of host_tools.emulator.sio.Sio
    double now  # the time at which the burst began, in nanoseconds
    uint32_t touched  # the address of a load or store that was left to the core
    double timer_epoch  # the time at which the timer block was last reset

cdef enum:
    SPIN_LOCK, DIVIDEND, DIVISOR, QUOTIENT, REMAINDER, CSR  # the places in those words

cdef enum:
    SRAM = 0x20000000
    SRAM_SIZE = 264 * 1024
    FLASH = 0x10000000
    FLASH_SIZE = 16 * 1024 * 1024
    FLASH_MASK = 0x00FFFFFF
    ROM_SIZE = 16 * 1024
    DPRAM = 0x50100000
    DPRAM_SIZE = 4 * 1024
    APB = 0x40000000
    APB_BLOCKS = 28  # of 16 KiB each
    APB_GAP = 26  # the one that is not there
    TIMER_HIGH = 0x40054024
    TIMER_LOW = 0x40054028
    CPUID = 0xD0000000
    DIVIDER = 0xD0000060
    SPIN_LOCKS = 0xD0000100


cdef inline int access_cycles(uint32_t address, int on_apb) noexcept nogil:
    """What a load or store takes beyond its first cycle; `on_apb` is what a peripheral of the slow bus takes."""
    if address >> 28 == 0xD:
        return 0
    if address >> 28 == 4:
        return on_apb
    return 1


cdef inline uint32_t word_at(uint8_t* memory) noexcept nogil:
    cdef uint32_t word
    memcpy(&word, memory, 4)
    return word


cdef inline uint32_t half_at(uint8_t* memory) noexcept nogil:
    cdef uint16_t half
    memcpy(&half, memory, 2)
    return half


cdef uint8_t* elsewhere(Bus* bus, uint32_t address) noexcept nogil:
    """The memory that holds `address`, for reading, if it is neither SRAM nor flash."""
    if address < ROM_SIZE:
        return bus.rom + address
    if address - <uint32_t> DPRAM < DPRAM_SIZE:
        return bus.dpram + (address - <uint32_t> DPRAM)
    return NULL


cdef inline uint8_t* readable(Bus* bus, uint32_t address) noexcept nogil:
    """The memory that holds `address`, for reading, or NULL."""
    if address - <uint32_t> SRAM < SRAM_SIZE:
        return bus.sram + (address - <uint32_t> SRAM)
    if address >> 26 == FLASH >> 26:  # four mirrors of 16 MiB: cached or not, allocating or not
        return bus.flash + (address & FLASH_MASK)
    return elsewhere(bus, address)


cdef bint read_register(Bus* bus, uint32_t address, int64_t cycles, uint32_t* value) noexcept nogil:
    """Read a register of SIO or timer; False if it is another one."""
    cdef uint32_t bit
    cdef double micros
    if address == <uint32_t> CPUID:
        value[0] = 0
        return True
    if address - <uint32_t> SPIN_LOCKS < 0x80:
        bit = <uint32_t> 1 << ((address >> 2) & 31)
        value[0] = 0 if bus.sio[SPIN_LOCK] & bit else bit
        bus.sio[SPIN_LOCK] |= bit
        return True
    if address - <uint32_t> DIVIDER <= 0x18:
        if address == <uint32_t> DIVIDER + 0x18:
            value[0] = bus.sio[CSR]
        elif address == <uint32_t> DIVIDER + 0x10:
            value[0] = bus.sio[QUOTIENT]
            bus.sio[CSR] &= ~<uint32_t> 2  # no longer dirty
        elif address == <uint32_t> DIVIDER + 0x14:
            value[0] = bus.sio[REMAINDER]
        elif address & 4:
            value[0] = bus.sio[DIVISOR]
        else:
            value[0] = bus.sio[DIVIDEND]
        return True
    if address == TIMER_LOW or address == TIMER_HIGH:
        micros = ((bus.now + cycles * 8.0) - bus.timer_epoch) / 1000
        value[0] = <uint32_t> (<uint64_t> micros if address == TIMER_LOW else <uint64_t> micros >> 32)
        return True
    return False


cdef bint is_register(uint32_t address) noexcept nogil:
    """Whether a peripheral answers there, for loads and stores of every size."""
    cdef uint32_t block = (address - <uint32_t> APB) >> 14
    if address >> 28 == 0xD or address >> 12 == 0xE000E:
        return True
    if block < APB_BLOCKS:
        return block != APB_GAP
    block = address >> 14 << 2
    return (
        block == 0x14000  # XIP control
        or block == 0x18000  # XIP's serial interface
        or block == 0x50000  # DMA
        or block == 0x50110  # USB; its memory:
        or address - <uint32_t> DPRAM < DPRAM_SIZE
        or block == 0x50200
        or block == 0x50300  # PIO
    )


cdef void divide(uint32_t* sio, bint signed) noexcept nogil:
    cdef int64_t dividend = sio[DIVIDEND]
    cdef int64_t divisor = sio[DIVISOR]
    cdef int64_t quotient
    if signed:
        dividend, divisor = <int32_t> sio[DIVIDEND], <int32_t> sio[DIVISOR]
    if divisor == 0:
        quotient = 1 if dividend < 0 else -1
        sio[REMAINDER] = <uint32_t> dividend
    else:
        quotient = dividend / divisor
        sio[REMAINDER] = <uint32_t> (dividend - quotient * divisor)
    sio[QUOTIENT] = <uint32_t> quotient
    sio[CSR] = 3


cdef bint write_register(Bus* bus, uint32_t address, uint32_t value) noexcept nogil:
    """Write a register of SIO; False if it is another one."""
    if address - <uint32_t> SPIN_LOCKS < 0x80:
        bus.sio[SPIN_LOCK] &= ~(<uint32_t> 1 << ((address >> 2) & 31))
        return True
    if address - <uint32_t> DIVIDER <= 0x0C:
        bus.sio[DIVISOR if address & 4 else DIVIDEND] = value
        divide(bus.sio, (address & 8) != 0)
        return True
    return False


cdef inline bint load_word(Bus* bus, uint32_t address, int64_t cycles, uint32_t* value) noexcept nogil:
    """Load an aligned word from memory or a fast register; False if there is none of these."""
    cdef uint8_t* memory
    if address & 3:
        return False
    memory = readable(bus, address)
    if memory != NULL:
        value[0] = word_at(memory)
        return True
    return read_register(bus, address, cycles, value)


cdef inline bint store_word(Bus* bus, uint32_t address, uint32_t value) noexcept nogil:
    if address & 3:
        return False
    if address - <uint32_t> SRAM < SRAM_SIZE:
        memcpy(bus.sram + (address - <uint32_t> SRAM), &value, 4)
        return True
    return write_register(bus, address, value)


cdef inline bint load_half(Bus* bus, uint32_t address, uint32_t* value) noexcept nogil:
    cdef uint8_t* memory
    if address & 1:
        return False
    memory = readable(bus, address)
    if memory == NULL:
        return False
    value[0] = half_at(memory)
    return True


cdef inline bint store_half(Bus* bus, uint32_t address, uint16_t value) noexcept nogil:
    if address & 1 or address - <uint32_t> SRAM >= SRAM_SIZE:
        return False
    memcpy(bus.sram + (address - <uint32_t> SRAM), &value, 2)
    return True


cdef inline bint load_byte(Bus* bus, uint32_t address, uint32_t* value) noexcept nogil:
    cdef uint8_t* memory = readable(bus, address)
    if memory == NULL:
        return False
    value[0] = memory[0]
    return True


cdef inline bint store_byte(Bus* bus, uint32_t address, uint32_t value) noexcept nogil:
    if address - <uint32_t> SRAM >= SRAM_SIZE:
        return False
    bus.sram[address - <uint32_t> SRAM] = <uint8_t> value
    return True


cdef inline uint8_t* stack_at(Bus* bus, uint32_t address, uint32_t length, bint store) noexcept nogil:
    """The memory behind `length` bytes at an aligned address, if all of them lie in SRAM, or for loads in flash."""
    if address & 3:
        return NULL
    if address - <uint32_t> SRAM <= SRAM_SIZE - length:
        return bus.sram + (address - <uint32_t> SRAM)
    if not store and address >> 24 == FLASH >> 24 and (address & FLASH_MASK) <= FLASH_SIZE - length:
        return bus.flash + (address & FLASH_MASK)
    return NULL
