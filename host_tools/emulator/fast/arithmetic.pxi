# The flags as C keeps them at little cost, and the operations that set them.
# Source: ARMv6-M architecture reference manual, sections A2.2.1 and D5.3 (AddWithCarry, Shift_C).

cdef struct Flags:
    uint32_t negative  # bit 31
    uint32_t zero  # set if this is 0
    bint carry
    bint overflow


cdef inline uint32_t logic(Flags* flags, uint32_t result) noexcept nogil:
    flags.negative = flags.zero = result
    return result


cdef inline uint32_t add(Flags* flags, uint32_t left, uint32_t right, uint32_t carry) noexcept nogil:
    cdef uint64_t total = <uint64_t> left + right + carry
    cdef uint32_t result = <uint32_t> total
    flags.carry = <bint> (total >> 32)
    flags.overflow = <bint> (((left ^ result) & (right ^ result)) >> 31)
    return logic(flags, result)


cdef inline uint32_t shift_left(Flags* flags, uint32_t value, uint32_t count) noexcept nogil:
    if count == 0:
        return logic(flags, value)
    if count > 32:
        flags.carry = False
        return logic(flags, 0)
    flags.carry = (value >> (32 - count)) & 1
    return logic(flags, value << count if count < 32 else 0)


cdef inline uint32_t shift_right(Flags* flags, uint32_t value, uint32_t count) noexcept nogil:
    if count == 0:
        return logic(flags, value)
    if count > 32:
        flags.carry = False
        return logic(flags, 0)
    flags.carry = (value >> (count - 1)) & 1
    return logic(flags, value >> count if count < 32 else 0)


cdef inline uint32_t shift_right_signed(Flags* flags, uint32_t value, uint32_t count) noexcept nogil:
    if count == 0:
        return logic(flags, value)
    if count >= 32:
        flags.carry = value >> 31
        return logic(flags, <uint32_t> (<int32_t> value >> 31))
    flags.carry = (value >> (count - 1)) & 1
    return logic(flags, <uint32_t> (<int32_t> value >> count))


cdef inline uint32_t rotate_right(Flags* flags, uint32_t value, uint32_t count) noexcept nogil:
    if count == 0:
        return logic(flags, value)
    count &= 31
    if count:
        value = value >> count | value << (32 - count)
    flags.carry = value >> 31
    return logic(flags, value)


cdef inline bint holds(Flags* flags, uint32_t condition) noexcept nogil:
    """Whether a condition of section A6.3 holds; its lowest bit inverts it."""
    cdef uint32_t kind = condition >> 1
    cdef bint result
    if kind == 0:
        result = flags.zero == 0
    elif kind == 1:
        result = flags.carry
    elif kind == 2:
        result = flags.negative >> 31
    elif kind == 3:
        result = flags.overflow
    elif kind == 4:
        result = flags.carry and flags.zero != 0
    elif kind == 5:
        result = (flags.negative >> 31) == <uint32_t> flags.overflow
    else:
        result = (flags.negative >> 31) == <uint32_t> flags.overflow and flags.zero != 0
    return result != <bint> (condition & 1)
