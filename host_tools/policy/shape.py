"""The shape of a policy: every key with its form, as the rules declare them, and rules made of keys' values."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import MappingProxyType
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from host_tools.policy.forms import Form
from host_tools.policy.kinds import DeviceKind
from host_tools.policy.rules import Limit, Rules

NO_DEVICE: Final = "none"  # the key of the limit without any device
LIMITS: Final = "withdrawals.limits"


@functools.cache
def forms() -> Mapping[str, Form[Any]]:
    """Every key of a policy, as `challenge.lifetime`, with the form of its value."""
    found = dict(_forms(Rules, ""))
    for name in limit_names():
        found.update(_forms(Limit, f"{LIMITS}.{name}."))
    return MappingProxyType(found)


@functools.cache
def tables() -> Mapping[str, tuple[str, ...]]:
    """Every table of a policy, as `challenge`, with the keys in it; the policy's own is ``."""
    found: dict[str, list[str]] = {}
    for key in forms():
        while key:
            table, _, name = key.rpartition(".")
            names = found.setdefault(table, [])
            if name not in names:
                names.append(name)
            key = table
    return MappingProxyType({table: tuple(names) for table, names in found.items()})


def limit_names() -> dict[str, DeviceKind | None]:
    """The keys under which limits are, with the kind of device that each is for."""
    return {NO_DEVICE: None, **{kind.value: kind for kind in DeviceKind}}


def rules_of(values: Mapping[str, Any], zone: ZoneInfo) -> Rules:
    """The rules; `values` has every key of `forms`."""
    limits = {kind: _made(Limit, values, f"{LIMITS}.{name}.") for name, kind in limit_names().items()}
    given = {"time_zone": zone, "withdrawals.limits": MappingProxyType(limits)}
    rules: Rules = _made(Rules, {**values, **given}, "")
    return rules


def _forms(area: Any, prefix: str) -> dict[str, Form[Any]]:
    found: dict[str, Form[Any]] = {}
    for name, hint in get_type_hints(area, include_extras=True).items():
        if get_origin(hint) is Annotated:
            found[prefix + name] = get_args(hint)[1]
        elif is_dataclass(hint):
            found.update(_forms(hint, f"{prefix}{name}."))
    return found


def _made(area: Any, values: Mapping[str, Any], prefix: str) -> Any:
    hints = get_type_hints(area)
    made = {}
    for one in fields(area):
        key = prefix + one.name
        made[one.name] = (
            _made(hints[one.name], values, f"{key}.") if is_dataclass(hints[one.name]) else values[key]
        )
    return area(**made)
