"""The policy: the built-in table with an operator's laid over it, and the rules that it gives for a moment."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final

from host_tools.policy.errors import MissingKeyError, PolicyValueError
from host_tools.policy.layer import Layer, layer_in, named, read_layer
from host_tools.policy.rules import Rules
from host_tools.policy.shape import LIMITS, forms, limit_names, rules_of

BUILT_IN: Final = Path(__file__).with_name("policy.toml")


class Policy:
    """Which rules are in force when. It does not change, and may be shared by threads."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        """Of layers of which the first has every key, from its first date on. Raises PolicyError."""
        first = layers[0]
        zone = next((one.zone for one in reversed(layers) if one.zone is not None), None)
        if zone is None:
            raise MissingKeyError(first.path, "time_zone", "the time zone whose days are meant")
        if not first.dated:
            raise MissingKeyError(first.path, "[[policy]]", "a table with every key")
        self._zone: Final = zone
        self._dates: Final = sorted({effective for layer in layers for effective, _ in layer.dated})
        self._rules: Final = [self._on(day, layers) for day in self._dates]
        self._before: Final = self._on(date.min, layers)

    @classmethod
    def load(cls, override: Path | None = None) -> Policy:
        """The built-in policy, with the operator's file laid over it: his word holds over ours, whatever the dates.

        Raises PolicyError; nothing of a file that is wrong anywhere, on any date, comes into force.
        """
        return _built_in() if override is None else cls._laid(read_layer(override))

    @classmethod
    def load_text(cls, override: Path, text: bytes) -> Policy:
        """As `load`, of an operator's file that was read already: errors name it `override`. Raises PolicyError."""
        return cls._laid(layer_in(override, text))

    @classmethod
    def _laid(cls, layer: Layer) -> Policy:
        policy = cls([read_layer(BUILT_IN), layer])
        policy._check_markets(layer.path)
        return policy

    def at(self, moment: datetime) -> Rules:
        """The rules in force then; before the first date, the first ones that there are.

        A date begins at midnight in the policy's time zone. `moment` has a time zone, or ValueError is raised.
        """
        if moment.tzinfo is None:
            raise ValueError("a moment without a time zone")
        place = bisect_right(self._dates, moment.astimezone(self._zone).date())
        return self._rules[place - 1] if place else self._before

    def dated(self) -> list[tuple[date, Rules]]:
        """All rules, with the date from which they are in force, the first one first."""
        return list(zip(self._dates, self._rules, strict=True))

    def _on(self, day: date, layers: Sequence[Layer]) -> Rules:
        first = layers[0]
        start = first.dated[0][0]
        parts = [first.values(max(day, start)), *(layer.values(day) for layer in layers[1:])]
        merged = {key: value for part in parts for key, value in part.items()}
        for key, form in forms().items():
            if key not in merged:
                raise MissingKeyError(first.path, named(key, start), str(form))
        for name in limit_names():
            per_day, window = f"{LIMITS}.{name}.day", f"{LIMITS}.{name}.window"
            most = merged[window]
            if most is not None and merged[per_day] is not None and merged[per_day] > most:
                said = max(place for place, part in enumerate(parts) if per_day in part or window in part)
                raise PolicyValueError(
                    layers[said].path,
                    named(window, day),
                    most // 100,
                    "a window's limit is no lower than a day's",
                )
        return rules_of(merged, self._zone)

    def _check_markets(self, path: Path) -> None:
        """Raises PolicyValueError for a market without a calendar.

        Only of an operator's file, since looking them up takes a tenth of a second, which every command would pay. That
        there is one for the built-in policy is tested.
        """
        from holidays import list_supported_financial

        known = list_supported_financial()
        for effective, rules in zip(self._dates, self._rules, strict=True):
            market = rules.withdrawals.market
            if market not in known:
                raise PolicyValueError(
                    path, named("withdrawals.market", effective), market, f"one of {', '.join(sorted(known))}"
                )


@functools.cache
def _built_in() -> Policy:
    return Policy([read_layer(BUILT_IN)])
