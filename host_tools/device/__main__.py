"""The command line for a Pico on the desk: `python -m host_tools.device flash|flash-check|deploy|raw-samples`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from host_tools.device import deploy, flashing, image_file, picotool, ports, raw_samples, readback, sources
from host_tools.device.errors import DeviceError, printable
from host_tools.device.layout import VAULT_BYTES
from host_tools.engines import images

FAILED: Final = 1
INTERRUPTED: Final = 130
CONFIRMATION: Final = "destroy this token"
KEPT: Final = (
    "Only the sectors that the image occupies were written: a vault from before is still in the flash, and a board "
    "that held other programs has remains of them. 'make flash ERASE=yes' makes a board blank, and destroys a token."
)
READ_ONLY_DRIVE: Final = (
    "reading the flash back (the drive of an RP2040 shows INFO_UF2.TXT and INDEX.HTM, and no flash)"
)
BY_HAND: Final = (
    "This is worth something only if BOOTSEL mode was entered by hand, with the button held while the power came: "
    "then the chip's ROM answers, and no firmware."
)


def main(arguments: list[str] | None = None) -> int:
    """Runs one command. Returns the exit code: 1 if it failed, with the reason on standard error."""
    parser = _parser()
    options = parser.parse_args(arguments)
    actions: dict[str, Callable[[argparse.Namespace], int]] = {
        "flash": _flash,
        "flash-check": _flash_check,
        "deploy": _deploy,
        "raw-samples": _raw_samples,
    }
    try:
        return actions[options.command](options)
    except DeviceError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print(f"{parser.prog}: interrupted; doing it again puts things right", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m host_tools.device", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    flash = commands.add_parser("flash", help="write the image to a Pico in BOOTSEL mode")
    flash.add_argument("--drive", type=Path, help="the folder at which its drive is mounted")
    flash.add_argument(
        "--erase", action="store_true", help="DESTROYS A TOKEN: erase the whole flash first, asking before"
    )
    check = commands.add_parser("flash-check", help="read the whole flash back, and compare")
    for command in (flash, check):
        command.add_argument("--image", type=Path, help="a UF2 file (default: what 'make firmware' made)")
    board = commands.add_parser("deploy", help="sources onto a stock MicroPython, for development")
    board.add_argument("--port", help="its serial port (default: the only one)")
    board.add_argument("--autostart", action="store_true", help="have them started by main.py")
    raw = commands.add_parser("raw-samples", help="record raw bits of a blank token's ring oscillator")
    raw.add_argument("file", type=Path, help="a new file: one byte, 0 or 1, for each bit")
    raw.add_argument("--samples", type=_count, default=1_000_000, help="how many bits (default: %(default)s)")
    raw.add_argument("--port", help="its serial port (default: the only one)")
    return parser


def _flash(options: argparse.Namespace) -> int:
    image = image_file.find(options.image)
    newer = images.newer_source(image.path)
    if newer is not None:
        print(f"note: {newer.name} is newer than the image; 'make firmware' builds it anew", file=sys.stderr)
    print(f"image {image.path.name}: {len(image.content)} bytes, SHA-256 {image.sha256}")
    if options.erase:
        tool = flashing.seen(picotool.find(), "erasing the flash")
        if not _confirmed():
            print("nothing was erased or written", file=sys.stderr)
            return FAILED
        done = flashing.erase_and_flash(image, tool, _say_way)
    else:
        done = flashing.flash(image, picotool.find(), drive=options.drive, look=_say_way)
    if done.verified:
        print("Written, read back and started.")
    else:
        print("Written; the drive has gone, so the boot ROM took the image and has started it.")
        print("Nothing was read back: 'make flash-check' does, in BOOTSEL mode again.")
    print("The board is blank but for the image." if done.erased else KEPT)
    return 0


def _say_way(way: str) -> None:
    print(f"writing over {printable(way)}; do not unplug the board …", flush=True)


def _confirmed() -> bool:
    """Whether the person at the keyboard types what this is about."""
    print("ERASE: this DESTROYS THE TOKEN on this board, its keys and its PIN with it. Nobody can undo it.")
    print(f"Type '{CONFIRMATION}' to go on: ", end="", flush=True)
    return sys.stdin.readline().strip() == CONFIRMATION


def _flash_check(options: argparse.Namespace) -> int:
    image = image_file.find(options.image)
    tool = flashing.seen(picotool.find(), READ_ONLY_DRIVE)
    print("reading the whole flash …", flush=True)
    found = readback.examine(tool.read(), image)
    if found.difference:
        byte = found.difference
        print(
            f"DIFFERENT: the byte at {byte.offset:#08x} is {byte.found:#04x}, the image's is {byte.wanted:#04x}"
        )
    else:
        print(f"image: all {len(image.content)} bytes are those of {image.path.name} ({image.sha256})")
    for begin, end in found.foreign:
        print(f"FOREIGN: {end - begin} bytes from {begin:#08x} are neither image nor vault, and not erased")
    if found.vault_bytes:
        print(f"vault: in use, {found.vault_bytes} of its {VAULT_BYTES} bytes are not erased")
    else:
        print("vault: blank")
    print(BY_HAND)
    print("The board is still in BOOTSEL mode: unplug it to end that.")
    if not found.sound:
        print(
            "This flash is NOT what it should be. 'make flash' writes the image anew; what is foreign goes with "
            "'make flash ERASE=yes' only, and a token on the board with it.",
            file=sys.stderr,
        )
        return FAILED
    return 0


def _deploy(options: argparse.Namespace) -> int:
    files = sources.collect()
    port = ports.choose(options.port, ports.connected())
    transport = ports.open_transport(port)
    try:
        done = deploy.copy(
            transport,
            files,
            autostart=options.autostart,
            look=lambda name: print(f"  {name}", flush=True),
        )
        print(f"{len(done.copied)} files copied, {len(done.deleted)} deleted, {done.kept} were there already")
        heap = deploy.start(transport)
    finally:
        ports.close(transport)
    print(f"The factory screen is on; {heap} bytes of heap are free. This board never seals a token.")
    print(f"Its REPL is yours: mpremote connect {port}")
    print(f"After a reset, there: {deploy.START}")
    return 0


def _raw_samples(options: argparse.Namespace) -> int:
    port = ports.choose(options.port, ports.connected())
    transport = ports.open_transport(port)
    try:
        with options.file.open("xb") as file:
            try:
                packed = b"".join(raw_samples.record(transport, options.samples))
                file.write(raw_samples.unpacked(packed)[: options.samples])
            except BaseException:
                options.file.unlink()  # or it would be in the way of the next try
                raise
    except OSError as error:
        print(f"{options.file} can't be written: {error.strerror}", file=sys.stderr)
        return FAILED
    finally:
        ports.close(transport)
    seen = raw_samples.look(packed)
    print(f"{options.file}: {options.samples} raw bits, {seen.ones} ones among {seen.samples}")
    print(
        f"By the most common value, at most {seen.most:.3f} bits of min-entropy each; docs/entropy.md says more."
    )
    if seen.failed:
        print(f"A token would refuse to make keys of these: the {seen.failed} test fails.", file=sys.stderr)
        return FAILED
    return 0


def _count(text: str) -> int:
    """A number of samples of which something can be said."""
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or int(text) < 1024:
        raise argparse.ArgumentTypeError("must be a whole number of 1,024 to 999,999,999")
    return int(text)


if __name__ == "__main__":
    raise SystemExit(main())
