"""`picodsc inventory tidy`: what logins need no more is removed."""

from __future__ import annotations

import typer

from host_tools.cli.key_files import counted
from host_tools.cli.login_system import login_system


def tidy() -> None:
    """Remove what logins need no more.

    What was asked, sessions, and text messages, as long after their end as the policy says (demand.kept_for), unless
    something still goes by them. Cards and passcodes whose time was over so long ago end. The service does all of it by
    itself; this is for an inventory without one. The audit log keeps its entries. Logins go on meanwhile.

    \b
    Example:
      picodsc inventory tidy
    """
    from host_tools.login.tidying import tidy as tidied

    with login_system() as system:
        done = tidied(system)
    typer.echo(
        f"{counted(done.demands, 'demand')}, {counted(done.challenges, 'challenge')}, "
        f"{counted(done.sessions, 'session')} and {counted(done.messages, 'message')} removed, "
        f"{counted(done.devices, 'device')} ended"
    )
