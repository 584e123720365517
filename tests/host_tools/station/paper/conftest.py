"""Where papers go, and the languages that they are in."""

from datetime import date
from pathlib import Path

import pytest

from host_tools.station.paper.languages import TABLES
from host_tools.station.paper.letter import Letter


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    return tmp_path / "paper.pdf"


@pytest.fixture(params=list(TABLES))
def language(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def letter(language: str) -> Letter:
    return Letter(
        "PD-0000017",
        ("Zoë Œuvray", "12 Sample Street"),
        "Example Bank",
        "+44 20 7946 0000",
        day=date(2026, 11, 30),
        language=language,
    )
