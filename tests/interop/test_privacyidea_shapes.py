"""Our documents have the keys, types and status codes of a real privacyIDEA's, asked for the same in the same words."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from dsc.crypto.ocra import Suite, respond
from fakes.in_process import client_of
from fakes.privacyidea_checks import KEYS, SUITE, OneUser
from fakes.privacyidea_server import ADMIN, REALM, USER
from fakes.privacyidea_server import PASSWORD as ADMIN_PASSWORD
from host_tools.login.service.privacyidea.routes import router

KEY = b"\x5a" * 32
PASSWORD = "the user's own"

Ask = Callable[..., httpx.Response]


class Side:
    """One of the two servers, and an account there that may start logins."""

    def __init__(self, client: httpx.Client, account: str, secret: str) -> None:
        self.client, self.account = client, {"username": account, "password": secret}

    def post(self, path: str, token: str = "", **fields: str) -> httpx.Response:
        headers = {"Authorization": token} if token else {}
        return self.client.post(path, data=fields, headers=headers)

    def check(self, **fields: str) -> httpx.Response:
        return self.post("/validate/check", user=USER, realm=REALM, **fields)

    def challenged(self) -> tuple[str, str]:
        detail = self.check(**{"pass": PASSWORD}).json()["detail"]
        question = detail["multi_challenge"][0]["attributes"]["challenge"]
        return detail["transaction_id"], respond(Suite.parse(SUITE), KEY, question)

    def token(self) -> str:
        return self.post("/auth", **self.account).json()["result"]["value"]["token"]


@pytest.fixture(scope="module")
def theirs(privacyidea) -> Iterator[Side]:
    token = {"type": "ocra", "serial": "PD-SHAPES", "otpkey": KEY.hex(), "ocrasuite": SUITE, "genkey": "0"}
    owned = {**token, "pin": PASSWORD, "user": USER, "realm": REALM}
    assert privacyidea.administer("POST", "token/init", json=owned).is_success
    trusted = ssl.create_default_context(cafile=privacyidea.certified.authority)
    with httpx.Client(base_url=privacyidea.address, verify=trusted, timeout=60, trust_env=False) as client:
        yield Side(client, ADMIN, ADMIN_PASSWORD)
    privacyidea.administer("DELETE", "token/PD-SHAPES")


@pytest.fixture
def ours() -> Iterator[Side]:
    application = FastAPI()
    application.include_router(router(OneUser(USER, PASSWORD, key=KEY)))
    with client_of(application) as client:
        yield Side(client, "keycloak", KEYS["keycloak"][0])


def shape(value: Any) -> Any:
    """The keys and the types of what is behind them; of a list, those of its first."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items() if name != "signature"}
    if isinstance(value, list):
        return [shape(inner) for inner in value[:1]]
    return type(value).__name__


def verdict_of(answer: httpx.Response) -> tuple[Any, ...]:
    """What no client may find different, beside the shape."""
    result = answer.json()["result"]
    code = result.get("error", {}).get("code")
    return answer.status_code, result["status"], result.get("authentication"), code, answer.json()["id"]


def right_response(side: Side) -> httpx.Response:
    transaction, response = side.challenged()
    return side.check(transaction_id=transaction, **{"pass": response})


def replayed(side: Side) -> httpx.Response:
    transaction, response = side.challenged()
    side.check(state=transaction, **{"pass": response})
    return side.check(state=transaction, **{"pass": response})


def polled(side: Side) -> httpx.Response:
    transaction, _ = side.challenged()
    return side.client.get("/validate/polltransaction", params={"transaction_id": transaction})


@pytest.mark.parametrize(
    "flow",
    [
        pytest.param(lambda side: side.check(**{"pass": "another"}), id="wrong password"),
        pytest.param(lambda side: side.check(**{"pass": PASSWORD}), id="challenge"),
        pytest.param(right_response, id="right response"),
        pytest.param(replayed, id="replay"),
        pytest.param(
            lambda side: side.check(transaction_id="1", **{"pass": "12345678"}), id="unknown transaction"
        ),
        pytest.param(lambda side: side.post("/validate/check", **{"pass": "x"}), id="no user"),
        pytest.param(polled, id="poll"),
        pytest.param(
            lambda side: side.client.get("/validate/polltransaction/12"), id="poll for nothing known"
        ),
        pytest.param(lambda side: side.client.get("/validate/polltransaction"), id="poll for nothing"),
        pytest.param(lambda side: side.post("/auth", username="nobody", password="x"), id="wrong account"),
        pytest.param(lambda side: side.post("/auth", username="nobody"), id="no password"),
        pytest.param(
            lambda side: side.post("/validate/triggerchallenge", user=USER), id="trigger without token"
        ),
        pytest.param(
            lambda side: side.post("/validate/triggerchallenge", "a.b", user=USER), id="a token of nobody"
        ),
        pytest.param(
            lambda side: side.post("/validate/triggerchallenge", side.token(), user=USER), id="trigger"
        ),
        pytest.param(
            lambda side: side.post("/validate/triggerchallenge", side.token()), id="trigger for nobody"
        ),
    ],
)
def test_what_is_answered_is_what_privacyidea_answers(theirs, ours, flow):
    there, here = flow(theirs), flow(ours)
    assert verdict_of(here) == verdict_of(there)
    assert shape(here.json()) == shape(there.json())


def test_a_wrong_response_is_refused_without_the_serial_that_privacyidea_tells(theirs, ours):
    there, here = (
        side.check(transaction_id=side.challenged()[0], **{"pass": "00000000"}) for side in (theirs, ours)
    )
    expected = shape(there.json())
    del expected["detail"]["serial"], expected["detail"]["type"]
    assert (verdict_of(here), shape(here.json())) == (verdict_of(there), expected)


def test_a_token_comes_with_what_clients_read_of_privacyidea_s(theirs, ours):
    there, here = (side.post("/auth", **side.account) for side in (theirs, ours))
    assert verdict_of(here) == verdict_of(there)
    all_of_theirs, all_of_ours = (shape(answer.json()["result"]["value"]) for answer in (there, here))
    # Theirs tells its web page how to look, and has menus; ours has no web page behind this.
    assert {**all_of_theirs, "menus": []}.items() >= {**all_of_ours, "menus": []}.items()


def test_an_unknown_user_is_told_from_a_wrong_password_there_and_not_here(theirs, ours):
    fields = {"user": "nobody", "pass": PASSWORD}
    assert theirs.post("/validate/check", **fields).json()["result"]["error"]["code"] == 904
    unknown, wrong = ours.post("/validate/check", **fields), ours.check(**{"pass": "another"})
    assert verdict_of(unknown) == verdict_of(wrong)
    assert shape(unknown.json()) == shape(wrong.json())


def test_a_caller_chooses_the_challenge_there_and_not_here(theirs, ours):
    chosen = {"pass": PASSWORD, "challenge": "123456"}
    assert theirs.check(**chosen).json()["detail"]["attributes"]["challenge"] == "123456"
    assert verdict_of(ours.check(**chosen)) == (403, False, None, 303, 1)
