"""A blank token on its port: what it says, what it refuses, and what it comes back from."""

import pytest

from dsc.protocol import messages, orders
from dsc.protocol.frames import encode_frame
from fakes.factory_link import FactoryLink, credential, order
from host_tools.device import image_file


@pytest.fixture
def link(desk):
    """A station at work; it has gone at the end."""
    yield FactoryLink(desk)
    desk.drop_link()


def test_it_says_what_it_is(desk, link):
    kind, payload = link.ask(messages.HELLO, messages.encode_hello())
    assert kind == messages.IDENTITY
    identity = messages.decode_identity(payload)
    assert (identity.board, identity.uid, identity.vault) == ("pico", desk.uid, messages.VAULT_BLANK)
    mark = image_file.find().mark
    assert (identity.board, identity.version, identity.build) == (mark.board, mark.version, mark.build)
    assert identity.flags == messages.SELF_TEST_PASSED  # it keeps no device secret, and says so


def test_its_usb_serial_is_its_unique_id(desk):
    assert desk.usb_serial() == desk.uid.hex()
    assert desk.ask("import machine; print(machine.unique_id().hex())") == desk.uid.hex()


def test_its_path_has_frozen_modules_only(desk):
    assert desk.ask("import sys; print(sys.path)") == "['.frozen']"


def test_there_is_no_file_system(desk):
    said = desk.ask(
        "import os\nprint(os.listdir('/'))\ntry:\n open('/x', 'w')\nexcept OSError as e: print(e.errno)"
    )
    assert said.split() == ["[]", "19"]  # ENODEV


def test_an_order_with_too_few_rounds_is_refused(link):
    said = link.refused(messages.PROVISION, orders.encode_provision(order(rounds=9_999)))
    assert said == ("OrderError", "rounds: 9999 is less than 10000, the least on this board")


def test_noise_and_broken_frames_are_passed_over(desk, link):
    broken = encode_frame(messages.HELLO, messages.encode_hello())
    broken[-1] ^= 1
    link.send(b"\xd5\xc9\x00 noise \xff" + bytes(broken))
    desk.run(2500)  # what looks like a frame's beginning is given up after two seconds
    assert link.state() == messages.VAULT_BLANK


def test_a_station_that_broke_off_within_a_frame_finds_the_token_again(desk, link):
    assert link.state() == messages.VAULT_BLANK
    frame = encode_frame(messages.PROVISION, orders.encode_provision(order(credential())))
    desk.link_send(bytes(frame[:40]))
    desk.run(100)
    desk.drop_link()
    assert FactoryLink(desk).state() == messages.VAULT_BLANK


def test_a_station_leaves_and_comes_back(desk, link):
    for _ in range(2):
        assert link.state() == messages.VAULT_BLANK
        desk.leave_link()


def test_it_comes_back_from_a_restart(desk):
    desk.restart()
    assert desk.ask("print(1 + 1)") == "2"
