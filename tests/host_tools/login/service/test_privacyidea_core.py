"""privacyIDEA's interface in the real application, over real logins: each step, each refusal, each caller."""

import json
import re
from dataclasses import replace
from ipaddress import ip_network

import pytest
from argon2 import PasswordHasher

from fakes import in_process
from fakes.login_house import COUNTING, PASSWORD
from host_tools.inventory.errors import InventoryBusyError
from host_tools.login import api_keys, device_life, passwords
from host_tools.login.api_keys import Scope
from host_tools.login.overview import overview
from host_tools.login.service.app import create_app
from host_tools.login.service.system import System
from host_tools.login.serving import logs
from host_tools.login.serving.crew import Crew
from host_tools.login.serving.limits import Kind, Limit, SharedLimits
from host_tools.login.serving.metrics import RequestMetrics
from host_tools.login.serving.settings import Settings
from host_tools.login.system import LoginSystem

HERE = Settings(privacyidea_from=(ip_network(in_process.ADDRESS),))


class Site:
    """The application as a worker has it, asked as a PAM module does."""

    def __init__(self, house, limits, settings=HERE):
        self.house = house
        system = System(house.system, limits, Crew(1), RequestMetrics(), logs.set_up("info"), bytes(32))
        self.client = in_process.client_of(create_app(system, settings), headers={"User-Agent": "PAM/2.15.0"})

    def post(self, path, token="", **fields):
        return self.client.post(path, data=fields, headers={"Authorization": token} if token else {})

    def check(self, typed, transaction="", user="alice"):
        fields = {"user": user, "pass": typed, "transaction_id": transaction}
        answer = self.post("/validate/check", **fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def verdict(self, *typed, **options):
        document = self.check(*typed, **options)
        assert document["result"]["value"] is (document["result"]["authentication"] == "ACCEPT")
        return document["result"]["authentication"]

    def asked(self, typed=PASSWORD):
        """What the user is asked: transaction, challenge, and the whole of it."""
        detail = self.check(typed)["detail"]
        (challenge,) = detail["multi_challenge"]
        return detail["transaction_id"], challenge.get("attributes", {}).get("challenge"), challenge

    def shown(self, challenge, **options):
        (hand,) = self.house.hands.values()
        return hand.shows(challenge, self.house.now(), **options)

    def token(self, name="portal", *scopes):
        secret = api_keys.add_key(self.house.system, name, scopes or [Scope.VOUCH])
        return self.post("/auth", username=name, password=secret).json()["result"]["value"]["token"]


@pytest.fixture
def limits():
    made = SharedLimits(64)
    yield made
    made.close()


@pytest.fixture
def site(house, limits):
    site = Site(house, limits)
    with site.client:
        yield site


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    """Argon2 with its least memory: how a password is kept is not what these tests are about."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", hasher)
    monkeypatch.setattr(passwords, "_NOBODYS", hasher.hash("nobody's"))


@pytest.fixture
def alice(house):
    """A user with a password."""
    house.user(password=PASSWORD)


def another(response):
    return f"{(int(response) + 1) % 10 ** len(response):0{len(response)}}"


def error(answer):
    return answer.status_code, answer.json()["result"]["error"]["code"]


# A challenge.


def test_a_password_is_answered_by_a_challenge_whose_response_lets_in_once(site, alice, house):
    house.token()
    transaction, challenge, shown = site.asked()
    assert re.fullmatch("[0-9a-f]{32}", transaction)
    assert (shown["type"], shown["serial"], shown["client_mode"]) == ("ocra", "DS-1", "interactive")
    response = site.shown(challenge)
    accepted = site.check(response, transaction)
    assert (accepted["result"]["authentication"], accepted["detail"]["serial"]) == ("ACCEPT", "DS-1")
    assert site.verdict(response, transaction) == "REJECT"


def test_a_wrong_response_uses_the_challenge_up(site, alice, house):
    house.token()
    transaction, challenge, _ = site.asked()
    response = site.shown(challenge)
    assert site.verdict(another(response), transaction) == "REJECT"
    assert site.verdict(response, transaction) == "REJECT"


def test_what_is_no_response_is_rejected_and_the_challenge_stays_open(site, alice, house):
    house.token()
    transaction, challenge, _ = site.asked()
    assert site.verdict("what now?", transaction) == "REJECT"
    assert site.verdict(site.shown(challenge), transaction) == "ACCEPT"


def test_a_challenge_is_its_user_s(site, alice, house):
    house.user("mallory")
    house.token()
    transaction, challenge, _ = site.asked()
    assert site.verdict(site.shown(challenge), transaction, user="mallory") == "REJECT"
    assert site.verdict(site.shown(challenge), transaction) == "ACCEPT"


@pytest.mark.parametrize("transaction", ["1", "14831938874151188002", "page-", "page-12", "f" * 32, "ä"])
def test_a_transaction_that_was_never_given_out_is_rejected(site, house, transaction):
    house.user()
    assert site.verdict("12345678", transaction) == "REJECT"


def test_an_unanswered_challenge_is_shown_again(site, alice, house):
    house.token()
    assert site.asked() == site.asked()


def test_the_device_that_was_activated_last_is_asked(site, alice, house, clock):
    house.token()
    clock.advance(seconds=1)
    house.token()
    assert site.asked()[2]["serial"] == "DS-2"


# The first factor.


def test_a_wrong_password_an_unknown_user_and_a_lock_are_one_answer(site, alice, house):
    house.token()
    for _ in range(10):
        house.fail()
    answers = [site.check(PASSWORD), site.check("wrong"), site.check(PASSWORD, user="nobody")]
    assert len({json.dumps({**one, "time": 0}) for one in answers}) == 1
    assert answers[0]["result"]["authentication"] == "REJECT"


def test_ten_wrong_responses_lock_the_login_for_a_day(site, house, clock):
    house.user()
    house.token()
    token = site.token()

    def login(answer):
        detail = site.post("/validate/triggerchallenge", token, user="alice").json()["detail"]
        if not detail["multi_challenge"]:
            return "locked"
        challenge = detail["multi_challenge"][0]["attributes"]["challenge"]
        return site.verdict(answer(site.shown(challenge)), detail["transaction_id"])

    assert [login(another) for _ in range(11)] == ["REJECT"] * 10 + ["locked"]


def test_a_user_without_a_device_is_rejected(site, alice):
    assert site.verdict(PASSWORD) == "REJECT"


# Plain codes.


def test_a_code_behind_the_password_lets_in_at_once_and_never_again(site, alice, house):
    house.token(suite="HOTP-SHA1-6")
    joined = PASSWORD + site.shown(None)
    assert site.verdict(joined) == "ACCEPT"
    assert site.verdict(joined) == "REJECT"
    assert site.verdict(PASSWORD + site.shown(None)) == "ACCEPT"


def test_a_plain_code_may_come_in_a_second_step(site, alice, house):
    house.token(suite="HOTP-SHA256-8")
    transaction, challenge, shown = site.asked()
    assert (challenge, shown["type"]) == (None, "hotp")
    assert site.verdict(site.shown(None), transaction) == "ACCEPT"


def test_something_behind_the_password_is_no_answer_to_a_challenge_that_was_not_seen(site, alice, house):
    house.token()
    assert site.verdict(f"{PASSWORD}123456") == "REJECT"


# Mutual mode.


def test_a_token_that_checks_the_page_is_asked_for_its_number_and_then_for_its_response(site, alice, house):
    house.token(is_mutual=True)
    (hand,) = house.hands.values()
    first, challenge, shown = site.asked()
    assert (challenge, shown["type"]) == (None, "ocra")
    assert "number" in shown["message"]
    hand.page_number = "246813"
    detail = site.check("246813", first)["detail"]
    second, challenge = detail["transaction_id"], detail["multi_challenge"][0]["attributes"]["challenge"]
    code = re.search(r"Code (\d+)", detail["message"])[1]
    assert code == hand.page_code(challenge)
    assert site.verdict(site.shown(challenge), first) == "REJECT"  # that was a number's
    assert site.verdict(site.shown(challenge), second) == "ACCEPT"
    assert site.verdict(site.shown(challenge), second) == "REJECT"


def test_a_token_that_was_switched_off_in_between_shows_another_number_and_gets_another_challenge(
    site, alice, house
):
    house.token(is_mutual=True)
    (hand,) = house.hands.values()
    asked = []
    for hand.page_number in ("246813", "135791"):
        transaction, _, _ = site.asked()
        asked.append(site.check(hand.page_number, transaction)["detail"])
    before, now = asked
    assert before["attributes"]["challenge"] != now["attributes"]["challenge"]
    assert site.verdict(site.shown(now["attributes"]["challenge"]), now["transaction_id"]) == "ACCEPT"


def test_a_token_s_number_is_its_user_s_to_give(site, alice, house):
    house.user("mallory")
    house.token(is_mutual=True)
    transaction, _, _ = site.asked()
    assert site.verdict("246813", transaction, user="mallory") == "REJECT"
    assert site.verdict("246813", transaction) == "CHALLENGE"


def test_a_response_before_the_number_is_rejected(site, alice, house):
    house.token(is_mutual=True)
    transaction, _, _ = site.asked()
    assert site.verdict("12345678", transaction.removeprefix("page-")) == "REJECT"


# Callers.


def test_a_key_that_vouches_starts_a_login_without_a_password(site, house):
    house.user()
    house.token()
    answer = site.post("/validate/triggerchallenge", site.token(), user="alice").json()
    assert answer["result"]["value"] == 1
    detail = answer["detail"]
    response = site.shown(detail["attributes"]["challenge"])
    assert site.verdict(response, detail["transaction_id"]) == "ACCEPT"


@pytest.mark.parametrize("name", ["nobody", "homeless"])
def test_a_login_that_can_not_be_started_is_no_challenge(site, house, name):
    house.user("homeless")
    answer = site.post("/validate/triggerchallenge", site.token(), user=name).json()
    assert (answer["result"]["value"], answer["result"]["authentication"]) == (0, "REJECT")


@pytest.mark.parametrize("scope", [Scope.LOGIN, Scope.HELP_DESK, Scope.OPERATOR])
def test_a_key_that_does_not_vouch_starts_none(site, scope):
    answer = site.post("/validate/triggerchallenge", site.token("portal", scope), user="alice")
    assert error(answer) == (403, 303)


def test_a_revoked_key_s_tokens_are_none_at_once(site, house):
    token = site.token()
    assert site.post("/validate/triggerchallenge", token, user="alice").status_code == 200
    api_keys.revoke_key(house.system, "portal")
    assert error(site.post("/validate/triggerchallenge", token, user="alice")) == (401, 4304)


def test_a_key_is_known_by_its_name_and_secret_together(site, house):
    secret = api_keys.add_key(house.system, "portal", [Scope.VOUCH])
    api_keys.add_key(house.system, "other", [Scope.VOUCH])
    for name, password in (("other", secret), ("nobody", secret), ("portal", secret[:-1]), ("portal", "")):
        assert error(site.post("/auth", username=name, password=password)) == (401, 4031)


def test_a_token_of_another_key_of_signing_is_none(site, house, limits):
    token = site.token()
    system = System(house.system, limits, Crew(1), RequestMetrics(), logs.set_up("info"), bytes(31) + b"1")
    with in_process.client_of(create_app(system, HERE)) as other:
        answer = other.post(
            "/validate/triggerchallenge", data={"user": "a"}, headers={"Authorization": token}
        )
    assert error(answer) == (401, 4304)


# Around it.


def test_networks_that_are_not_named_are_not_served(house, limits):
    site = Site(house, limits, Settings())
    with site.client as client:
        for path in ("/validate/check", "/validate/triggerchallenge", "/auth"):
            assert error(client.post(path)) == (403, 303)
        assert error(client.get("/validate/polltransaction/1")) == (403, 303)


def test_what_was_forwarded_from_nobody_knows_where_is_not_served(site, alice):
    fields = {"user": "alice", "pass": PASSWORD}
    for forwarded in ("203.0.113.9:5555", "unknown", ""):
        answer = site.client.post("/validate/check", data=fields, headers={"X-Forwarded-For": forwarded})
        assert error(answer) == (403, 303)
    assert site.client.post("/validate/check", data=fields).status_code == 200


def test_a_duress_pin_is_told_to_the_log_and_to_nobody_else(site, alice, house, capfd):
    house.token(alarm=True)
    transaction, challenge, _ = site.asked()
    capfd.readouterr()
    accepted = site.check(site.shown(challenge, alarm=True), transaction)
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert accepted["result"]["authentication"] == "ACCEPT"
    assert [line["user"] for line in lines if line["event"] == "alarm"] == ["alice"]
    transaction, challenge, _ = site.asked()
    other = site.check(site.shown(challenge), transaction)
    assert {**other, "time": 0} == {**accepted, "time": 0}


def test_whom_a_client_asks_for_is_logged_if_it_is_an_address(site, house, capfd):
    for claimed in ("198.51.100.7", 'x"\n{"event": "alarm"}'):
        site.post("/validate/check", user="nobody", client=claimed, transaction_id="1", **{"pass": "x"})
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["client"] for line in lines if line["event"] == "request"] == ["198.51.100.7", None]
    assert [line["reason"] for line in lines if line["event"] == "login refused"] == ["not-open"] * 2


def test_a_client_behind_the_connection_that_has_sent_too_much_is_refused_alone(house, limits):
    site = Site(house, limits, replace(HERE, source_per_second=1, source_burst=4))
    fields = {"user": "nobody", "transaction_id": "1", "pass": "x"}
    with site.client:
        for _ in range(4):
            assert limits.wait(Kind.SOURCE, bytes([198, 51, 100, 7]), Limit(1, 4)) == 0
        refused = site.post("/validate/check", client="198.51.100.7", **fields)
        other = site.post("/validate/check", client="198.51.100.8", **fields)
    assert error(refused) == (429, 905)
    assert int(refused.headers["retry-after"]) >= 1
    assert other.status_code == 200


def test_a_database_that_is_busy_is_an_error_and_no_verdict(site, house, monkeypatch):
    def busy(self):
        raise InventoryBusyError("inventory.db", 5)

    monkeypatch.setattr(LoginSystem, "writing", busy)
    answer = site.post("/validate/check", user="alice", transaction_id="1", **{"pass": "x"})
    assert error(answer) == (503, -500)


def test_what_should_not_happen_is_privacyidea_s_error_too_and_the_log_has_where(site, monkeypatch, capfd):
    def broken(self):
        raise ZeroDivisionError("alice's password")

    monkeypatch.setattr(LoginSystem, "writing", broken)
    answer = site.post("/validate/check", user="alice", transaction_id="1", **{"pass": "x"})
    assert error(answer) == (500, -500)
    said = capfd.readouterr().err
    (line,) = [one for one in map(json.loads, said.splitlines()) if one["event"] == "request failed"]
    assert line["error"] == "ZeroDivisionError"
    assert answer.headers["x-request-id"] == line["id"]
    assert "alice" not in said


def test_secrets_are_in_no_log(site, alice, house, capfd):
    house.token(suite="HOTP-SHA1-6")
    code = site.shown(None)
    site.verdict(PASSWORD + code)
    token = site.token()
    site.post("/validate/triggerchallenge", token, user="alice")
    said = capfd.readouterr().err
    assert said
    assert not [one for one in (PASSWORD, code, token) if one in said]


def test_openapi_tells_of_the_endpoints(site):
    paths = site.client.get("/openapi.json").json()["paths"]
    check = paths["/validate/check"]["post"]
    assert set(check["requestBody"]["content"]) == {
        "application/x-www-form-urlencoded",
        "application/json",
        "multipart/form-data",
    }
    assert {"200", "400", "403", "413", "429", "500", "503"} <= set(check["responses"])
    names = {one["name"] for one in paths["/validate/polltransaction"]["get"]["parameters"]}
    assert names == {"transaction_id"}


def test_a_counter_that_stands_with_the_challenge_moves_on(site, alice, house):
    house.token(suite=COUNTING)
    for _ in range(2):
        transaction, challenge, _ = site.asked()
        assert site.verdict(site.shown(challenge), transaction) == "ACCEPT"


def test_a_device_that_was_ended_in_between_answers_no_more(site, alice, house):
    device = house.token()
    transaction, challenge, _ = site.asked()
    device_life.end_device(house.system, "alice", device.id)
    assert site.verdict(site.shown(challenge), transaction) == "REJECT"


def test_a_passcode_that_is_only_for_the_online_card_lets_nobody_in(site, house, clock):
    house.user(password=PASSWORD)
    passcode = house.passcode()
    assert site.verdict(PASSWORD + passcode) == "ACCEPT"
    clock.advance(days=3)
    assert site.verdict(PASSWORD + passcode) == "REJECT"
    transaction, _, _ = site.asked()
    assert site.verdict(passcode, transaction) == "REJECT"


@pytest.mark.parametrize("is_right", [True, False])
def test_a_passcode_that_is_only_for_the_online_card_is_not_judged_for_a_foreign_client(
    site, house, clock, capfd, is_right
):
    house.user(password=PASSWORD)
    passcode = house.passcode()
    wrong = passcode[::-1] if passcode[::-1] != passcode else passcode[1:] + passcode[:1]
    clock.advance(days=3)
    for _ in range(3):
        assert not house.answer(house.begin(), wrong).accepted
    before = [entry.event for entry in house.inventory.history()]
    waiting = house.begin()
    assert site.verdict(PASSWORD + (passcode if is_right else wrong)) == "REJECT"
    assert [entry.event for entry in house.inventory.history()] == before
    assert overview(house.system, "alice").standing.failures == 3
    refused = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["reason"] for line in refused if line["event"] == "login refused"] == ["limited-session"]
    # It is not used up, either: where the online card can be had, it is answered.
    assert house.answer(waiting, passcode).is_limited


def test_what_lets_a_foreign_client_in_leaves_no_session_that_nobody_holds(site, alice, house):
    house.token()
    transaction, challenge, _ = site.asked()
    assert site.verdict(site.shown(challenge), transaction) == "ACCEPT"
    assert overview(house.system, "alice").sessions == []
