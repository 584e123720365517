// What the files of the module give its table in module.c.

#ifndef PICODSC_NATIVE_H
#define PICODSC_NATIVE_H

#include "py/obj.h"

MP_DECLARE_CONST_FUN_OBJ_VAR_BETWEEN(native_pbkdf2_begin_obj);
MP_DECLARE_CONST_FUN_OBJ_2(native_pbkdf2_rounds_obj);
MP_DECLARE_CONST_FUN_OBJ_2(native_pbkdf2_rounds_plain_obj);
MP_DECLARE_CONST_FUN_OBJ_2(native_pbkdf2_end_obj);

#endif
