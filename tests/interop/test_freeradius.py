"""Logins at a RADIUS server that we did not write, and by PAM at that, over a real privacyIDEA and our own service."""

from __future__ import annotations

import itertools
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from dsc.crypto.ocra import Suite, respond
from fakes.desk import Desk
from fakes.login_house import House
from fakes.login_service import until
from fakes.pam_login import MissingPamError, PamLogin
from fakes.picodsc_serve import PicodscServe
from fakes.privacyidea_checks import SUITE
from fakes.privacyidea_server import REALM, USER
from fakes.radius_server import MissingRadiusError, RadiusServer
from host_tools.inventory import Inventory, Location
from host_tools.login import accounts, api_keys, device_life
from host_tools.login.api_keys import Scope
from host_tools.login.system import LoginSystem, utc_now

KEY = b"\x5a" * 32
# What a URL, a form, JSON, a configuration file or a code page might spoil.
PASSWORD = 'le+tter %41&"box"\\ äß'
PIN = "729461"
CHALLENGE = r"\b\d{6}\b"


@dataclass(frozen=True)
class Account:
    """Somebody who has a password and a token; `shows` is what it shows for a message's challenge, or without one."""

    user: str
    shows: Callable[[str], str]


class Side(Protocol):
    """A RADIUS server, and who may log in there."""

    radius: RadiusServer

    def account(self) -> Account:
        """One whom no other test locks out."""


class Theirs:
    """Before privacyIDEA, which locks nobody after so few failures."""

    def __init__(self, radius: RadiusServer) -> None:
        self.radius = radius

    def account(self) -> Account:
        return Account(USER, lambda message: respond(Suite.parse(SUITE), KEY, challenge_in(message)))


class Ours:
    """Before `picodsc serve`: each account is a new one."""

    def __init__(self, radius: RadiusServer, house: House, service: PicodscServe) -> None:
        self.radius, self.house, self.service = radius, house, service
        self._numbers = itertools.count(1)

    def account(self, suite: str = SUITE, **options: bool) -> Account:
        name = f"maria{next(self._numbers)}"
        self.house.user(name, PASSWORD)
        device = self.house.token(name, suite, **options)
        assert device.token is not None
        hand = self.house.hands[device.token.serial]
        plain = not suite.startswith("OCRA")
        return Account(
            name, lambda message: hand.shows(None if plain else challenge_in(message), self.house.now())
        )


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ours]:
    folder = tmp_path_factory.mktemp("login")
    with ExitStack() as running:
        location = Location.inside(folder)
        house = House(location, utc_now)
        running.callback(house.close)
        service = running.enter_context(PicodscServe(location, folder / "service"))
        yield Ours(running.enter_context(radius_before(service.address, service.authority)), house, service)


@pytest.fixture(scope="module")
def theirs(request: pytest.FixtureRequest) -> Iterator[Theirs]:
    server = request.getfixturevalue("privacyidea")
    token = {"type": "ocra", "serial": "PD-RADIUS", "otpkey": KEY.hex(), "ocrasuite": SUITE, "genkey": "0"}
    owned = {**token, "pin": PASSWORD, "user": USER, "realm": REALM}
    assert server.administer("POST", "token/init", json=owned).is_success
    with ExitStack() as running:
        running.callback(server.administer, "DELETE", "token/PD-RADIUS")
        yield Theirs(running.enter_context(radius_before(server.address, server.certified.authority)))


@pytest.fixture(params=["privacyidea", "ours"])
def side(request: pytest.FixtureRequest) -> Side:
    """FreeRADIUS with one and the same configuration, before each of the two."""
    found: Side = request.getfixturevalue("theirs" if request.param == "privacyidea" else "ours")
    return found


def radius_before(address: str, authority: Path | None) -> RadiusServer:
    assert authority is not None
    try:
        return RadiusServer(address, authority)
    except MissingRadiusError as error:
        pytest.skip(str(error))


@pytest.fixture
def pam(tmp_path: Path) -> Callable[[RadiusServer, str], PamLogin]:
    """A program that asks PAM."""

    def pam(radius: RadiusServer, user: str) -> PamLogin:
        try:
            return PamLogin(radius, user, tmp_path)
        except MissingPamError as error:
            pytest.skip(str(error))

    return pam


def challenge_in(message: str) -> str:
    found = re.search(CHALLENGE, message)
    assert found, message
    return found[0]


def another(response: str) -> str:
    return f"{(int(response) + 1) % 10 ** len(response):0{len(response)}}"


# Either of the two.


def test_a_password_is_answered_by_a_challenge_and_its_response_lets_in_once(side: Side) -> None:
    one = side.account()
    asked = side.radius.ask(one.user, PASSWORD)
    assert (asked.packet, bool(asked.state)) == ("Access-Challenge", True)
    response = one.shows(asked.message)
    assert side.radius.ask(one.user, response, asked.state).packet == "Access-Accept"
    assert side.radius.ask(one.user, response, asked.state).packet == "Access-Reject"


def test_a_wrong_password_is_rejected_without_a_challenge(side: Side) -> None:
    answered = side.radius.ask(side.account().user, "another password")
    assert (answered.packet, answered.message, answered.state) == ("Access-Reject", "", "")


def test_an_unknown_user_is_rejected(side: Side) -> None:
    assert side.radius.ask("nobody", PASSWORD).packet == "Access-Reject"


def test_a_wrong_response_is_rejected(side: Side) -> None:
    one = side.account()
    asked = side.radius.ask(one.user, PASSWORD)
    assert side.radius.ask(one.user, another(one.shows(asked.message)), asked.state).packet == "Access-Reject"


def test_a_state_that_was_never_given_out_is_rejected(side: Side) -> None:
    one = side.account()
    asked = side.radius.ask(one.user, PASSWORD)
    assert side.radius.ask(one.user, one.shows(asked.message), "0x3132333435").packet == "Access-Reject"


def test_the_response_without_its_state_is_rejected(side: Side) -> None:
    one = side.account()
    asked = side.radius.ask(one.user, PASSWORD)
    assert side.radius.ask(one.user, one.shows(asked.message)).packet == "Access-Reject"


def test_a_program_that_asks_pam_lets_the_user_in_by_password_and_response(side: Side, pam) -> None:
    one = side.account()
    with pam(side.radius, one.user) as login:
        login.say(PASSWORD)
        login.say(one.shows(login.prompt(CHALLENGE)))
        assert login.ended() == "successfully authenticated"


def test_a_program_that_asks_pam_refuses_a_wrong_response(side: Side, pam) -> None:
    one = side.account()
    with pam(side.radius, one.user) as login:
        login.say(PASSWORD)
        login.say(another(one.shows(login.prompt(CHALLENGE))))
        assert login.ended() == "Authentication failure"


# Where the two differ.


def test_a_response_to_another_challenge_is_rejected_there(theirs: Theirs) -> None:
    one = theirs.account()
    first, second = (theirs.radius.ask(one.user, PASSWORD) for _ in range(2))
    assert theirs.radius.ask(one.user, one.shows(first.message), second.state).packet == "Access-Reject"


def test_an_unanswered_challenge_is_shown_again_here(ours: Ours) -> None:
    one = ours.account()
    first, second = (ours.radius.ask(one.user, PASSWORD) for _ in range(2))
    assert first == second
    assert ours.radius.ask(one.user, one.shows(first.message), second.state).packet == "Access-Accept"


def test_a_response_to_an_earlier_challenge_is_rejected_here(ours: Ours) -> None:
    one = ours.account()
    asked = ours.radius.ask(one.user, PASSWORD)
    response = one.shows(asked.message)
    ours.radius.ask(one.user, another(response), asked.state)
    again = ours.radius.ask(one.user, PASSWORD)
    assert (again.packet, again.state != asked.state) == ("Access-Challenge", True)
    assert ours.radius.ask(one.user, response, again.state).packet == "Access-Reject"


def test_another_user_s_state_is_rejected_here(ours: Ours) -> None:
    one, other = ours.account(), ours.account()
    asked = ours.radius.ask(one.user, PASSWORD)
    assert ours.radius.ask(other.user, one.shows(asked.message), asked.state).packet == "Access-Reject"
    assert ours.radius.ask(one.user, one.shows(asked.message), asked.state).packet == "Access-Accept"


def test_ten_wrong_responses_lock_the_login_here(ours: Ours) -> None:
    one = ours.account()
    for _ in range(8):
        ours.house.fail(one.user)
    for _ in range(2):
        asked = ours.radius.ask(one.user, PASSWORD)
        assert asked.packet == "Access-Challenge"
        ours.radius.ask(one.user, another(one.shows(asked.message)), asked.state)
    assert ours.radius.ask(one.user, PASSWORD).packet == "Access-Reject"


def test_a_code_behind_the_password_lets_a_program_that_asks_pam_in_at_once(ours: Ours, pam) -> None:
    one = ours.account("HOTP-SHA1-6")
    with pam(ours.radius, one.user) as login:
        login.say(PASSWORD + one.shows(""))
        assert login.ended() == "successfully authenticated"


def test_a_code_in_a_step_of_its_own_lets_a_program_that_asks_pam_in(ours: Ours, pam) -> None:
    one = ours.account("HOTP-SHA256-8")
    with pam(ours.radius, one.user) as login:
        login.say(PASSWORD)
        login.prompt("code of your device")
        login.say(one.shows(""))
        assert login.ended() == "successfully authenticated"


def test_a_token_that_checks_the_page_is_asked_twice_by_pam(ours: Ours, pam) -> None:
    one = ours.account(is_mutual=True)
    (*_, hand) = ours.house.hands.values()
    hand.page_number = "246813"
    with pam(ours.radius, one.user) as login:
        login.say(PASSWORD)
        login.prompt("number that your device shows")
        login.say(hand.page_number)
        said = login.prompt(r"Code \d{6}, challenge \d{6}")
        found = re.search(r"Code (\d{6}), challenge (\d{6})", said)
        assert found
        assert found[1] == hand.page_code(found[2])
        login.say(hand.shows(found[2], utc_now()))
        assert login.ended() == "successfully authenticated"


def test_the_doors_address_is_in_the_log_and_the_passwords_are_not(ours: Ours) -> None:
    one = ours.account()
    asked = ours.radius.ask(one.user, PASSWORD)
    response = one.shows(asked.message)
    ours.radius.ask(one.user, response, asked.state)
    said = ours.service.log()
    assert {line["route"] for line in ours.service.events("request")} >= {"/validate/check"}
    assert not [secret for secret in (PASSWORD, response) if secret in said]


def test_a_token_of_auth_is_good_at_every_worker_and_after_a_reload(ours: Ours) -> None:
    one = ours.account()
    key = api_keys.add_key(ours.house.system, "portal", [Scope.VOUCH])
    trusted = ssl.create_default_context(cafile=ours.service.authority)

    def post(path: str, token: str = "", **fields: str) -> httpx.Response:
        # A connection for each: either worker may take it.
        headers = {"Authorization": token} if token else {}
        return httpx.post(f"{ours.service.address}{path}", data=fields, headers=headers, verify=trusted)

    def asked(times: int) -> list[int]:
        path = "/validate/triggerchallenge"
        return [post(path, token, user=one.user).status_code for _ in range(times)]

    token = post("/auth", username="portal", password=key).json()["result"]["value"]["token"]
    assert asked(8) == [200] * 8
    ours.service.reload()
    # A user's name may be asked for so often at once: the question whether it is done asks for nobody.
    until(lambda: ours.service.events("reloaded"))
    assert asked(8) == [200] * 8
    api_keys.revoke_key(ours.house.system, "portal")
    assert asked(8) == [401] * 8


def test_a_token_s_keypad_and_display_open_a_login_by_pam(
    made: Callable[..., Desk], inventory: Inventory, home: Path, tmp_path: Path, pam
) -> None:
    desk = made("PD-PAM", SUITE)
    system = LoginSystem(inventory)
    accounts.add_user(system, USER, PASSWORD)
    device_life.add_token(system, USER, "PD-PAM", active=True)
    with (
        PicodscServe(Location.inside(home), tmp_path / "service", workers=1) as service,
        radius_before(service.address, service.authority) as radius,
    ):
        with pam(radius, USER) as login:
            login.say(PASSWORD)
            login.say(desk.login(PIN, challenge_in(login.prompt(CHALLENGE))))
            assert login.ended() == "successfully authenticated"
        assert "login accepted" in [entry.event for entry in inventory.history("PD-PAM")]
