"""The file beside the place of `master.key` that says in which module the master key is instead.

`master.key.module`, mode 0600: one line, the address. While both files are there, keys move from the one to the other.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from host_tools.inventory.errors import UnusableFileError
from host_tools.inventory.module_address import ModuleAddress
from host_tools.inventory.private_files import create_private, refuse_exposed, remove, replace_private

SUFFIX: Final = ".module"
LONGEST: Final = 4096


def pointer(key_file: Path) -> ModuleAddress | None:
    """The address that stands beside `key_file`, if there is one.

    Raises ExposedFileError (an address names a program that is loaded), UnusableFileError, ModuleAddressError.
    """
    path = _beside(key_file)
    try:
        with path.open("rb") as file:
            refuse_exposed(path, file)
            text = file.read(LONGEST).decode()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnusableFileError(path, error.strerror or type(error).__name__) from error
    except UnicodeDecodeError as error:
        raise UnusableFileError(path, "it holds no address") from error
    return ModuleAddress.parse(text.strip())


def point(key_file: Path, address: ModuleAddress) -> None:
    """Write the address beside `key_file`, in the place of another one. Raises UnusableFileError."""
    path, content = _beside(key_file), f"{address}\n".encode()
    if path.exists():
        replace_private(path, content)
    elif not create_private(path, lambda draft: _fill(draft, content)):
        raise UnusableFileError(path, "somebody else made it just now")


def forget_pointer(key_file: Path) -> None:
    """Remove the address beside `key_file`, if there is one. Raises UnusableFileError."""
    remove(_beside(key_file))


def _fill(draft: Path, content: bytes) -> None:
    draft.write_bytes(content)


def _beside(key_file: Path) -> Path:
    return key_file.with_name(key_file.name + SUFFIX)
