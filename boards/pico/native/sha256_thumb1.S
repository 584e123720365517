@ PBKDF2's rounds with SHA-256 (FIPS 180-4), straight-line for a Cortex-M0+: what pbkdf2_rounds_plain does, faster.
@
@ A block is a digest of eight words and fixed padding: W8 is 2^31, W9 to W14 are 0, W15 is 768. What follows from these
@ is folded into constants. W16 to W63 are all computed first: four low registers then keep the distances of their
@ rotations. The rounds find W on the stack, K behind the code, and these identities save instructions:
@
@   ror(x,6)^ror(x,11)^ror(x,25) = ror(ror(ror(x,13)^x,14)^x,11), in the same way 9, 11 and 2 for the other sum;
@   Ch(e,f,g) = f ^ (~e & q) with q = f^g, and e^f is the next round's q;
@   Maj(a,b,c) = b ^ (x & y) with x = b^c and y = a^b, which is the next round's x;
@   g is needed for q alone, so that g and h may already hold the next rounds' W and K: both come three at a time.
@
@ The stack pointer rises over W as it is used: below it nothing is needed, and interrupts stay allowed.

#include "pbkdf2_layout.h"

    .syntax unified
    .cpu cortex-m0plus
    .thumb
    .altmacro

    .equ WORDS, 56 * 4              @ W0 to W7, then W16 to W63
    .equ KEY, WORDS                 @ above them: which half of the key the block is for, ...
    .equ STATE, WORDS + 4           @ ... the state, ...
    .equ COUNT, WORDS + 8           @ ... and the rounds to go
    .equ FRAME, WORDS + 12
    .equ DEAD, 512                  @ bytes below the stack pointer in which interrupts may have left registers

@ The distances while words are computed, and then registers of the seven words before (but one of them).
    by11 .req r4
    by7  .req r5
    by2  .req r6
    by17 .req r7

    .macro word_at instruction, register, n
    .if (\n) < 16
    \instruction \register, [sp, #4 * (\n)]
    .else
    \instruction \register, [sp, #4 * (\n) - 32]
    .endif
    .endm

@ `operation` with the register that keeps W of n's remainder by 7; `otherwise` is assembled for the remainder 6.
    .macro with_kept n, operation, otherwise
    .if (\n) % 7 == 0
    \operation r8
    .elseif (\n) % 7 == 1
    \operation r9
    .elseif (\n) % 7 == 2
    \operation r10
    .elseif (\n) % 7 == 3
    \operation r11
    .elseif (\n) % 7 == 4
    \operation r12
    .elseif (\n) % 7 == 5
    \operation lr
    .else
    \otherwise
    .endif
    .endm

@ W of n. `this` holds sigma1(W[n-2]) + W[n-16], `next` sigma1(W[n-1]); `new` gets sigma1(W[n]).
    .macro word n, this, next, new
    .if (\n) <= 22 || (\n) >= 31
    word_at ldr, \new, (\n) - 15
    .if (\n) < 63
    add     \next, \new
    .endif
    mov     r3, \new
    rors    r3, by11
    eors    r3, \new
    rors    r3, by7
    lsrs    \new, \new, #3
    eors    r3, \new
    add     \this, r3
    .elseif (\n) == 23              @ sigma0(W8) = 0x11002000; W8 itself for W24
    lsls    r3, by17, #24
    add     \this, r3
    lsls    r3, by2, #12
    add     \this, r3
    lsls    r3, by11, #31
    add     \next, r3
    .elseif (\n) == 30              @ sigma0(W15) = 0x00C00066; W15 itself for W31
    movs    r3, #3
    lsls    \new, r3, #22
    adds    \this, #0x66
    add     \this, \new
    lsls    r3, r3, #8
    add     \next, r3
    .endif
    .if (\n) == 22
    movs    r3, #3
    lsls    r3, r3, #8
    add     \this, r3
    .elseif (\n) > 22
    .macro  add_kept register
    add     \this, \register
    .endm
    .macro  add_loaded
    word_at ldr, r3, (\n) - 7
    add     \this, r3
    .endm
    with_kept \n, add_kept, add_loaded
    .purgem add_kept
    .purgem add_loaded
    .endif
    word_at str, \this, \n
    .if (\n) <= 56
    .macro  keep register
    mov     \register, \this
    .endm
    .macro  keep_not
    .endm
    with_kept \n, keep, keep_not
    .purgem keep
    .purgem keep_not
    .endif
    .if (\n) <= 61
    mov     \new, \this
    rors    \new, by2
    eors    \new, \this
    rors    \new, by17
    lsrs    \this, \this, #10
    eors    \new, \this
    .endif
    .endm

    .macro words n, this, next, new
    word    \n, \this, \next, \new
    .if (\n) < 63
    words   %((\n) + 1), \next, \new, \this
    .endif
    .endm

@ A round. t and u are free, q becomes e, f the next q, t the next a and u the next x. Of the high registers,
@ newc and newg are free and get c and g of the next round.
    .macro round n, a, b, t, e, f, q, x, u, c, d, newc, g, h, newg
    bics    \q, \e
    eors    \q, \f
    add     \h, \q
    mov     \newg, \f
    eors    \f, \e
    .if (\n) == 3 || ((\n) >= 16 && (\n) % 3 == 1)
    pop     {\t, \q, \u}
    add     \h, \t
    add     \g, \q
    add     \newg, \u
    .elseif (\n) == 6
    pop     {\t, \u}
    add     \h, \t
    add     \g, \u
    .endif
    .if (\n) == 63
    ldr     \t, K\n
    add     \h, \t
    .elseif (\n) % 3 == 0
    adr     \u, K\n
    ldm     \u, {\t, \q, \u}
    add     \h, \t
    add     \g, \q
    add     \newg, \u
    .endif
    mov     \q, \e
    mov     \t, \a
    movs    \u, #13
    rors    \q, \u
    eors    \q, \e
    movs    \u, #14
    rors    \q, \u
    eors    \q, \e
    movs    \u, #9
    rors    \t, \u
    eors    \t, \a
    movs    \u, #11
    rors    \q, \u
    rors    \t, \u
    eors    \t, \a
    movs    \u, #2
    rors    \t, \u
    add     \q, \h
    mov     \u, \a
    eors    \u, \b
    ands    \x, \u
    eors    \x, \b
    adds    \t, \t, \x
    adds    \t, \t, \q
    mov     \newc, \b
    add     \q, \d
    .endm

    .macro jump_over_constants n
    b       behind\n
    .balign 4
    constants\n
behind\n:
    .endm

@ The rounds from n to 63; their K stand behind rounds 14, 28, 42 and 56, and the last behind the code.
    .macro rounds n, a, b, t, e, f, q, x, u, c, d, newc, g, h, newg
    round   \n, \a, \b, \t, \e, \f, \q, \x, \u, \c, \d, \newc, \g, \h, \newg
    .if (\n) % 14 == 0
    jump_over_constants \n
    .endif
    .if (\n) < 63
    rounds  %((\n) + 1), \t, \a, \b, \q, \e, \f, \u, \x, \newc, \c, \d, \newg, \g, \h
    .endif
    .endm

@ FIPS 180-4, section 4.2.2, from K3 on; in those of rounds 8 and 15 the word of padding is added.
    .macro constants14
K3: .word 0xe9b5dba5, 0x3956c25b, 0x59f111f1
K6: .word 0x923f82a4, 0xab1c5ed5, 0x5807aa98
K9: .word 0x12835b01, 0x243185be, 0x550c7dc3
K12: .word 0x72be5d74, 0x80deb1fe, 0x9bdc06a7
    .endm
    .macro constants28
K15: .word 0xc19bf474, 0xe49b69c1, 0xefbe4786
K18: .word 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f
K21: .word 0x4a7484aa, 0x5cb0a9dc, 0x76f988da
K24: .word 0x983e5152, 0xa831c66d, 0xb00327c8
K27: .word 0xbf597fc7, 0xc6e00bf3, 0xd5a79147
    .endm
    .macro constants42
K30: .word 0x06ca6351, 0x14292967, 0x27b70a85
K33: .word 0x2e1b2138, 0x4d2c6dfc, 0x53380d13
K36: .word 0x650a7354, 0x766a0abb, 0x81c2c92e
K39: .word 0x92722c85, 0xa2bfe8a1, 0xa81a664b
K42: .word 0xc24b8b70, 0xc76c51a3, 0xd192e819
    .endm
    .macro constants56
K45: .word 0xd6990624, 0xf40e3585, 0x106aa070
K48: .word 0x19a4c116, 0x1e376c08, 0x2748774c
K51: .word 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a
K54: .word 0x5b9cca4f, 0x682e6ff3, 0x748f82ee
    .endm
    .macro constants63
K57: .word 0x78a5636f, 0x84c87814, 0x8cc70208
K60: .word 0x90befffa, 0xa4506ceb, 0xbef9a3f7
K63: .word 0xc67178f2
    .endm

@ void pbkdf2_rounds_thumb1(struct pbkdf2 *state, size_t count): `count` rounds, at least one.
    .section .time_critical.pbkdf2_rounds_thumb1, "ax", %progbits
    .balign 4
    .global pbkdf2_rounds_thumb1
    .type pbkdf2_rounds_thumb1, %function
    .thumb_func
pbkdf2_rounds_thumb1:
    push    {r4-r7, lr}
    mov     r4, r8
    mov     r5, r9
    mov     r6, r10
    mov     r7, r11
    push    {r4-r7}
    sub     sp, #FRAME
    str     r0, [sp, #KEY]
    str     r0, [sp, #STATE]
    str     r1, [sp, #COUNT]
    adds    r0, #PBKDF2_U
    mov     r1, sp
    ldm     r0!, {r2-r5}
    stm     r1!, {r2-r5}
    ldm     r0!, {r2-r5}
    stm     r1!, {r2-r5}

block:
    movs    by11, #11
    movs    by7, #7
    movs    by2, #2
    movs    by17, #17
    ldr     r0, [sp]                @ W0, for W16
    movs    r1, #15                 @ sigma1(W15) = 0x01E00000, for W17
    lsls    r1, r1, #21
    words   16, r0, r1, r2

    ldr     r7, [sp, #KEY]          @ what round 0 made of the key alone: PBKDF2_FIRST
    pop     {r0-r2}
    ldm     r7!, {r3-r6}
    add     r6, r1
    add     r5, r2
    mov     r8, r3
    mov     r9, r4
    mov     r11, r5
    mov     r12, r6
    ldm     r7, {r1-r5, r7}
    add     r3, r0
    add     r0, r2
    rounds  1, r0, r1, r2, r3, r4, r5, r7, r6, r8, r9, r10, r11, r12, lr

    ldr     r7, [sp]                @ the key's midstate added: the digest, at the place of the next block
    adds    r7, #PBKDF2_MIDSTATE
    sub     sp, #WORDS
    mov     r6, sp
    ldm     r7!, {r2, r5}
    add     r0, r2
    add     r1, r5
    ldm     r7!, {r2, r5}
    add     r2, r8
    add     r5, r9
    stm     r6!, {r0, r1, r2, r5}
    ldm     r7, {r0, r1, r5, r7}
    add     r3, r0
    add     r4, r1
    add     r5, r11
    add     r7, r12
    stm     r6!, {r3, r4, r5, r7}

    ldr     r0, [sp, #KEY]
    ldr     r6, [sp, #STATE]
    cmp     r0, r6
    bne     outer_done
    adds    r0, #PBKDF2_HALF
    str     r0, [sp, #KEY]
    bl      block                   @ a jump: b does not reach so far

outer_done:
    str     r6, [sp, #KEY]
    adds    r6, #PBKDF2_SUM + 16
    ldm     r6!, {r0-r2}
    eors    r0, r3
    eors    r1, r4
    eors    r2, r5
    ldr     r3, [r6]
    eors    r3, r7
    subs    r6, #12
    stm     r6!, {r0-r3}
    subs    r6, #32
    mov     r7, sp
    ldm     r7!, {r0-r3}
    ldm     r6!, {r4, r5}
    eors    r0, r4
    eors    r1, r5
    ldm     r6!, {r4, r5}
    eors    r2, r4
    eors    r3, r5
    subs    r6, #16
    stm     r6!, {r0-r3}
    ldr     r0, [sp, #COUNT]
    subs    r0, #1
    beq     all_done
    str     r0, [sp, #COUNT]
    bl      block

all_done:
    ldr     r0, [sp, #STATE]
    adds    r0, #PBKDF2_U
    mov     r1, sp
    ldm     r1!, {r2-r5}
    stm     r0!, {r2-r5}
    ldm     r1!, {r2-r5}
    stm     r0!, {r2-r5}
    add     r1, sp, #FRAME          @ words, state and what interrupts left below are overwritten, registers too
    movs    r0, #DEAD / 16
    lsls    r0, r0, #4
    mov     r2, sp
    subs    r0, r2, r0
    movs    r2, #0
    movs    r3, #0
    movs    r4, #0
    movs    r5, #0
overwrite:
    stm     r0!, {r2-r5}
    cmp     r0, r1
    blo     overwrite
    mov     r12, r2
    add     sp, #FRAME
    pop     {r4-r7}
    mov     r8, r4
    mov     r9, r5
    mov     r10, r6
    mov     r11, r7
    pop     {r4-r7, pc}

    .balign 4
    constants63
    .size pbkdf2_rounds_thumb1, . - pbkdf2_rounds_thumb1
