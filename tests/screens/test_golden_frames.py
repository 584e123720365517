"""Every screen of the token, to the pixel, on all engines."""

import pytest

from host_tools.display.frame import Frame
from host_tools.engines.open import open_engine
from host_tools.simulator.screen_reader import read_screen
from screens import golden
from screens.scenes import ALL_SCENES, SCENES, SIMULATED_SCENES, play


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_each_screen_is_its_golden_frame(scene, any_engine, tmp_path):
    check(scene, any_engine, tmp_path)


@pytest.mark.parametrize("scene", SIMULATED_SCENES, ids=lambda scene: scene.name)
def test_each_screen_of_simulated_boards_alone_is_its_golden_frame(scene, engine_name, tmp_path):
    check(scene, engine_name, tmp_path)


def check(scene, engine, folder):
    """Compare a scene's frame with the golden one."""
    frame = play(scene, engine, folder, open_engine).frame
    if golden.compared(frame, scene.varies) != golden.hashes().get(scene.name):
        left = golden.leave_both(scene.name, engine, frame)
        pytest.fail(f"{scene.name} differs from its golden frame on {engine}; both pictures are in {left}")


@pytest.mark.parametrize("scene", ALL_SCENES, ids=lambda scene: scene.name)
def test_each_golden_picture_shows_what_its_scene_promises(scene):
    screen = read_screen(golden.load(scene.name))
    for text in scene.shows:
        assert text in screen.text or text == screen.large, text
    assert not screen.unread


def test_hashes_and_pictures_are_of_the_same_frames():
    names = {scene.name for scene in ALL_SCENES}
    assert len(names) == len(ALL_SCENES)
    assert set(golden.hashes()) == names
    assert {str(path.relative_to(golden.FOLDER))[:-4] for path in golden.FOLDER.rglob("*.png")} == names
    for scene in ALL_SCENES:
        assert golden.compared(golden.load(scene.name), scene.varies) == golden.hashes()[scene.name]


def test_a_failing_frame_leaves_both_pictures(tmp_path, monkeypatch):
    monkeypatch.setattr(golden, "FAILED", tmp_path / "build")
    folder = golden.leave_both("pin", "cpython", Frame(128, 64, [[0] * 128] * 64))
    assert sorted(path.name for path in folder.iterdir()) == ["pin.cpython.png", "pin.golden.png"]


def test_dark_screens_are_dark():
    assert not any(golden.load("dark").vlsb())
    assert not any(golden.load("factory-dark").vlsb())
