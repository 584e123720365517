// PBKDF2-HMAC-SHA256 (RFC 8018, section 5.2) in chunks: its state, and the two cores that compute its rounds.

#ifndef PICODSC_SHA256_H
#define PICODSC_SHA256_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "pbkdf2_layout.h"

// One of the two keys of HMAC: what round 0 makes of it without the message, for the assembly, and its midstate.
struct pbkdf2_half {
    uint32_t first[PBKDF2_MIDSTATE / 4];
    uint32_t midstate[8];
};

// All of it is secret. Words are numbers, not bytes in SHA-256's order.
struct pbkdf2 {
    struct pbkdf2_half inner, outer;
    uint32_t u[8];   // the last round's U
    uint32_t sum[8]; // the exclusive or of all U
};

_Static_assert(offsetof(struct pbkdf2_half, midstate) == PBKDF2_MIDSTATE, "layout");
_Static_assert(offsetof(struct pbkdf2, outer) == PBKDF2_HALF, "layout");
_Static_assert(offsetof(struct pbkdf2, u) == PBKDF2_U, "layout");
_Static_assert(offsetof(struct pbkdf2, sum) == PBKDF2_SUM, "layout");
_Static_assert(sizeof(struct pbkdf2) == PBKDF2_STATE, "layout");

// SHA-256's compression function (FIPS 180-4, section 6.2.2) of 16 words; runs from RAM.
void sha256_compress(uint32_t state[8], const uint32_t block[16]);

// The state after round 1, for a password and salt of any length and an index from 1.
void pbkdf2_start(struct pbkdf2 *state, const uint8_t *password, size_t password_size, const uint8_t *salt,
    size_t salt_size, uint32_t index);

// `count` rounds more, 1 at least. The reference in C, and the same in assembly for a Cortex-M0+.
void pbkdf2_rounds_plain(struct pbkdf2 *state, size_t count);
void pbkdf2_rounds_thumb1(struct pbkdf2 *state, size_t count);

// Overwrite what holds a secret; unlike a plain memset, the compiler does not leave it out.
static inline void overwrite(void *secret, size_t size) {
    memset(secret, 0, size);
    __asm__ volatile ("" : : "r" (secret) : "memory");
}

#endif
