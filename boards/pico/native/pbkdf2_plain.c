// PBKDF2-HMAC-SHA256 in C: its first round, and the rounds after it as the reference for the assembly.

#include "pico.h"
#include "sha256.h"

static const uint32_t START[8] = { // FIPS 180-4, section 5.3.3
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};
static const uint32_t K0 = 0x428a2f98, K1 = 0x71374491, K2 = 0xb5c0fbcf;

#define IPAD 0x36363636 // RFC 2104, section 2
#define OPAD 0x5c5c5c5c

static inline uint32_t ror(uint32_t word, int bits) {
    return word >> bits | word << (32 - bits);
}

// The hash of a block that `digest` already has, and of two parts that follow it.
static void finish(uint32_t digest[8], uint64_t before, const uint8_t *one, size_t one_size, const uint8_t *two,
    size_t two_size) {
    uint32_t block[16] = { 0 };
    size_t size = one_size + two_size;
    for (size_t i = 0; i <= size; i++) {
        uint8_t byte = i < one_size ? one[i] : i < size ? two[i - one_size] : 0x80;
        block[i / 4 % 16] |= (uint32_t)byte << (24 - 8 * (i % 4));
        if (i % 64 == 63) {
            sha256_compress(digest, block);
            memset(block, 0, sizeof(block));
        }
    }
    if (size % 64 >= 56 && size % 64 < 63) {
        sha256_compress(digest, block);
        memset(block, 0, sizeof(block));
    }
    uint64_t bits = (before + size) * 8;
    block[14] = bits >> 32;
    block[15] = (uint32_t)bits;
    sha256_compress(digest, block);
    overwrite(block, sizeof(block));
}

// One of HMAC's keys: the midstate, and what of rounds 0 to 2 depends on it alone, in the order of the assembly.
static void prepare(struct pbkdf2_half *half, const uint32_t key[16], uint32_t pad) {
    uint32_t block[16];
    for (int i = 0; i < 16; i++) {
        block[i] = key[i] ^ pad;
    }
    uint32_t *s = half->midstate;
    memcpy(s, START, sizeof(START));
    sha256_compress(s, block);
    overwrite(block, sizeof(block));
    uint32_t a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    uint32_t t1 = h + (ror(e, 6) ^ ror(e, 11) ^ ror(e, 25)) + (g ^ (e & (f ^ g))) + K0;
    uint32_t t2 = (ror(a, 2) ^ ror(a, 13) ^ ror(a, 22)) + ((a & b) | (c & (a | b)));
    uint32_t *first = half->first;
    first[0] = b;
    first[1] = c;
    first[2] = f + K2;
    first[3] = g + K1;
    first[4] = a;
    first[5] = t1 + t2;
    first[6] = d + t1;
    first[7] = e;
    first[8] = e ^ f;
    first[9] = a ^ b;
}

// A digest of eight words, hashed behind a block: `words` in and out.
static inline void __not_in_flash_func(digest_of)(const struct pbkdf2_half *half, uint32_t words[8]) {
    uint32_t block[16] = { 0 };
    memcpy(block, words, 32);
    block[8] = 0x80000000;
    block[15] = (64 + 32) * 8;
    memcpy(words, half->midstate, 32);
    sha256_compress(words, block);
    overwrite(block, sizeof(block));
}

void pbkdf2_start(struct pbkdf2 *state, const uint8_t *password, size_t password_size, const uint8_t *salt,
    size_t salt_size, uint32_t index) {
    uint32_t key[16] = { 0 };
    if (password_size > 64) {
        memcpy(key, START, sizeof(START));
        finish(key, 0, password, password_size, NULL, 0);
    } else {
        for (size_t i = 0; i < password_size; i++) {
            key[i / 4] |= (uint32_t)password[i] << (24 - 8 * (i % 4));
        }
    }
    prepare(&state->inner, key, IPAD);
    prepare(&state->outer, key, OPAD);
    overwrite(key, sizeof(key));
    uint8_t number[4] = { index >> 24, index >> 16, index >> 8, index };
    memcpy(state->u, state->inner.midstate, sizeof(state->u));
    finish(state->u, 64, salt, salt_size, number, sizeof(number));
    digest_of(&state->outer, state->u);
    memcpy(state->sum, state->u, sizeof(state->u));
}

void __not_in_flash_func(pbkdf2_rounds_plain)(struct pbkdf2 *state, size_t count) {
    while (count--) {
        digest_of(&state->inner, state->u);
        digest_of(&state->outer, state->u);
        for (int i = 0; i < 8; i++) {
            state->sum[i] ^= state->u[i];
        }
    }
}
