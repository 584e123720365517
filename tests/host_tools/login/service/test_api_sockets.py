"""A login at a running service of two workers, over real sockets, whatever worker answers."""

import threading

import httpx
import pytest

from fakes.hand_clock import HandClock
from fakes.login_house import House
from fakes.login_service import RunningService
from host_tools.inventory import Location
from host_tools.login import api_keys
from host_tools.login.api_keys import Scope
from host_tools.login.rules.clock import utc_now

USERS = 4


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """The service's address, a key of a front-end, and what its users hold in their hands."""
    folder = tmp_path_factory.mktemp("api")
    house = House(Location.inside(folder), utc_now)
    for number in range(USERS):
        house.user(f"user{number}")
        house.token(f"user{number}")
    key = api_keys.add_key(house.system, "page", [Scope.VOUCH])
    service = RunningService(folder, "[server]\nport = 0\n").answers()
    yield service, key, house.hands
    service.stop()
    house.close()


def login(client, name, hands):
    demand = client.post("/v1/logins", json={"user": name}).json()
    shown = hands[demand["serial"]].shows(demand["challenge"], HandClock()())
    path = f"/v1/logins/{demand['reference']}/response"
    answers = []

    def answer():
        answers.append(client.post(path, json={"response": shown}))

    both = [threading.Thread(target=answer) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    return answers


def test_one_answer_opens_one_session_though_two_workers_are_asked_at_once(running):
    service, key, hands = running
    with httpx.Client(base_url=service.url, headers={"authorization": f"Bearer {key}"}) as client:
        for number in range(USERS):
            answers = login(client, f"user{number}", hands)
            assert sorted(one.status_code for one in answers) == [200, 409]
            session = next(one.json()["session"] for one in answers if one.status_code == 200)
            shown = client.get("/v1/session", headers={"picodsc-session": session})
            assert shown.json()["user"] == f"user{number}"
            assert session not in service.log
    assert key not in service.log
    assert {line["key"] for line in service.lines("request") if line["route"] == "/v1/logins"} == {"page"}


def test_the_document_is_served(running):
    service, _, _ = running
    document = httpx.get(service.url + "/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert document["paths"]["/v1/logins"]["post"]["x-scopes"] == ["login", "vouch"]
