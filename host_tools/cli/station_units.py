"""What the station's commands have before them: units on USB or simulated ones, and what may be wrong with one."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from host_tools.cli.exits import USAGE, note, stop
from host_tools.cli.options import ready_and_noted
from host_tools.engines import names

if TYPE_CHECKING:
    from host_tools.device.image_file import Image
    from host_tools.station.desk import Desk

EMULATOR: Final = "emulator"
ENTER: Final = (
    "Hold its BOOTSEL button while you plug the Pico in. EVERYTHING in its flash is erased, a token included."
)
SimulatedByOption = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="|".join(names.NAMES),
        help="What runs a simulated unit; rp2040 is an emulated Pico.",
    ),
]


def desk_at(port: str | None, into: Path | None, engine: str, *, several: bool, prepare: Any) -> Desk:
    """Where units come from, by the options. Ends the command for those that make no sense."""
    from host_tools.device import ports
    from host_tools.station.desk import FolderDesk, SimulatedDesk, UsbDesk

    if port == EMULATOR:
        if into is None:
            stop("--port emulator needs a folder for its unit: name it with --into", USAGE)
        return SimulatedDesk(into, ready_and_noted(engine), several)
    if into is not None:
        stop("--into goes with --port emulator", USAGE)
    if port is not None and Path(port).is_dir():
        return FolderDesk(Path(port), ready_and_noted(engine))
    return UsbDesk(port, ports.connected, prepare or (lambda: None))


def flasher(chosen: Path | None) -> Any:
    """Writes the image to whatever board comes in BOOTSEL mode."""
    from host_tools.device import flashing, image_file, picotool
    from host_tools.device.errors import DeviceError, PicotoolMissingError

    try:
        found: Image = image_file.find(chosen)
        tool = picotool.find()
        if tool is None:
            raise PicotoolMissingError("writing the whole flash and reading it back")
    except DeviceError as error:
        stop(error)
    note(f"image {found.path.name}, SHA-256 {found.sha256}. {ENTER}")

    def prepare() -> None:
        if tool.sees_board():
            flashing.make_blank_token(found, tool, note)
            time.sleep(1)  # until it is on USB

    return prepare


def one_units() -> tuple[type[Exception], ...]:
    """What ends one unit, and not the line."""
    from dsc.crypto.errors import CryptoError
    from dsc.protocol.errors import ProtocolError
    from host_tools.device.errors import DeviceError
    from host_tools.engines.errors import EngineError
    from host_tools.inventory.errors import InventoryError
    from host_tools.simulator.folder import TokenFolderError
    from host_tools.station.errors import StationError

    return (
        StationError,
        EngineError,
        DeviceError,
        InventoryError,
        TokenFolderError,
        CryptoError,
        ProtocolError,
    )
