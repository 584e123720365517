"""The boards that an image can be built for are known by name, and others are refused."""

import pytest

from host_tools.image import board, uf2
from host_tools.image.errors import UnknownBoardError
from host_tools.image.places import Places


def test_the_boards_are_the_pico_and_the_pico_2():
    assert board.named("pico").family == uf2.RP2040
    assert board.named("pico2").family == uf2.RP2350_ARM
    assert set(board.BOARDS) == {"pico", "pico2"}


@pytest.mark.parametrize("name", ["pico3", "", "simulated", "../boards/pico", "PICO"])
def test_another_name_is_refused_with_the_known_ones(name):
    with pytest.raises(UnknownBoardError, match="choose from pico, pico2") as caught:
        board.named(name)
    assert caught.value.name == name


@pytest.mark.parametrize("name", list(board.BOARDS))
def test_each_board_has_what_the_build_takes_from_its_folder(name):
    for file in ("manifest.py", "mpconfigboard.h", "mpconfigboard.cmake"):
        assert (Places().board(name) / file).is_file()


def test_the_board_that_is_tested_has_a_budget():
    assert (Places().board("pico") / "budget.toml").is_file()
