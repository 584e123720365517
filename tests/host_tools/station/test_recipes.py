"""What is to be made, before there is a unit; and PINs that nobody chose."""

import collections

import pytest

from dsc.protocol.errors import PinError
from dsc.protocol.pin import check_pin
from host_tools.inventory.errors import FieldError
from host_tools.station import recipes
from host_tools.station.order_file import OrderFileError
from host_tools.station.recipes import PinFrom, Recipe, random_pin


@pytest.mark.parametrize("digits", range(4, 9))
def test_a_random_pin_is_one_that_a_token_takes(digits):
    for _ in range(200):
        pin = random_pin(digits)
        assert len(pin) == digits
        check_pin(pin)


def test_random_pins_have_every_digit_at_every_place():
    seen = collections.Counter(
        (place, digit) for _ in range(600) for place, digit in enumerate(random_pin(4))
    )
    assert len(seen) == 40


def test_an_easy_pin_is_drawn_again_and_overwritten(monkeypatch):
    drawn = iter([*b"\x01\x02\x03\x04", *b"\x07\x02\x09\x04"])
    monkeypatch.setattr(recipes.secrets, "randbelow", lambda limit: next(drawn))
    wiped = []
    monkeypatch.setattr(recipes, "wipe", lambda pin: wiped.append(bytes(pin)))
    assert random_pin(4) == b"7294"
    assert wiped == [b"1234"]


@pytest.mark.parametrize(
    ("recipe", "error"),
    [
        (Recipe(), FieldError),
        (Recipe(serial="DS-1", prefix="DS"), FieldError),
        (Recipe(serial="DS-1", pin_from=PinFrom.ORDER), FieldError),
        (Recipe(serial="DS-1", pin=bytearray(b"7294")), FieldError),
        (Recipe(serial="DS-1", digits=3), FieldError),
        (Recipe(serial="DS-1", digits=9), FieldError),
        (Recipe({"shoe": 44}, serial="DS-1"), OrderFileError),
        (Recipe(serial="DS-1", pin_from=PinFrom.ORDER, pin=bytearray(b"1111")), PinError),
    ],
)
def test_what_could_not_be_made_is_refused_before_there_is_a_unit(recipe, error):
    with pytest.raises(error):
        recipe.check()


def test_a_check_leaves_the_ordered_pin_as_it_is():
    recipe = Recipe(serial="DS-1", pin_from=PinFrom.ORDER, pin=bytearray(b"7294"))
    recipe.check()
    assert recipe.pin == b"7294"
