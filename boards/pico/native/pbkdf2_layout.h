// Where the parts of a PBKDF2 state are, in bytes, for C and assembly alike; struct pbkdf2 in sha256.h has this shape.

#ifndef PICODSC_PBKDF2_LAYOUT_H
#define PICODSC_PBKDF2_LAYOUT_H

#define PBKDF2_MIDSTATE 40 // in a half of the key: behind the ten words that round 0 makes of it
#define PBKDF2_HALF 72     // the inner half of the key is first, the outer one here
#define PBKDF2_U 144
#define PBKDF2_SUM 176
#define PBKDF2_STATE 208

#endif
