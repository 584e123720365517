// The module `native`: what the token's firmware does in C, by its names in Python (boards/native.pyi).

#include "door.h"
#include "hardware/watchdog.h"
#include "memory.h"
#include "native.h"
#include "pbkdf2_layout.h"
#include "py/runtime.h"
#include "restart.h"

static mp_obj_t native_clean(void) {
    memory_clean();
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_0(native_clean_obj, native_clean);

static mp_obj_t native_restart_(mp_obj_t cause) {
    native_restart(mp_obj_get_int(cause) & 0xff);
}
static MP_DEFINE_CONST_FUN_OBJ_1(native_restart_obj, native_restart_);

static mp_obj_t native_feed(void) {
    watchdog_update();
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_0(native_feed_obj, native_feed);

static mp_obj_t native_watch_(mp_obj_t on) {
    native_watch(mp_obj_is_true(on));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(native_watch_obj, native_watch_);

static mp_obj_t native_cause_(void) {
    return MP_OBJ_NEW_SMALL_INT(native_cause());
}
static MP_DEFINE_CONST_FUN_OBJ_0(native_cause_obj, native_cause_);

static mp_obj_t native_open_door(void) {
    door_open();
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_0(native_open_door_obj, native_open_door);

static const mp_rom_map_elem_t globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_native)},
    {MP_ROM_QSTR(MP_QSTR_clean), MP_ROM_PTR(&native_clean_obj)},
    {MP_ROM_QSTR(MP_QSTR_restart), MP_ROM_PTR(&native_restart_obj)},
    {MP_ROM_QSTR(MP_QSTR_feed), MP_ROM_PTR(&native_feed_obj)},
    {MP_ROM_QSTR(MP_QSTR_watch), MP_ROM_PTR(&native_watch_obj)},
    {MP_ROM_QSTR(MP_QSTR_cause), MP_ROM_PTR(&native_cause_obj)},
    {MP_ROM_QSTR(MP_QSTR_open_door), MP_ROM_PTR(&native_open_door_obj)},
    {MP_ROM_QSTR(MP_QSTR_PBKDF2_STATE), MP_ROM_INT(PBKDF2_STATE)},
    {MP_ROM_QSTR(MP_QSTR_pbkdf2_begin), MP_ROM_PTR(&native_pbkdf2_begin_obj)},
    {MP_ROM_QSTR(MP_QSTR_pbkdf2_rounds), MP_ROM_PTR(&native_pbkdf2_rounds_obj)},
    {MP_ROM_QSTR(MP_QSTR_pbkdf2_rounds_plain), MP_ROM_PTR(&native_pbkdf2_rounds_plain_obj)},
    {MP_ROM_QSTR(MP_QSTR_pbkdf2_end), MP_ROM_PTR(&native_pbkdf2_end_obj)},
    {MP_ROM_QSTR(MP_QSTR_WANTED), MP_ROM_INT(CAUSE_WANTED)},
    {MP_ROM_QSTR(MP_QSTR_FAULT), MP_ROM_INT(CAUSE_FAULT)},
    {MP_ROM_QSTR(MP_QSTR_ESCAPED), MP_ROM_INT(CAUSE_ESCAPED)},
    {MP_ROM_QSTR(MP_QSTR_HANG), MP_ROM_INT(CAUSE_HANG)},
    {MP_ROM_QSTR(MP_QSTR_DOOR), MP_ROM_INT(CAUSE_DOOR)},
};
static MP_DEFINE_CONST_DICT(globals_dict, globals_table);

const mp_obj_module_t native_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&globals_dict,
};

MP_REGISTER_MODULE(MP_QSTR_native, native_module);
