"""A test token from a blank board to a response: sealed by the station's own conversation, and closed from then on."""

import os

import pytest

from dsc.crypto.ocra import Suite, respond
from dsc.protocol import messages, orders
from dsc.protocol.records import KIND_PIN, MODE_SOFT
from host_tools.station.conversation import Conversation, wipe_keys

SERIAL, PIN = "HIL-0001", "7294"
SUITE = "OCRA-1:HOTP-SHA256-8:QN06"
PROOF, LOGIN = "271829", "314159"


@pytest.mark.seals
@pytest.mark.timeout(900)
def test_a_sealed_token_closes_its_usb_and_answers_a_login(desk_to_seal):
    desk = desk_to_seal
    conversation = Conversation(desk)
    assert conversation.identify().vault == messages.VAULT_BLANK
    wanted = orders.Provision(
        bytearray(os.urandom(orders.ENTROPY_SIZE)),
        MODE_SOFT,
        0,
        0,
        SERIAL,
        bytearray(PIN.encode()),
        [orders.CredentialOrder(KIND_PIN, "", SUITE)],
    )
    keys, _ = conversation.provision(wanted)
    try:
        (made,) = keys
        desk.sealed = True  # from here on it may be
        conversation.commit()
        assert conversation.prove(made.id, PROOF) == respond(Suite.parse(SUITE), made.key, PROOF)
        conversation.reset()
        desk.drop_link()
        assert desk.stays_away(), "a sealed token must not show itself on USB"
        assert desk.log_in(PIN, LOGIN) == respond(Suite.parse(SUITE), made.key, LOGIN)
    finally:
        wipe_keys(keys)
