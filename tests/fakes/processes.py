"""What Linux tells of a service's processes: its workers, their processor time, their memory."""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
UTIME = 11  # proc(5): counted from what follows the command's name in `stat`


class ProcessGoneError(Exception):
    """The process is not there any more."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"process {pid} is gone")
        self.pid = pid


def children(pid: int) -> list[int]:
    """The processes that it has started and not waited for, itself left out; [] if it is gone."""
    try:
        return [int(one) for one in (PROC / f"{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def processor_seconds(pid: int) -> float:
    """What the process and its children have used, in user and system mode."""
    return sum(_own_seconds(one) for one in (pid, *children(pid)))


def resident_bytes(pid: int) -> int:
    """The memory that it has resident (RSS), counted exactly. Raises ProcessGoneError."""
    try:
        lines = (PROC / f"{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        raise ProcessGoneError(pid) from None
    (found,) = (line.split()[1] for line in lines if line.startswith("Rss:"))
    return int(found) * 1024


def _own_seconds(pid: int) -> float:
    try:
        fields = (PROC / f"{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[UTIME]) + int(fields[UTIME + 1])) / TICKS
