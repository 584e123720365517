// The door to USB, which opens on a blank token only.

#ifndef PICODSC_DOOR_H
#define PICODSC_DOOR_H

// Let USB start after _boot.py, unless there is a seal in flash.
void door_open(void);

#endif
