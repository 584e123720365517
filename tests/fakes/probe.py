"""An engine whose firmware's memory can be searched for secrets (programs/memory_probe.py)."""

import hashlib
import json
import os
from pathlib import Path
from typing import Final

from host_tools.engines import interpreters
from host_tools.engines.child import ChildEngine
from host_tools.engines.unit import Unit

PROGRAM: Final = Path(__file__).parent / "programs" / "memory_probe.py"
HEAD: Final = 2  # bytes of a secret that the probe is told
CANARY: Final = "unique id"  # no secret: a search that does not find it has missed the firmware


class ProbedEngine(ChildEngine):
    """The firmware on CPython; `options` are those of the program."""

    def __init__(self, unit: Unit, folder: Path, *options: str) -> None:
        interpreter = interpreters.find(interpreters.CPYTHON)
        command = [*interpreter.run(PROGRAM), str(folder), *options]
        super().__init__(interpreter.name, command, interpreter.environment, unit)
        self._canary = unit.uid
        self._request = folder / "request.json"
        self._report = folder / "report.json"

    def ask(self, patterns: dict[str, bytes]) -> None:
        """Have the memory searched as soon as time passes, or the board resets."""
        salt = os.urandom(16)
        described = [
            {
                "name": name,
                "head": pattern[:HEAD].hex(),
                "length": len(pattern),
                "digest": hashlib.sha256(salt + pattern).hexdigest(),
            }
            for name, pattern in {CANARY: self._canary, **patterns}.items()
        ]
        self._report.unlink(missing_ok=True)
        self._request.write_text(json.dumps({"salt": salt.hex(), "patterns": described}))

    def report(self) -> dict[str, list[str]]:
        """Names of the patterns that the last search found, and the types of the objects that hold them."""
        found = json.loads(self._report.read_text())
        assert found.pop(CANARY)
        return found

    def search(self, patterns: dict[str, bytes]) -> dict[str, list[str]]:
        """Search the memory now: one millisecond passes."""
        self.ask(patterns)
        self.run(1)
        return self.report()
