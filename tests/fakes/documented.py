"""What the documentation shows, as its readers copy it."""

from __future__ import annotations

import re

from host_tools.engines.interpreters import ROOT


def block(page: str, language: str, containing: str = "") -> str:
    """The one block of `docs/page` in that language, of those in which `containing` stands."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    found = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (shown,) = (one for one in found if containing in one)
    return str(shown)


def replaced(text: str, places: dict[str, str]) -> str:
    """The text with each of these exactly once in it, and another in its place."""
    for shown, ours in places.items():
        assert text.count(shown) == 1, shown
        text = text.replace(shown, ours)
    return text
