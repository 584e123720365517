"""The config file of the login service: TOML, read whole or refused with the key that is wrong."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

from host_tools.inventory.errors import ExposedFileError
from host_tools.inventory.private_files import refuse_exposed
from host_tools.login.serving import tls
from host_tools.login.serving.errors import ConfigError, ConfigFileError
from host_tools.login.serving.gateways import gateway_of
from host_tools.login.serving.settings import Key, Settings, keys
from host_tools.login.serving.trusted_files import read_trusted
from host_tools.login.sms.errors import SettingError

PRIVATE: Final = ("tls_key", "passphrase_file", "pin_file", "sms_token_file")
READ: Final = ("tls_certificate", "policy")
_HEAD: Final = "# Settings of `picodsc serve`. What stands behind # is the default.\n"


def read(file: Path) -> Settings:
    """The settings in `file`; paths in it are relative to its folder.

    Raises WritableFileError, ConfigFileError, ConfigError: for keys that are unknown, values that can't be,
    combinations that would send passwords in clear, and files that are not there, or have secrets and are open to
    others.
    """
    try:
        found = tomllib.loads(read_trusted(file).decode())
    except OSError as error:
        raise ConfigFileError(file, (error.strerror or str(error)).lower()) from error
    except UnicodeDecodeError as error:
        raise ConfigFileError(file, "this is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigFileError(file, f"this is not TOML: {error}") from error
    values: dict[str, Any] = {}
    known = keys()
    for section, entries in found.items():
        if section not in known or not isinstance(entries, dict):
            raise ConfigError(file, section, f"unknown; there are the sections {', '.join(known)}")
        for name, value in entries.items():
            if name not in known[section]:
                allowed = f"unknown; in [{section}] there are {', '.join(known[section])}"
                raise ConfigError(file, f"{section}.{name}", allowed)
            field, key = known[section][name]
            try:
                values[field.name] = _READERS[str(field.type)](value, key, file.parent)
            except _RefusedError as error:
                raise ConfigError(file, f"{section}.{name}", str(error)) from None
    settings = Settings(**values)
    _check_files(file, settings)
    _check_reach(file, settings)
    return settings


def default_text() -> str:
    """A config file that changes nothing: each key behind #, with what it is and what it may be."""
    lines = [_HEAD]
    for section, entries in keys().items():
        lines.append(f"[{section}]")
        for name, (field, key) in entries.items():
            default = {} if field.default is dataclasses.MISSING else field.default
            lines.append(f"# {key.about}{_allowed(key)}")
            lines.append(f"# {name} = {_as_toml(default)}")
        lines.append("")
    return "\n".join(lines)


class _RefusedError(Exception):
    pass


def _allowed(key: Key) -> str:
    if key.choices:
        return f" {', '.join(key.choices)}."
    return f" {key.least} to {key.most}." if key.most else ""


def _as_toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{one}"' for one in value) + "]"
    return "{}" if isinstance(value, dict) else f'"{value or ""}"'


def _text(value: object, key: Key, _: Path) -> str:
    if not isinstance(value, str) or (key.choices and value not in key.choices):
        raise _RefusedError("one of " + ", ".join(key.choices) if key.choices else "a text, in quotes")
    return value


def _number(value: object, key: Key, _: Path) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not key.least <= value <= key.most:
        raise _RefusedError(f"a whole number, {key.least} to {key.most}")
    return value


def _truth(value: object, _: Key, __: Path) -> bool:
    if not isinstance(value, bool):
        raise _RefusedError("true or false")
    return value


def _path(value: object, _: Key, folder: Path) -> Path | None:
    if not isinstance(value, str):
        raise _RefusedError("the name of a file, in quotes")
    return folder.absolute() / Path(value).expanduser() if value else None


def _networks(value: object, _: Key, __: Path) -> tuple[Any, ...]:
    try:
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(ip_network(one) for one in value)
    except ValueError:
        pass
    raise _RefusedError('a list of networks or addresses, such as ["10.0.0.0/24", "::1"]')


def _mapping(value: object, _: Key, __: Path) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise _RefusedError('a table of texts, such as {to = "{phone}"}')
    return value


# By the annotations in `Settings`, which are texts there.
_READERS: Final[dict[str, Callable[[object, Key, Path], Any]]] = {
    "str": _text,
    "int": _number,
    "bool": _truth,
    "Path | None": _path,
    "tuple[Network, ...]": _networks,
    "dict[str, str]": _mapping,
}


def _check_files(file: Path, settings: Settings) -> None:
    names = {
        field.name: f"{section}.{name}"
        for section, entries in keys().items()
        for name, (field, _) in entries.items()
    }
    for name in (*PRIVATE, *READ):
        path: Path | None = getattr(settings, name)
        if path is None:
            continue
        try:
            with path.open("rb") as opened:
                if name in PRIVATE:
                    refuse_exposed(path, opened)
        except ExposedFileError as error:
            raise ConfigError(file, names[name], str(error)) from error
        except OSError as error:
            raise ConfigError(
                file, names[name], f"can't read {path}: {(error.strerror or '').lower()}"
            ) from error
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        raise ConfigError(file, "server.tls_key", "certificate and key are given both, or neither")
    reason = tls.refusal(settings)
    if reason is not None:
        raise ConfigError(file, "server.tls_certificate", reason)


def _check_reach(file: Path, settings: Settings) -> None:
    if settings.behind_proxy != bool(settings.trusted_proxies):
        allowed = "the proxy's networks with behind_proxy = true, and none without"
        raise ConfigError(file, "server.trusted_proxies", allowed)
    if not (settings.is_private or settings.has_tls or settings.behind_proxy):
        allowed = (
            "passwords would go out in clear: a loopback address, or tls_certificate and tls_key, or "
            "behind_proxy = true with a proxy that speaks TLS"
        )
        raise ConfigError(file, "server.host", allowed)
    try:
        gateway_of(settings)
    except SettingError as error:
        raise ConfigError(file, f"sms.{error.setting}", error.problem) from None
