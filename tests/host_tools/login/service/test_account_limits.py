"""Logins of one user name that begin: so many pass, then 429, before any work, for names that there are and are not."""

from ipaddress import ip_network

import pytest

from fakes import in_process
from fakes.login_api import LoginApi
from fakes.login_house import PASSWORD
from host_tools.login import api_keys, passwords
from host_tools.login.api_keys import Scope

HERE = (ip_network(in_process.ADDRESS),)
BURST = 3


@pytest.fixture
def hashes(monkeypatch):
    """What is compared with a password's hash, which is right at once or not."""
    compared = []

    def is_right(known, password, rules):
        compared.append(password)
        return known is not None and password == PASSWORD

    monkeypatch.setattr(passwords, "is_right", is_right)
    return compared


@pytest.fixture
def api(house, worker, hashes):
    house.user(password=PASSWORD)
    house.token()
    return LoginApi(
        house, worker(house.system), privacyidea_from=HERE, account_per_minute=1, account_burst=BURST
    )


def login(api, name, password):
    return api.ask("POST", "/v1/logins", {"user": name, "password": password})


@pytest.mark.parametrize(
    "names", [("alice", "Alice", "ALICE"), ("nobody", "NoBody"), ("not a name", "nor this")]
)
def test_after_the_burst_a_name_is_refused_in_whichever_case_before_its_password_is_hashed(
    api, hashes, names
):
    for number in range(BURST):
        assert login(api, names[number % len(names)], "wrong").status_code == 401
    assert len(hashes) == BURST
    for name in names:
        refused = login(api, name, PASSWORD)
        assert (refused.status_code, refused.json()["code"]) == (429, "too-many-requests")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert len(hashes) == BURST


def test_what_is_refused_is_the_same_for_names_that_there_are_and_are_not(api):
    refused = []
    for name in ("alice", "nobody"):
        answers = [login(api, name, "wrong") for _ in range(BURST + 1)]
        refused.append([(one.status_code, one.json(), one.headers.get("retry-after")) for one in answers])
    assert refused[0] == refused[1]


def test_one_name_s_refusal_is_not_another_one_s(api):
    for _ in range(BURST + 1):
        login(api, "nobody", "wrong")
    assert login(api, "alice", PASSWORD).status_code == 201


def test_logins_that_are_vouched_for_are_limited_and_answers_are_not(api):
    begun = [api.ask("POST", "/v1/logins", {"user": "alice"}) for _ in range(BURST + 1)]
    assert [one.status_code for one in begun] == [201] * BURST + [429]
    answered = api.ask(
        "POST", f"/v1/logins/{begun[0].json()['reference']}/response", {"response": "12345678"}
    )
    assert answered.status_code == 200


def test_who_may_not_begin_a_login_uses_up_nobody_s(api):
    key = api.key_of(Scope.HELP_DESK)
    for _ in range(BURST + 1):
        assert api.ask("POST", "/v1/logins", {"user": "alice"}, key=key).status_code == 403
    assert login(api, "alice", PASSWORD).status_code == 201


def test_privacyidea_s_check_without_a_transaction_is_limited_in_its_own_words(api, hashes):
    def check(typed, transaction=""):
        fields = {"user": "alice", "pass": typed, "transaction_id": transaction}
        return api.client.post("/validate/check", data=fields)

    transaction = check(PASSWORD).json()["detail"]["transaction_id"]
    for _ in range(BURST - 1):
        assert check("wrong").status_code == 200
    tried = len(hashes)
    refused = check(PASSWORD)
    assert (refused.status_code, refused.json()["result"]["error"]["code"]) == (429, 905)
    assert int(refused.headers["retry-after"]) >= 1
    assert len(hashes) == tried
    assert check("12345678", transaction).json()["result"]["authentication"] == "REJECT"


def test_privacyidea_s_triggered_challenges_are_limited(api, house):
    secret = api_keys.add_key(house.system, "portal", [Scope.VOUCH])
    answer = api.client.post("/auth", data={"username": "portal", "password": secret})
    token = {"authorization": answer.json()["result"]["value"]["token"]}

    def trigger():
        return api.client.post(
            "/validate/triggerchallenge", data={"user": "alice"}, headers=token
        ).status_code

    assert [trigger() for _ in range(BURST + 1)] == [200] * BURST + [429]
