"""Every flow of the token, from keys to pictures: all languages on the interpreters, two on the image.

The panel of 32 rows is drawn in all languages by CPython, and in English by MicroPython too.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from dsc.ui import texts
from fakes import heap
from flows import frames
from flows.flow import FLOWS, Flow
from flows.playing import played
from host_tools.emulator.pico import Pico
from host_tools.engines import images, interpreters
from screens import golden

JAPANESE_ON_THE_IMAGE = "sign"


def check(
    flow: Flow,
    engine_name: str,
    language: int,
    folder: Path,
    height: int = frames.TALL,
    watch: Callable[[Pico], None] | None = None,
) -> None:
    """Hold a flow's pictures to the golden ones; `watch` is for `played`."""
    wanted = frames.hashes(language, height)
    different = []
    for picture, frame in played(flow, engine_name, language, height, folder, watch).items():
        name = frames.name(flow.name, picture)
        if golden.compared(frame, flow.variable(picture, height)) != wanted.get(name):
            different.append(name)
            frames.leave_both(language, name, engine_name, frame)
    if different:
        pytest.fail(f"{', '.join(different)} differ on {engine_name}; the pictures are in {frames.FAILED}")


@pytest.mark.parametrize("language", range(len(texts.LANGUAGES)), ids=frames.LANGUAGES)
@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_each_flow_shows_its_golden_frames_in_each_language(flow, language, engine_name, tmp_path):
    check(flow, engine_name, language, tmp_path)


@pytest.mark.parametrize("language", range(len(texts.LANGUAGES)), ids=frames.LANGUAGES)
@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_each_flow_shows_its_golden_frames_on_32_rows_too(flow, language, tmp_path):
    check(flow, interpreters.CPYTHON, language, tmp_path, frames.FLAT)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_micropython_draws_the_same_on_32_rows(flow, micropython, tmp_path):
    check(flow, interpreters.MICROPYTHON, texts.ENGLISH, tmp_path, frames.FLAT)


@pytest.mark.parametrize(
    ("flow", "language"),
    [
        *((flow, texts.ENGLISH) for flow in FLOWS),
        *((flow, texts.JAPANESE) for flow in FLOWS if flow.name == JAPANESE_ON_THE_IMAGE),
    ],
    ids=lambda value: value.name if isinstance(value, Flow) else frames.LANGUAGES[value],
)
def test_each_flow_shows_the_same_on_the_image_and_leaves_a_quarter_of_the_stack(
    flow, language, rp2040, tmp_path
):
    if images.RP2040 not in flow.engines:
        assert flow.unit in ("verified", "timed"), "a Pico keeps neither a secret nor the time"
        return
    probe = heap.Probe(rp2040.with_suffix(".elf"), collects=False)
    check(flow, images.RP2040, language, tmp_path, watch=probe.watch)
    assert 1024 < probe.stack <= heap.STACK_PART * probe.stack_size, probe.stack


@pytest.mark.parametrize("height", frames.HEIGHTS)
def test_there_are_golden_frames_of_all_flows_and_no_others(height):
    expected = {frames.name(flow.name, picture) for flow in FLOWS for picture in flow.pictures}
    for language in range(len(texts.LANGUAGES)):
        hashes = frames.hashes(language, height)
        assert set(hashes) == expected
        assert {path.stem for path in frames.folder(language, height).glob("*.png")} == expected
        for flow in FLOWS:
            for picture in flow.pictures:
                name = frames.name(flow.name, picture)
                frame = frames.load(language, name, height)
                assert frame.height == height
                assert golden.compared(frame, flow.variable(picture, height)) == hashes[name]


def test_the_interpreters_run_all_flows():
    assert all(set(interpreters.NAMES) <= set(flow.engines) for flow in FLOWS)
