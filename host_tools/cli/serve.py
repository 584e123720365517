"""`picodsc serve`: the login service."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host_tools.cli import opening
from host_tools.cli.exits import FAILED, USAGE, stop
from host_tools.cli.opening import POLICY_NAMED_IN

if TYPE_CHECKING:
    from host_tools.inventory import Location
    from host_tools.inventory.custody import Ask
    from host_tools.login.serving.settings import Settings
    from host_tools.login.serving.worker import Service

ACTOR = "login service"


def serve(
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="Settings, in TOML.  [default: all defaults]"),
    ] = None,
    write_config: Annotated[
        bool, typer.Option("--write-config", help="Print a settings file with every key, and end.")
    ] = False,
) -> None:
    """Run the login service.

    It asks for the master key's passphrase or PIN once, and then answers in several processes until SIGTERM or
    Ctrl-C; requests under way are finished. SIGHUP reads settings, policy and certificates anew, without a gap. Logs
    are JSON, on standard error.

    \b
    Example:
      picodsc serve --config login.toml
    """
    from host_tools.login.serving import config_file
    from host_tools.login.serving.errors import ServingError
    from host_tools.login.serving.settings import Settings

    if write_config:
        typer.echo(config_file.default_text(), nl=False)
        return
    try:
        settings = Settings() if config is None else config_file.read(config)
        killed = _run(settings, config)
    except ServingError as error:
        stop(error, USAGE)
    if killed:
        stop(f"{killed} of the workers did not end in time, and requests may have been lost", FAILED)


def _run(settings: Settings, config: Path | None) -> int:
    """Serve; how many workers had to be killed. Raises ServingError."""
    from host_tools.inventory.errors import InventoryError
    from host_tools.login.serving import config_file, running

    def reread() -> tuple[Service, Settings]:
        anew = settings if config is None else config_file.read(config)
        return _service(location, anew), anew

    try:
        location = _location(settings)
        return running.serve(
            _service(location, settings),
            settings,
            ask=lambda: _secret(settings.passphrase_file, opening.passphrase),
            pin=lambda: _secret(settings.pin_file, opening.module_pin),
            reread=reread,
            ready=lambda address: typer.echo(f"picodsc: the login service answers at {address}"),
        )
    except InventoryError as error:
        stop(error, USAGE)


def _service(location: Location, settings: Settings) -> Service:
    """What workers are made of: the policy's file is read here, for all of them.

    Raises RefusedPolicyError, WritableFileError.
    """
    from host_tools.login.service.app import create_app
    from host_tools.login.service.note import actor
    from host_tools.login.serving.errors import RefusedPolicyError
    from host_tools.login.serving.trusted_files import read_trusted
    from host_tools.login.serving.worker import Service
    from host_tools.login.system import LoginSystem
    from host_tools.policy import Policy
    from host_tools.policy.errors import PolicyError

    file = _policy_file(settings)
    try:
        policy = Policy.load() if file is None else Policy.load_text(file, read_trusted(file))
    except PolicyError as error:
        raise RefusedPolicyError(str(error)) from error
    except OSError as error:
        raise RefusedPolicyError(f"{file}: {(error.strerror or str(error)).lower()}") from error
    return Service(partial(LoginSystem.open, location, policy, actor=actor(ACTOR)), create_app)


def _location(settings: Settings) -> Location:
    """Where the inventory is: the environment, and `--database`, win over the settings. Raises InventoryError."""
    from host_tools.inventory import default_location

    environ = dict(os.environ)
    for name, value in (("PICODSC_DATABASE", settings.database), ("PICODSC_MASTER_KEY", settings.master_key)):
        if value and not environ.get(name):
            environ[name] = value
    return default_location(environ)


def _policy_file(settings: Settings) -> Path | None:
    """The operator's policy: as the other commands find it, the environment wins."""
    named = os.environ.get(POLICY_NAMED_IN)
    return Path(named) if named else settings.policy


def _secret(file: Path | None, ask: Ask) -> bytearray:
    return ask() if file is None else opening.from_file(file)
