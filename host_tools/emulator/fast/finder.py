"""Lets Python import the modules that `make emulator` compiled, in place of the wheel's, where they are there."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final

from host_tools.emulator.fast import sources
from host_tools.emulator.fast.sources import NATIVE, OURS, PACKAGE, STAMP

NAMES: Final = frozenset({OURS, *(f"{PACKAGE}.{name}" for name in NATIVE)})


class Finder(MetaPathFinder):
    """Finds all of the compiled modules, or none: they fit each other only."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where the module `fullname` is, if it is one of them and the build is complete."""
        if fullname not in NAMES or not (sources.build_folder() / STAMP).exists():
            return None
        return importlib.util.spec_from_file_location(fullname, sources.built_module(fullname))


def install() -> None:
    """Ask this finder first; without effect on what has been imported already."""
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())
