"""Who uses this machine, as its operating system knows them: the actor of the audit log."""

from __future__ import annotations

import os
from typing import Final

LONGEST: Final = 64  # characters of an actor


def this_user() -> str:
    """The name of the account that this process runs for, or `uid N` if it has none; the environment has no say."""
    import pwd  # not on Windows, where programs that import this show tokens all the same

    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        name = ""
    return "".join(filter(str.isprintable, name))[:LONGEST] or f"uid {number}"
