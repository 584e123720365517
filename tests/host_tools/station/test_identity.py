"""What a token says of itself, as the station takes it: refused, told to the operator, or as it should be."""

import pytest

from dsc.protocol.messages import (
    SECURE_BOARD,
    SELF_TEST_PASSED,
    VAULT_BLANK,
    VAULT_SEALED,
    VAULT_UNSEALED,
    Identity,
)
from dsc.version import VERSION
from host_tools.device import image_file
from host_tools.image import uf2
from host_tools.image.mark import Mark
from host_tools.station.errors import LeftOverError, NotBlankError, SelfTestError, UnknownBoardError
from host_tools.station.identity import IMAGE, PROGRAM, Difference, Expected, check, differences

UID = bytes.fromhex("e6614103e7452d2f")
BUILD = "0123abcd"
AT_HAND = Expected(("pico",), VERSION, BUILD)


def told(**changes):
    """What a good blank token says, but for the changes."""
    fields = {"board": "pico", "uid": UID, "version": VERSION, "vault": VAULT_BLANK, "build": BUILD}
    return Identity(**{**fields, "flags": SELF_TEST_PASSED, **changes})


@pytest.fixture
def image(tmp_path):
    """An image with these bytes in it."""

    def image(content):
        path = tmp_path / "token.uf2"
        path.write_bytes(uf2.encode(content, 0x1000_0000, uf2.RP2040))
        return image_file.read(path)

    return image


def test_a_blank_token_with_the_image_at_hand_is_as_it_should_be():
    check(told())
    assert differences(told(), AT_HAND) == []


def test_a_board_that_keeps_a_secret_is_no_worse():
    check(told(flags=SELF_TEST_PASSED | SECURE_BOARD))


@pytest.mark.parametrize("board", ["", "pico-dev", "pico2", "Pico"])
def test_another_board_is_refused_and_those_allowed_are_named(board):
    with pytest.raises(
        UnknownBoardError, match=f"board '{board}'; here tokens are made on pico, simulated"
    ) as caught:
        check(told(board=board), ("simulated", "pico"))
    assert (caught.value.board, caught.value.allowed) == (board, ["pico", "simulated"])


def test_a_sealed_token_is_refused_and_the_way_back_is_named():
    for left_over in (False, True):
        with pytest.raises(NotBlankError, match=r"sealed already; a factory reset \(CLR and D"):
            check(told(vault=VAULT_SEALED), left_over=left_over)


def test_a_token_whose_making_broke_off_is_refused_unless_the_station_knows_of_it():
    with pytest.raises(LeftOverError, match=UID.hex()) as caught:
        check(told(vault=VAULT_UNSEALED))
    assert caught.value.uid == UID
    check(told(vault=VAULT_UNSEALED), left_over=True)


@pytest.mark.parametrize("vault", [VAULT_BLANK, VAULT_UNSEALED])
@pytest.mark.parametrize("flags", [0, SECURE_BOARD, 0xFF ^ SELF_TEST_PASSED])
def test_a_token_that_does_not_say_that_its_self_test_passed_is_refused(vault, flags):
    with pytest.raises(SelfTestError, match=f"self-test of board {UID.hex()} has not passed"):
        check(told(vault=vault, flags=flags), left_over=True)


@pytest.mark.parametrize(
    ("version", "order"),
    [
        ("0.0.9", "older"),
        ("99.0", "newer"),
        (f"{VERSION}.1", "newer"),
        (f"{VERSION}-rc1", "another"),
        ("", None),
    ],
)
def test_another_version_than_the_programs_is_told(version, order):
    (found,) = differences(told(version=version), Expected())
    assert found == Difference("version", version, VERSION, PROGRAM)
    if order:
        assert str(found) == f"the token's version is {version}, {order} than {VERSION} of this program"
    else:
        assert str(found) == f"the token tells no version; that of this program is {VERSION}"


def test_versions_are_compared_as_numbers():
    assert "newer than 0.9.0" in str(Difference("version", "0.10.0", "0.9.0", IMAGE))


def test_another_version_than_the_images_is_told_too():
    expected = Expected(("pico",), "99.1", None)
    assert differences(told(), expected) == [Difference("version", VERSION, "99.1", IMAGE)]
    assert len(differences(told(version="99.2"), expected)) == 2
    assert differences(told(version="99.1"), expected) == [Difference("version", "99.1", VERSION, PROGRAM)]


@pytest.mark.parametrize(
    ("build", "words"),
    [
        ("ffffffff", f"the token's build is ffffffff, another than {BUILD} of the image at hand"),
        ("", f"the token tells no build; that of the image at hand is {BUILD}"),
    ],
)
def test_another_build_than_the_images_is_told(build, words):
    (found,) = differences(told(build=build), AT_HAND)
    assert str(found) == words


def test_without_an_image_any_build_will_do():
    assert differences(told(build="ffffffff"), Expected()) == []


def test_what_is_expected_is_what_the_image_says(image):
    content = f"{Mark('pico2', '9.8', BUILD)}\0".encode()
    assert Expected.of(image(content)) == Expected(("pico2",), "9.8", BUILD)
    assert Expected.of(image(b"another")) == Expected(("pico",), None, None)
