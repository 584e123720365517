// PBKDF2 for Python: arguments are checked, and the stack that the computation leaves behind is overwritten.

#include "py/cstack.h"
#include "py/objstr.h"
#include "py/runtime.h"

#include "native.h"
#include "sha256.h"

#ifdef PICODSC_SHA256_THUMB1
#define PBKDF2_ROUNDS pbkdf2_rounds_thumb1
#else
#define PBKDF2_ROUNDS pbkdf2_rounds_plain
#endif

#define DEAD_STACK 1024 // bytes: the deepest call below, with an interrupt on top
#define OUTPUT_SIZE 32

static void bytes_of(mp_obj_t object, mp_buffer_info_t *buffer) {
    if (mp_obj_is_str(object)) {
        mp_raise_TypeError(MP_ERROR_TEXT("password and salt must be bytes, not str"));
    }
    mp_get_buffer_raise(object, buffer, MP_BUFFER_READ);
}

static struct pbkdf2 *state_of(mp_obj_t object) {
    mp_buffer_info_t buffer;
    mp_get_buffer_raise(object, &buffer, MP_BUFFER_RW);
    if (buffer.len != sizeof(struct pbkdf2) || (uintptr_t)buffer.buf % sizeof(uint32_t) != 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("state must be a bytearray of PBKDF2_STATE bytes, from a whole word on"));
    }
    return buffer.buf;
}

static size_t rounds_asked(mp_obj_t object) {
    mp_int_t count = mp_obj_get_int(object);
    if (count < 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("count must not be negative"));
    }
    return count;
}

// Before anything is computed: an exception later would leave secrets on the stack.
static void require_stack(void) {
    if (mp_cstack_usage() + 2 * DEAD_STACK > MP_STATE_THREAD(stack_limit)) {
        mp_raise_recursion_depth();
    }
}

static void __attribute__((noinline)) overwrite_dead_stack(void) {
    uint32_t dead[DEAD_STACK / 4];
    overwrite(dead, sizeof(dead));
}

static mp_obj_t begin(size_t count, const mp_obj_t *arguments) {
    (void)count;
    struct pbkdf2 *state = state_of(arguments[0]);
    mp_buffer_info_t password, salt;
    bytes_of(arguments[1], &password);
    bytes_of(arguments[2], &salt);
    mp_int_t index = mp_obj_get_int(arguments[3]);
    if (index < 1) {
        mp_raise_ValueError(MP_ERROR_TEXT("index must be at least 1"));
    }
    require_stack();
    pbkdf2_start(state, password.buf, password.len, salt.buf, salt.len, index);
    overwrite_dead_stack();
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(native_pbkdf2_begin_obj, 4, 4, begin);

static mp_obj_t some_rounds(void (*rounds)(struct pbkdf2 *, size_t), mp_obj_t state, mp_obj_t count) {
    struct pbkdf2 *checked = state_of(state);
    size_t number = rounds_asked(count);
    require_stack();
    if (number > 0) {
        rounds(checked, number);
        overwrite_dead_stack();
    }
    return mp_const_none;
}

static mp_obj_t rounds_chosen(mp_obj_t state, mp_obj_t count) {
    return some_rounds(PBKDF2_ROUNDS, state, count);
}
MP_DEFINE_CONST_FUN_OBJ_2(native_pbkdf2_rounds_obj, rounds_chosen);

static mp_obj_t rounds_plain(mp_obj_t state, mp_obj_t count) {
    return some_rounds(pbkdf2_rounds_plain, state, count);
}
MP_DEFINE_CONST_FUN_OBJ_2(native_pbkdf2_rounds_plain_obj, rounds_plain);

static mp_obj_t end(mp_obj_t state, mp_obj_t output) {
    struct pbkdf2 *checked = state_of(state);
    mp_buffer_info_t buffer;
    mp_get_buffer_raise(output, &buffer, MP_BUFFER_RW);
    if (buffer.len != OUTPUT_SIZE) {
        mp_raise_ValueError(MP_ERROR_TEXT("output must have 32 bytes"));
    }
    uint8_t *bytes = buffer.buf;
    for (size_t i = 0; i < OUTPUT_SIZE; i++) {
        bytes[i] = checked->sum[i / 4] >> (24 - 8 * (i % 4));
    }
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_2(native_pbkdf2_end_obj, end);
