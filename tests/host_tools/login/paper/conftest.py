"""Where cards go, what is on them, and the languages and papers that they are in."""

from datetime import date
from itertools import product
from pathlib import Path

import pytest

from host_tools.login.paper.card import Card, Paper
from host_tools.login.paper.languages import TABLES
from host_tools.login.rules import cards
from host_tools.login.rules.cards import Shape


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    return tmp_path / "card.pdf"


@pytest.fixture
def png(tmp_path: Path) -> Path:
    return tmp_path / "card.png"


@pytest.fixture(params=list(TABLES))
def language(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=[*product(TABLES, [Paper.A4]), ("de", Paper.LETTER)], ids="-".join)
def card(request: pytest.FixtureRequest) -> Card:
    language, sheet = request.param
    return Card(
        "CC-0000017",
        user="Zoë Œuvray",
        sender="Example Bank",
        contact="+44 20 7946 0000",
        day=date(2026, 11, 30),
        expires=date(2026, 12, 21),
        language=language,
        paper=sheet,
    )


@pytest.fixture(scope="session")
def codes() -> list[bytearray]:
    return cards.values(bytearray(range(32)), Shape(224, 3, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"))
