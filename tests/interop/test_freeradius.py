"""Logins at a RADIUS server that we did not write, and by PAM at that, over a real privacyIDEA and our routes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fastapi import FastAPI

from dsc.crypto.ocra import Suite, respond
from fakes.login_server import LoginServer
from fakes.pam_login import MissingPamError, PamLogin
from fakes.privacyidea_checks import SUITE, OneUser
from fakes.privacyidea_server import REALM, USER
from fakes.radius_server import MissingRadiusError, RadiusServer
from host_tools.login.service.privacyidea.routes import router

KEY = b"\x5a" * 32
# What a URL, a form, JSON, a configuration file or a code page might spoil.
PASSWORD = 'le+tter %41&"box"\\ äß'


@pytest.fixture(scope="session", params=["privacyidea", "ours"])
def radius(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RadiusServer]:
    """FreeRADIUS with one and the same configuration, before each of the two."""
    with ExitStack() as running:
        if request.param == "ours":
            application = FastAPI()
            application.include_router(router(OneUser(USER, PASSWORD, key=KEY)))
            ours = running.enter_context(LoginServer(application, tmp_path_factory.mktemp("login")))
            address, authority = ours.address, ours.authority
        else:
            theirs = request.getfixturevalue("privacyidea")
            token = {
                "type": "ocra",
                "serial": "PD-RADIUS",
                "otpkey": KEY.hex(),
                "ocrasuite": SUITE,
                "genkey": "0",
            }
            owned = {**token, "pin": PASSWORD, "user": USER, "realm": REALM}
            assert theirs.administer("POST", "token/init", json=owned).is_success
            running.callback(theirs.administer, "DELETE", "token/PD-RADIUS")
            address, authority = theirs.address, theirs.certified.authority
        try:
            yield running.enter_context(RadiusServer(address, authority))
        except MissingRadiusError as error:
            pytest.skip(str(error))


def challenge_in(message: str) -> str:
    found = re.search(r"\b\d{6}\b", message)
    assert found, message
    return found[0]


def response_to(message: str) -> str:
    return respond(Suite.parse(SUITE), KEY, challenge_in(message))


def another(response: str) -> str:
    return f"{(int(response) + 1) % 10 ** len(response):0{len(response)}}"


def test_a_password_is_answered_by_a_challenge_and_its_response_lets_in_once(radius):
    asked = radius.ask(USER, PASSWORD)
    assert (asked.packet, bool(asked.state)) == ("Access-Challenge", True)
    response = response_to(asked.message)
    assert radius.ask(USER, response, asked.state).packet == "Access-Accept"
    assert radius.ask(USER, response, asked.state).packet == "Access-Reject"


def test_a_wrong_password_is_rejected_without_a_challenge(radius):
    answered = radius.ask(USER, "another password")
    assert (answered.packet, answered.message, answered.state) == ("Access-Reject", "", "")


def test_an_unknown_user_is_rejected(radius):
    assert radius.ask("nobody", PASSWORD).packet == "Access-Reject"


def test_a_wrong_response_is_rejected(radius):
    asked = radius.ask(USER, PASSWORD)
    assert radius.ask(USER, another(response_to(asked.message)), asked.state).packet == "Access-Reject"


def test_a_response_to_another_challenge_is_rejected(radius):
    first, second = radius.ask(USER, PASSWORD), radius.ask(USER, PASSWORD)
    assert radius.ask(USER, response_to(first.message), second.state).packet == "Access-Reject"


def test_a_state_that_was_never_given_out_is_rejected(radius):
    asked = radius.ask(USER, PASSWORD)
    assert radius.ask(USER, response_to(asked.message), "0x3132333435").packet == "Access-Reject"


def test_the_response_without_its_state_is_rejected(radius):
    asked = radius.ask(USER, PASSWORD)
    assert radius.ask(USER, response_to(asked.message)).packet == "Access-Reject"


def test_a_program_that_asks_pam_lets_the_user_in_by_password_and_response(radius, tmp_path: Path):
    try:
        with PamLogin(radius, USER, tmp_path) as login:
            login.say(PASSWORD)
            login.say(response_to(login.prompt(r"\b\d{6}\b")))
            assert login.ended() == "successfully authenticated"
    except MissingPamError as error:
        pytest.skip(str(error))


def test_a_program_that_asks_pam_refuses_a_wrong_response(radius, tmp_path: Path):
    try:
        with PamLogin(radius, USER, tmp_path) as login:
            login.say(PASSWORD)
            login.say(another(response_to(login.prompt(r"\b\d{6}\b"))))
            assert login.ended() == "Authentication failure"
    except MissingPamError as error:
        pytest.skip(str(error))
