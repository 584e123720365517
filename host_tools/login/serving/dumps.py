"""No core dump has the master key: neither this process nor those that it forks leave one."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    from resource import RLIMIT_CORE, setrlimit


def leave_none() -> None:
    """From now on. Where dumps are piped to a program (core(5)), that program has to heed the limit."""
    if sys.platform != "win32":
        setrlimit(RLIMIT_CORE, (0, 0))
