"""As many open files as the connections of a worker take, if the system lets a process have them."""

from __future__ import annotations

import contextlib
import sys
from typing import Final

if sys.platform != "win32":
    from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit, setrlimit

OTHERS: Final = 512  # the inventory's in all threads, the log, what asyncio needs


def allow(connections: int) -> int:
    """Raise this process's soft limit, up to the hard one; for how many connections that does.

    systemd's soft limit is 1024, for programs of old.
    """
    if sys.platform == "win32":
        return connections
    wanted = connections + OTHERS
    soft, hard = getrlimit(RLIMIT_NOFILE)
    if hard != RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # macOS has a limit of its own
            setrlimit(RLIMIT_NOFILE, (wanted, hard))
    limit, _ = getrlimit(RLIMIT_NOFILE)
    if limit == RLIM_INFINITY:
        return connections
    # Where there are few, the others need fewer than at most. Were all of them taken by connections, nobody else could
    # be accepted, nor make anybody else's end.
    return min(connections, max(limit - OTHERS, limit // 2))
