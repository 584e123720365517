/* A PKCS#11 module that hands everything on to another one, and misbehaves as $ODD_MODULE says. */

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long ulong;
typedef struct { unsigned char version[2]; void *functions[68]; } function_list;
typedef struct { ulong mechanism; void *parameter; ulong length; } mechanism;
typedef struct { unsigned char *nonce; ulong nonce_length, nonce_bits; unsigned char *aad; ulong aad_length, tag_bits; } gcm;
typedef struct { unsigned char names[96]; ulong flags; unsigned char rest[128]; } token_info;

/* Places in the list of functions, and numbers, of PKCS#11 2.40. */
enum { GET_FUNCTION_LIST = 3, GET_TOKEN_INFO = 6, LOGIN = 18, ENCRYPT_INIT = 29 };
enum { AES_GCM = 0x1087, FINAL_TRY = 0x20000, LOCKED = 0x40000, PIN_LOCKED = 0xa4 };

static function_list real, ours;

static int is(const char *oddity) {
    const char *wanted = getenv("ODD_MODULE");
    return wanted && strcmp(wanted, oddity) == 0;
}

static ulong get_token_info(ulong slot, token_info *info) {
    ulong result = ((ulong (*)(ulong, token_info *))real.functions[GET_TOKEN_INFO])(slot, info);
    info->flags |= is("last try") ? FINAL_TRY : is("locked") ? LOCKED : 0;
    return result;
}

static ulong login(ulong session, ulong user, unsigned char *pin, ulong length) {
    if (is("locks")) return PIN_LOCKED;
    return ((ulong (*)(ulong, ulong, unsigned char *, ulong))real.functions[LOGIN])(session, user, pin, length);
}

static ulong encrypt_init(ulong session, mechanism *how, ulong key) {
    static unsigned char own[12];
    gcm copy;
    mechanism changed = *how;
    if (how->mechanism == AES_GCM && (is("own nonce") || is("hidden nonce"))) {
        copy = *(gcm *)how->parameter;
        own[0]++;
        memcpy(own + 1, "its own one", 11);
        if (is("own nonce")) memcpy(copy.nonce, own, 12);
        else copy.nonce = own;
        changed.parameter = &copy;
    }
    return ((ulong (*)(ulong, mechanism *, ulong))real.functions[ENCRYPT_INIT])(session, &changed, key);
}

ulong C_GetFunctionList(function_list **list) {
    void *library = dlopen(REAL_MODULE, RTLD_NOW | RTLD_LOCAL);
    function_list *found;
    ulong result;
    if (!library) return 5;
    result = ((ulong (*)(function_list **))dlsym(library, "C_GetFunctionList"))(&found);
    real = ours = *found;
    ours.functions[GET_FUNCTION_LIST] = (void *)C_GetFunctionList;
    ours.functions[GET_TOKEN_INFO] = (void *)get_token_info;
    ours.functions[LOGIN] = (void *)login;
    ours.functions[ENCRYPT_INIT] = (void *)encrypt_init;
    *list = &ours;
    return result;
}
