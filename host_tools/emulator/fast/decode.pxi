# Which of the operations of burst.pxi an instruction is, for every 16-bit opcode.
# Source: ARMv6-M architecture reference manual, section A5.2.

cdef enum:
    RARE  # left to rp2040py's core: exceptions, breakpoints, undefined instructions
    WIDE  # the first half of a 32-bit instruction
    LSL_IMMEDIATE, LSR_IMMEDIATE, ASR_IMMEDIATE
    ADD_REGISTER, SUB_REGISTER, ADD_IMMEDIATE_3, SUB_IMMEDIATE_3
    MOV_IMMEDIATE, CMP_IMMEDIATE, ADD_IMMEDIATE_8, SUB_IMMEDIATE_8
    AND, EOR, LSL, LSR, ASR, ADC, SBC, ROR, TST, RSB, CMP, CMN, ORR, MUL, BIC, MVN
    ADD_HIGH, CMP_HIGH, MOV_HIGH, BX, BLX
    LDR_LITERAL
    STR_REGISTER, STRH_REGISTER, STRB_REGISTER, LDRSB_REGISTER
    LDR_REGISTER, LDRH_REGISTER, LDRB_REGISTER, LDRSH_REGISTER
    STR_IMMEDIATE, LDR_IMMEDIATE, STRB_IMMEDIATE, LDRB_IMMEDIATE, STRH_IMMEDIATE, LDRH_IMMEDIATE
    STR_STACK, LDR_STACK
    ADR, ADD_TO_STACK, ADD_STACK_IMMEDIATE, SUB_STACK_IMMEDIATE
    SXTH, SXTB, UXTH, UXTB, REV, REV16, REVSH
    PUSH, POP, STM, LDM
    CPS_DISABLE, CPS_ENABLE
    NOP, WFE, SEV
    B_CONDITIONAL, B

cdef uint8_t OPERATIONS[0x10000]


cdef uint8_t data_processing(uint32_t opcode) noexcept:
    cdef uint8_t[16] operations = [
        AND, EOR, LSL, LSR, ASR, ADC, SBC, ROR, TST, RSB, CMP, CMN, ORR, MUL, BIC, MVN
    ]
    return operations[(opcode >> 6) & 0xF]


cdef uint8_t special_data(uint32_t opcode) noexcept:
    cdef uint32_t kind = (opcode >> 8) & 3
    if kind == 0:
        return ADD_HIGH
    if kind == 1:
        return CMP_HIGH
    if kind == 2:
        return MOV_HIGH
    if opcode & 7:
        return RARE
    return BLX if opcode & 0x80 else BX


cdef uint8_t load_or_store_by_register(uint32_t opcode) noexcept:
    cdef uint8_t[8] operations = [
        STR_REGISTER, STRH_REGISTER, STRB_REGISTER, LDRSB_REGISTER,
        LDR_REGISTER, LDRH_REGISTER, LDRB_REGISTER, LDRSH_REGISTER,
    ]
    return operations[(opcode >> 9) & 7]


cdef uint8_t shift_add_move(uint32_t opcode) noexcept:
    cdef uint8_t[8] operations = [
        LSL_IMMEDIATE, LSR_IMMEDIATE, ASR_IMMEDIATE, RARE,
        MOV_IMMEDIATE, CMP_IMMEDIATE, ADD_IMMEDIATE_8, SUB_IMMEDIATE_8,
    ]
    cdef uint8_t[4] additions = [ADD_REGISTER, SUB_REGISTER, ADD_IMMEDIATE_3, SUB_IMMEDIATE_3]
    if opcode >> 11 == 3:
        return additions[(opcode >> 9) & 3]
    return operations[opcode >> 11]


cdef uint8_t miscellaneous(uint32_t opcode) noexcept:
    cdef uint8_t[4] extensions = [SXTH, SXTB, UXTH, UXTB]
    cdef uint8_t[4] reversals = [REV, REV16, RARE, REVSH]
    if opcode >> 8 == 0xB0:
        return SUB_STACK_IMMEDIATE if opcode & 0x80 else ADD_STACK_IMMEDIATE
    if opcode >> 8 == 0xB2:
        return extensions[(opcode >> 6) & 3]
    if opcode >> 8 == 0xBA:
        return reversals[(opcode >> 6) & 3]
    if opcode >> 9 == 0xB4 >> 1:
        return PUSH
    if opcode >> 9 == 0xBC >> 1:
        return POP
    if opcode == 0xB672:
        return CPS_DISABLE
    if opcode == 0xB662:
        return CPS_ENABLE
    if opcode == 0xBF00:
        return NOP
    if opcode == 0xBF20:
        return WFE
    if opcode == 0xBF40:
        return SEV
    return RARE


cdef uint8_t operation(uint32_t opcode) noexcept:
    cdef uint8_t[6] pairs = [
        STR_IMMEDIATE, LDR_IMMEDIATE, STRB_IMMEDIATE, LDRB_IMMEDIATE, STRH_IMMEDIATE, LDRH_IMMEDIATE
    ]
    cdef uint32_t top = opcode >> 12
    cdef bint second = (opcode >> 11) & 1
    if top < 4:
        return shift_add_move(opcode)
    if top == 4:
        if second:
            return LDR_LITERAL
        return special_data(opcode) if opcode & 0x400 else data_processing(opcode)
    if top == 5:
        return load_or_store_by_register(opcode)
    if top <= 8:
        return pairs[2 * (top - 6) + second]
    if top == 9:
        return LDR_STACK if second else STR_STACK
    if top == 0xA:
        return ADD_TO_STACK if second else ADR
    if top == 0xB:
        return miscellaneous(opcode)
    if top == 0xC:
        return LDM if second else STM
    if top == 0xD:
        return RARE if opcode >> 9 == 0xDE >> 1 else B_CONDITIONAL
    if top == 0xE:
        return RARE if second else B
    return RARE if second else WIDE


for _opcode in range(0x10000):
    OPERATIONS[_opcode] = operation(_opcode)
