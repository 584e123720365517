"""Programs with the names of compilers and build tools: they obey in no time, and misbehave as a test wants it.

A `hook`, a line of shell, runs in the folder of what is compiled, just before `ninja` ends.
"""

from pathlib import Path

from fakes.debian_archive import write

NEWLIB_LICENCE = "share/doc/libnewlib-arm-none-eabi/copyright"
COMPILER = """
case "$*" in
    --version) echo "arm-none-eabi-gcc (fake) 12.2";;
    -Wl,--version) echo "GNU ld (fake) 2.40";;
    -print-file-name=*) echo "/usr/lib/${1#-print-file-name=}";;
    *) echo '#define _NEWLIB_VERSION "3.3.0"';;
esac
"""
MAKE = """
for word in "$@"; do case $word in BUILD=*) mkdir -p "${word#BUILD=}" && : > "${word#BUILD=}/mpy-cross";; esac; done
"""
CMAKE = """
while [ "$1" != -B ]; do shift; done
mkdir -p "$2/frozen_mpy" && env > "$2/environment"
"""
# What is compiled: the module that tells the build, in each file; the map names the folder, as a linker does.
NINJA = """
cd "$2" || exit 1
cat ../generated/pico/build_info.py > firmware.bin && cp firmware.bin firmware.elf
echo "linked in $PWD" > firmware.elf.map
: > frozen_mpy/compiled && : > frozen_content.c
"""


class BuildTools:
    """The programs, in `folder`/bin; that folder comes first on the PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.set_hook("")
        self._program("gcc", "echo 'gcc (fake) 12.2'")
        self._program("pkg-config", "exit 0")
        self._program("arm-none-eabi-gcc", COMPILER)
        self._program("make", MAKE)
        self._program("cmake", CMAKE)
        self._program("ninja", f'{NINJA}. "{folder}/hook"')
        write(folder / NEWLIB_LICENCE, b"newlib's licence")

    def set_hook(self, line: str) -> None:
        write(self.folder / "hook", f"{line}\n".encode())

    def path(self, rest: str) -> str:
        return f"{self.folder / 'bin'}:{rest}"

    def _program(self, name: str, script: str) -> None:
        write(self.folder / "bin" / name, f"#!/bin/sh\n{script}\n".encode()).chmod(0o755)
