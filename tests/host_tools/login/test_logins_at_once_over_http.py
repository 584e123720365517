"""Two hundred callers with one answer, or one withdrawal, at `picodsc serve` with four workers: it counts once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest

from fakes.login_house import COUNTING, LOGIN, House
from fakes.picodsc_serve import PicodscServe
from host_tools.inventory.store import utc_now
from host_tools.login import api_keys
from host_tools.login.api_keys import Scope
from host_tools.login.limits_of import withdrawals_of

CALLERS, WORKERS = 200, 4
# All come from one source, with one key, for one account; and two hundred threads of one process take their time.
LIMITS = "request_seconds = 60\n[limits]\n" + "".join(
    f"{whose}_{what} = 100000\n"
    for whose, unit in (("source", "second"), ("key", "second"), ("account", "minute"))
    for what in (f"per_{unit}", "burst")
)
SUITES = (LOGIN, COUNTING, "HOTP-SHA1-6", "TOTP-SHA256-8-T59S")


@pytest.fixture
def running(anywhere, tmp_path):
    house = House(anywhere, utc_now)
    for number, suite in enumerate(SUITES):
        house.user(f"user{number}")
        house.token(f"user{number}", suite)
    key = api_keys.add_key(house.system, "page", [Scope.VOUCH])
    with PicodscServe(anywhere, tmp_path / "service", workers=WORKERS, tls=False, more=LIMITS) as service:
        yield house, service, {"authorization": f"Bearer {key}"}
    house.close()


@pytest.mark.timeout(300)
def test_of_two_hundred_with_the_same_right_answer_one_is_in(running):
    house, service, headers = running
    limits = httpx.Limits(max_connections=CALLERS)
    with (
        httpx.Client(base_url=service.address, headers=headers, limits=limits, timeout=60) as client,
        ThreadPoolExecutor(CALLERS) as callers,
    ):
        for number in range(len(SUITES)):
            asked = house.begin(f"user{number}")
            path, body = f"/v1/logins/{asked.reference}/response", {"response": house.response(asked)}
            start = Barrier(CALLERS)

            def call(_, path=path, body=body, start=start):
                start.wait()
                return client.post(path, json=body).status_code

            told = Counter(callers.map(call, range(CALLERS)))
            # To all others it is used.
            assert told == {200: 1, 409: CALLERS - 1}
    entries = [one for one in house.inventory.history() if one.event == "login accepted"]
    assert Counter(one.detail["user"] for one in entries) == {f"user{number}": 1 for number in range(4)}
    house.inventory.check_audit()


@pytest.mark.timeout(300)
def test_two_hundred_who_withdraw_with_one_key_are_told_the_same_and_it_counts_once(running):
    house, service, headers = running
    headers = {**headers, "picodsc-session": house.login("user0").session}
    body = {"cents": 250_000, "idempotency_key": "order-0000000001"}
    limits = httpx.Limits(max_connections=CALLERS)
    start = Barrier(CALLERS)
    with (
        httpx.Client(base_url=service.address, headers=headers, limits=limits, timeout=60) as client,
        ThreadPoolExecutor(CALLERS) as callers,
    ):

        def call(_):
            start.wait()
            return client.post("/v1/session/withdrawals", json=body)

        told = list(callers.map(call, range(CALLERS)))
    assert {one.status_code for one in told} == {200}
    answers = [one.json() for one in told]
    assert answers == [answers[0]] * CALLERS
    (made,) = withdrawals_of(house.system, "user0")
    assert (made.reference, made.cents) == (answers[0]["reference"], 250_000)
    house.inventory.check_audit()
