"""What is wrapped for cards and passcodes: frozen, and bound to what it is for."""

import pytest

from host_tools.inventory.errors import UnwrapError
from host_tools.login import code_secrets, kept
from host_tools.login.rules.cards import Shape

SHAPE = Shape(224, 3, "ABCDEFGH")


def test_a_cards_secret_is_kept_with_the_shape_of_its_values(house):
    with house.system.writing() as work:
        number = code_secrets.keep_card(work, bytearray(range(32)), SHAPE)
        assert kept.opened(work, number, kept.CARD) == b"\x08ABCDEFGH\x00\xe0\x03" + bytes(range(32))
        with code_secrets.card(work, number) as (secret, shape):
            assert (secret, shape) == (bytes(range(32)), SHAPE)
        assert secret == bytes(32)


def test_a_passcode_is_kept_with_its_alphabet(house):
    with house.system.writing() as work:
        number = code_secrets.keep_passcode(work, bytearray(b"ABBA"), "ABC")
        assert kept.opened(work, number, kept.PASSCODE) == b"\x03ABCABBA"
        with code_secrets.passcode(work, number) as (passcode, alphabet):
            assert (passcode, alphabet) == (b"ABBA", "ABC")
        assert passcode == bytes(4)


def test_what_is_not_there_or_for_something_else_does_not_open(house):
    with house.system.writing() as work:
        card = code_secrets.keep_card(work, bytearray(32), SHAPE)
        short = kept.keep(work, kept.CARD, bytearray(b"\x03ABC\x00\xe0\x03"))
        for opening in (
            code_secrets.passcode(work, card),
            code_secrets.card(work, None),
            code_secrets.card(work, short),
        ):
            with pytest.raises(UnwrapError), opening:
                pass
