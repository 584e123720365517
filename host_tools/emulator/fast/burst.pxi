# The burst: instruction after instruction, until a number of cycles is reached or one is not done here.

cdef enum:
    FINISHED
    DELEGATED  # the instruction has to be looked at
    ACCESS  # it is an aligned load or store, at bus.touched

cdef enum:
    STACK_POINTER = 13
    LINK = 14
    PROGRAM_COUNTER = 15
    IN_HANDLER = 1


cdef inline bint anything_pending(CortexM0Core core) noexcept nogil:
    """Whether an exception may have to be taken; if not, the core need not be asked until something changes."""
    if (
        core.pending_interrupts & core.enabled_interrupts
        or core.pending_nmi
        or core.pending_svcall
        or core.pending_pend_sv
        or core.pending_systick
    ):
        return True
    core.interrupts_updated = False
    return False


cdef inline int to_core(Bus* bus, uint32_t address, uint32_t size) noexcept nogil:
    """How a load or store that memory cannot answer is left to the core."""
    bus.touched = address
    return DELEGATED if address & (size - 1) else ACCESS


cdef inline int count_bits(uint32_t value) noexcept nogil:
    cdef int count = 0
    while value:
        value &= value - 1
        count += 1
    return count


cdef inline uint32_t sign_extended(uint32_t value, int bits) noexcept nogil:
    return <uint32_t> (<int32_t> (value << (32 - bits)) >> (32 - bits))


cdef int burst(CortexM0Core core, Bus* bus, int64_t limit, int64_t* spent) noexcept nogil:
    """Execute until `limit` cycles have been spent; DELEGATED or ACCESS if the core has to do the next instruction.

    Cycles are those of rp2040py's core, which takes exceptions, and pushes the link register, in no time.
    """
    cdef uint32_t* r = bus.registers
    cdef uint32_t pc = r[PROGRAM_COUNTER] & ~<uint32_t> 1  # of the next instruction
    cdef uint32_t here  # where the one that is being executed is
    cdef uint32_t opcode, second, address, value, d, m
    cdef uint8_t* memory
    cdef uint8_t* code = NULL  # where the instructions come from, and the addresses that are there
    cdef uint32_t code_start = 0
    cdef uint32_t code_size = 0
    cdef int64_t cycles = 0
    cdef int outcome = FINISHED
    cdef int operation
    cdef Flags flags
    flags.negative = 0x80000000 if core.n else 0
    flags.zero = 0 if core.z else 1
    flags.carry = core.c
    flags.overflow = core.v

    while cycles < limit:
        here = pc
        if here - code_start >= code_size:
            if here - <uint32_t> SRAM < SRAM_SIZE - 2:
                code, code_start, code_size = bus.sram, SRAM, SRAM_SIZE - 2
            elif here >> 24 == FLASH >> 24 and here < FLASH + FLASH_SIZE - 2:
                code, code_start, code_size = bus.flash, FLASH, FLASH_SIZE - 2
            elif here < ROM_SIZE - 2:
                code, code_start, code_size = bus.rom, 0, ROM_SIZE - 2
            else:
                outcome = DELEGATED
                break
        opcode = half_at(code + (here - code_start))
        pc = here + 2
        operation = OPERATIONS[opcode]

        if operation == LSL_IMMEDIATE:
            r[opcode & 7] = shift_left(&flags, r[opcode >> 3 & 7], opcode >> 6 & 31)
            cycles += 1
        elif operation == LSR_IMMEDIATE:
            value = opcode >> 6 & 31
            r[opcode & 7] = shift_right(&flags, r[opcode >> 3 & 7], value if value else 32)
            cycles += 1
        elif operation == ASR_IMMEDIATE:
            value = opcode >> 6 & 31
            r[opcode & 7] = shift_right_signed(&flags, r[opcode >> 3 & 7], value if value else 32)
            cycles += 1
        elif operation == ADD_REGISTER:
            r[opcode & 7] = add(&flags, r[opcode >> 3 & 7], r[opcode >> 6 & 7], 0)
            cycles += 1
        elif operation == SUB_REGISTER:
            r[opcode & 7] = add(&flags, r[opcode >> 3 & 7], ~r[opcode >> 6 & 7], 1)
            cycles += 1
        elif operation == ADD_IMMEDIATE_3:
            r[opcode & 7] = add(&flags, r[opcode >> 3 & 7], opcode >> 6 & 7, 0)
            cycles += 1
        elif operation == SUB_IMMEDIATE_3:
            r[opcode & 7] = add(&flags, r[opcode >> 3 & 7], ~(opcode >> 6 & 7), 1)
            cycles += 1
        elif operation == MOV_IMMEDIATE:
            r[opcode >> 8 & 7] = logic(&flags, opcode & 0xFF)
            cycles += 1
        elif operation == CMP_IMMEDIATE:
            add(&flags, r[opcode >> 8 & 7], ~(opcode & 0xFF), 1)
            cycles += 1
        elif operation == ADD_IMMEDIATE_8:
            r[opcode >> 8 & 7] = add(&flags, r[opcode >> 8 & 7], opcode & 0xFF, 0)
            cycles += 1
        elif operation == SUB_IMMEDIATE_8:
            r[opcode >> 8 & 7] = add(&flags, r[opcode >> 8 & 7], ~(opcode & 0xFF), 1)
            cycles += 1

        elif operation == AND:
            r[opcode & 7] = logic(&flags, r[opcode & 7] & r[opcode >> 3 & 7])
            cycles += 1
        elif operation == EOR:
            r[opcode & 7] = logic(&flags, r[opcode & 7] ^ r[opcode >> 3 & 7])
            cycles += 1
        elif operation == LSL:
            r[opcode & 7] = shift_left(&flags, r[opcode & 7], r[opcode >> 3 & 7] & 0xFF)
            cycles += 1
        elif operation == LSR:
            r[opcode & 7] = shift_right(&flags, r[opcode & 7], r[opcode >> 3 & 7] & 0xFF)
            cycles += 1
        elif operation == ASR:
            r[opcode & 7] = shift_right_signed(&flags, r[opcode & 7], r[opcode >> 3 & 7] & 0xFF)
            cycles += 1
        elif operation == ADC:
            r[opcode & 7] = add(&flags, r[opcode & 7], r[opcode >> 3 & 7], flags.carry)
            cycles += 1
        elif operation == SBC:
            r[opcode & 7] = add(&flags, r[opcode & 7], ~r[opcode >> 3 & 7], flags.carry)
            cycles += 1
        elif operation == ROR:
            r[opcode & 7] = rotate_right(&flags, r[opcode & 7], r[opcode >> 3 & 7] & 0xFF)
            cycles += 1
        elif operation == TST:
            logic(&flags, r[opcode & 7] & r[opcode >> 3 & 7])
            cycles += 1
        elif operation == RSB:
            r[opcode & 7] = add(&flags, ~r[opcode >> 3 & 7], 0, 1)
            cycles += 1
        elif operation == CMP:
            add(&flags, r[opcode & 7], ~r[opcode >> 3 & 7], 1)
            cycles += 1
        elif operation == CMN:
            add(&flags, r[opcode & 7], r[opcode >> 3 & 7], 0)
            cycles += 1
        elif operation == ORR:
            r[opcode & 7] = logic(&flags, r[opcode & 7] | r[opcode >> 3 & 7])
            cycles += 1
        elif operation == MUL:
            r[opcode & 7] = logic(&flags, r[opcode & 7] * r[opcode >> 3 & 7])
            cycles += 1
        elif operation == BIC:
            r[opcode & 7] = logic(&flags, r[opcode & 7] & ~r[opcode >> 3 & 7])
            cycles += 1
        elif operation == MVN:
            r[opcode & 7] = logic(&flags, ~r[opcode >> 3 & 7])
            cycles += 1

        elif operation == ADD_HIGH or operation == MOV_HIGH:
            d = (opcode >> 4 & 8) | (opcode & 7)
            m = opcode >> 3 & 15
            value = here + 4 if m == PROGRAM_COUNTER else r[m]
            if operation == ADD_HIGH:
                value += here + 4 if d == PROGRAM_COUNTER else r[d]
            cycles += 1
            if d == PROGRAM_COUNTER:
                pc = value & ~<uint32_t> 1
                cycles += 1
            elif d == STACK_POINTER:
                r[d] = value & ~<uint32_t> 3
            else:
                r[d] = value
        elif operation == CMP_HIGH:
            d = (opcode >> 4 & 8) | (opcode & 7)
            m = opcode >> 3 & 15
            if d == PROGRAM_COUNTER or m == PROGRAM_COUNTER:
                outcome = DELEGATED
                break
            add(&flags, r[d], ~r[m], 1)
            cycles += 1
        elif operation == BX or operation == BLX:
            m = opcode >> 3 & 15
            value = r[m]
            if (
                m == PROGRAM_COUNTER
                or not value & 1
                or (core.current_mode == IN_HANDLER and value >> 28 == 0xF)
            ):
                outcome = DELEGATED
                break
            if operation == BLX:
                r[LINK] = pc | 1
            pc = value & ~<uint32_t> 1
            cycles += 2

        elif operation == LDR_LITERAL:
            address = ((here + 4) & ~<uint32_t> 3) + ((opcode & 0xFF) << 2)
            if not load_word(bus, address, cycles, &r[opcode >> 8 & 7]):
                outcome = to_core(bus, address, 4)
                break
            cycles += 1 + access_cycles(address, 3)
        elif operation == LDR_REGISTER or operation == LDR_IMMEDIATE:
            address = r[opcode >> 3 & 7]
            address += r[opcode >> 6 & 7] if operation == LDR_REGISTER else (opcode >> 6 & 31) << 2
            if not load_word(bus, address, cycles, &r[opcode & 7]):
                outcome = to_core(bus, address, 4)
                break
            cycles += 1 + access_cycles(address, 3)
        elif operation == LDR_STACK:
            address = r[STACK_POINTER] + ((opcode & 0xFF) << 2)
            if not load_word(bus, address, cycles, &r[opcode >> 8 & 7]):
                outcome = to_core(bus, address, 4)
                break
            cycles += 1 + access_cycles(address, 3)
        elif operation == STR_REGISTER or operation == STR_IMMEDIATE:
            address = r[opcode >> 3 & 7]
            address += r[opcode >> 6 & 7] if operation == STR_REGISTER else (opcode >> 6 & 31) << 2
            if not store_word(bus, address, r[opcode & 7]):
                outcome = to_core(bus, address, 4)
                break
            cycles += 1 + access_cycles(address, 4)
        elif operation == STR_STACK:
            address = r[STACK_POINTER] + ((opcode & 0xFF) << 2)
            if not store_word(bus, address, r[opcode >> 8 & 7]):
                outcome = to_core(bus, address, 4)
                break
            cycles += 1 + access_cycles(address, 4)
        elif operation == LDRH_REGISTER or operation == LDRH_IMMEDIATE or operation == LDRSH_REGISTER:
            address = r[opcode >> 3 & 7]
            address += (opcode >> 6 & 31) << 1 if operation == LDRH_IMMEDIATE else r[opcode >> 6 & 7]
            if not load_half(bus, address, &value):
                outcome = to_core(bus, address, 2)
                break
            r[opcode & 7] = sign_extended(value, 16) if operation == LDRSH_REGISTER else value
            cycles += 1 + access_cycles(address, 3)
        elif operation == LDRB_REGISTER or operation == LDRB_IMMEDIATE or operation == LDRSB_REGISTER:
            address = r[opcode >> 3 & 7]
            address += opcode >> 6 & 31 if operation == LDRB_IMMEDIATE else r[opcode >> 6 & 7]
            if not load_byte(bus, address, &value):
                outcome = to_core(bus, address, 1)
                break
            r[opcode & 7] = sign_extended(value, 8) if operation == LDRSB_REGISTER else value
            cycles += 1 + access_cycles(address, 3)
        elif operation == STRH_REGISTER or operation == STRH_IMMEDIATE:
            address = r[opcode >> 3 & 7]
            address += r[opcode >> 6 & 7] if operation == STRH_REGISTER else (opcode >> 6 & 31) << 1
            if not store_half(bus, address, <uint16_t> r[opcode & 7]):
                outcome = to_core(bus, address, 2)
                break
            cycles += 2
        elif operation == STRB_REGISTER or operation == STRB_IMMEDIATE:
            address = r[opcode >> 3 & 7]
            address += r[opcode >> 6 & 7] if operation == STRB_REGISTER else opcode >> 6 & 31
            if not store_byte(bus, address, r[opcode & 7]):
                outcome = to_core(bus, address, 1)
                break
            cycles += 2

        elif operation == ADR:
            r[opcode >> 8 & 7] = ((here + 4) & ~<uint32_t> 3) + ((opcode & 0xFF) << 2)
            cycles += 1
        elif operation == ADD_TO_STACK:
            r[opcode >> 8 & 7] = r[STACK_POINTER] + ((opcode & 0xFF) << 2)
            cycles += 1
        elif operation == ADD_STACK_IMMEDIATE:
            r[STACK_POINTER] += (opcode & 0x7F) << 2
            cycles += 1
        elif operation == SUB_STACK_IMMEDIATE:
            r[STACK_POINTER] -= (opcode & 0x7F) << 2
            cycles += 1
        elif operation == SXTH:
            r[opcode & 7] = sign_extended(r[opcode >> 3 & 7], 16)
            cycles += 1
        elif operation == SXTB:
            r[opcode & 7] = sign_extended(r[opcode >> 3 & 7], 8)
            cycles += 1
        elif operation == UXTH:
            r[opcode & 7] = r[opcode >> 3 & 7] & 0xFFFF
            cycles += 1
        elif operation == UXTB:
            r[opcode & 7] = r[opcode >> 3 & 7] & 0xFF
            cycles += 1
        elif operation == REV:
            value = r[opcode >> 3 & 7]
            value = (value & 0x00FF00FF) << 8 | (value >> 8 & 0x00FF00FF)
            r[opcode & 7] = value << 16 | value >> 16
            cycles += 1
        elif operation == REV16:
            value = r[opcode >> 3 & 7]
            r[opcode & 7] = (value & 0x00FF00FF) << 8 | (value >> 8 & 0x00FF00FF)
            cycles += 1
        elif operation == REVSH:
            value = r[opcode >> 3 & 7]
            r[opcode & 7] = sign_extended((value & 0xFF) << 8 | (value >> 8 & 0xFF), 16)
            cycles += 1

        elif operation == PUSH:
            value = 4 * count_bits(opcode & 0x1FF)
            memory = stack_at(bus, r[STACK_POINTER] - value, value, True)
            if memory == NULL:
                outcome = DELEGATED
                break
            r[STACK_POINTER] -= value
            for d in range(8):
                if opcode >> d & 1:
                    memcpy(memory, &r[d], 4)
                    memory += 4
            if opcode & 0x100:
                memcpy(memory, &r[LINK], 4)
            cycles += 1 + count_bits(opcode & 0xFF)
        elif operation == POP:
            m = count_bits(opcode & 0xFF)
            value = 4 * (m + (opcode >> 8 & 1))
            memory = stack_at(bus, r[STACK_POINTER], value, False)
            if memory == NULL:
                outcome = DELEGATED
                break
            if opcode & 0x100:
                address = word_at(memory + 4 * m)
                if not address & 1 or (core.current_mode == IN_HANDLER and address >> 28 == 0xF):
                    outcome = DELEGATED
                    break
                pc = address & ~<uint32_t> 1
                cycles += 2
            for d in range(8):
                if opcode >> d & 1:
                    r[d] = word_at(memory)
                    memory += 4
            r[STACK_POINTER] += value
            cycles += 1 + m
        elif operation == STM or operation == LDM:
            m = opcode >> 8 & 7
            value = 4 * count_bits(opcode & 0xFF)
            memory = stack_at(bus, r[m], value, operation == STM)
            if memory == NULL:
                outcome = DELEGATED
                break
            address = r[m] + value
            for d in range(8):
                if opcode >> d & 1:
                    if operation == STM:
                        memcpy(memory, &r[d], 4)
                    else:
                        r[d] = word_at(memory)
                    memory += 4
            if operation == STM or not opcode >> m & 1:
                r[m] = address
            cycles += 1 + (value >> 2)

        elif operation == B_CONDITIONAL:
            cycles += 1
            if holds(&flags, opcode >> 8 & 15):
                pc = here + 4 + sign_extended((opcode & 0xFF) << 1, 9)
                cycles += 1
        elif operation == B:
            pc = here + 4 + sign_extended((opcode & 0x7FF) << 1, 12)
            cycles += 2

        elif operation == WIDE:
            second = half_at(code + (here - code_start) + 2)
            if second >> 14 == 3 and second >> 12 & 1:  # BL
                value = opcode >> 10 & 1  # the sign
                address = (
                    (opcode & 0x3FF) << 12
                    | (second & 0x7FF) << 1
                    | (1 ^ value ^ (second >> 11 & 1)) << 22
                    | (1 ^ value ^ (second >> 13 & 1)) << 23
                    | value << 24
                )
                r[LINK] = (here + 4) | 1
                pc = here + 4 + sign_extended(address, 25)
            elif opcode == 0xF3BF and 4 <= second >> 4 & 15 <= 6 and second >> 8 == 0x8F:  # DSB, DMB, ISB
                pc = here + 4
            elif opcode == 0xF3EF and second >> 12 == 8 and second & 0xFF == 16:  # MRS from PRIMASK
                d = second >> 8 & 15
                if d >= STACK_POINTER:
                    outcome = DELEGATED
                    break
                r[d] = core.pm
                pc = here + 4
            elif opcode >> 4 == 0xF38 and second == 0x8810 and opcode & 15 < STACK_POINTER:  # MSR to PRIMASK
                core.pm = r[opcode & 15] & 1
                core.interrupts_updated = True
                pc = here + 4
                if anything_pending(core):
                    limit = 0
            else:
                outcome = DELEGATED
                break
            cycles += 3

        elif operation == CPS_DISABLE:
            core.pm = True
            cycles += 1
        elif operation == CPS_ENABLE:
            core.pm = False
            core.interrupts_updated = True
            if anything_pending(core):
                limit = 0
            cycles += 1
        elif operation == NOP:
            cycles += 1
        elif operation == SEV:
            core.event_registered = True
            cycles += 1
        elif operation == WFE:
            cycles += 2
            if core.event_registered:
                core.event_registered = False
            else:
                core.waiting = True
                limit = 0
        else:
            outcome = DELEGATED
            break

    if outcome != FINISHED:
        pc = here
    r[PROGRAM_COUNTER] = pc
    core.n = flags.negative >> 31
    core.z = flags.zero == 0
    core.c = flags.carry
    core.v = flags.overflow
    spent[0] = cycles
    return outcome
