"""Two hundred callers with one right answer, at `picodsc serve` with four workers: exactly one of them is in."""

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

CALLERS, WORKERS = 200, 4
# All come from one source, with one key, for one account.
LIMITS = "[limits]\n" + "".join(
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
