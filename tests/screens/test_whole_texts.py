"""Every screen in every language on both panels: each text of the token arrives whole, and nothing is drawn over."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest import mock

import pytest

from dsc.ui import texts
from dsc.ui.languages import english
from fakes.drawing_witness import DrawingWitness
from fakes.near_engine import NearEngine
from flows import frames
from flows.flow import FLOWS, FlowPlayer
from flows.units import UNITS
from host_tools.simulator import script
from screens.further_scenes import FURTHER_SCENES
from screens.pin_scenes import VERIFIED_SCENES
from screens.scenes import SCENES, play

pytestmark = pytest.mark.exhaustive

TAP_MS = 24  # as short as the keypad believes: most of the time passes while keys are down
DRAWN = SCENES + VERIFIED_SCENES + FURTHER_SCENES
# What 32 rows have no room for: legends and titles beside what matters more, and texts that have shorter ones there.
NEVER_FLAT = {
    "challenge.legend",
    "change.number",
    "choose.legend",
    "choose.legend-first",
    "factory.title",
    "locked.message",
    "reset.title",
    "response.legend",
    "review.legend",
    "review.title",
}
# The same in some languages.
SELDOM_FLAT = {"blocked.title", "halt.legend", "mutual.title", "pin.legend"}


@contextmanager
def telling(witness: DrawingWitness, name: str) -> Iterator[None]:
    """Puts the screen's name before the complaints that come of it."""
    known = len(witness.complaints)
    yield
    witness.complaints[known:] = [f"{name}: {complaint}" for complaint in witness.complaints[known:]]


def witnessed(language: int, height: int, folder) -> DrawingWitness:
    """What a witness has to say of all scenes and flows."""
    witness = DrawingWitness()
    for scene in DRAWN:
        with telling(witness, scene.name), witness.watching(language):
            play(
                replace(scene, height=height, passing=None),
                "near",
                folder / scene.name,
                lambda name, unit, *program: NearEngine(unit, *program),
            )
    for flow in FLOWS:
        unit = replace(UNITS[flow.unit](folder / "flows" / flow.name, language), height=height)
        with telling(witness, flow.name), witness.watching(language), NearEngine(unit) as engine:
            engine.power_on()
            FlowPlayer(engine, language).run(flow)
    return witness


@pytest.mark.parametrize("height", frames.HEIGHTS)
@pytest.mark.parametrize("language", range(len(texts.LANGUAGES)), ids=frames.LANGUAGES)
def test_every_text_arrives_whole_on_every_screen(language, height, tmp_path, counted):
    with mock.patch.object(script, "TAP_MS", TAP_MS):
        witness = witnessed(language, height, tmp_path)
    assert witness.complaints == []
    unseen = set(english.table()) - witness.whole
    assert unseen - SELDOM_FLAT == (NEVER_FLAT if height == frames.FLAT else set())
    counted(
        f"{len(DRAWN) + len(FLOWS)} scenes and flows drew {witness.pictures} pictures "
        f"on {height} rows in {texts.LANGUAGES[language]}"
    )


def test_the_screens_that_are_drawn_are_each_another():
    names = [scene.name for scene in DRAWN]
    assert sorted(set(names)) == sorted(names)
