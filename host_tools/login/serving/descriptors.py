"""As many open files as the connections of a worker take, if the system lets a process have them."""

from __future__ import annotations

import contextlib
import sys
from typing import Final

if sys.platform != "win32":
    from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit, setrlimit

OTHERS: Final = 512  # the inventory's in all threads, the log, what asyncio needs


def allow(connections: int) -> None:
    """Raise this process's soft limit, up to the hard one. systemd's soft limit is 1024, for programs of old."""
    if sys.platform == "win32":
        return
    wanted = connections + OTHERS
    soft, hard = getrlimit(RLIMIT_NOFILE)
    if hard != RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # macOS has a limit of its own
            setrlimit(RLIMIT_NOFILE, (wanted, hard))
