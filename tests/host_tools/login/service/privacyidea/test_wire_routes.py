"""privacyIDEA's endpoints over a small core: what clients send goes in, what they read comes out, secrets are wiped."""

import pytest
from fastapi import FastAPI

from dsc.crypto.ocra import Suite, respond
from fakes import in_process
from fakes.privacyidea_checks import KEYS, SUITE, OneUser
from host_tools.login.service.privacyidea.outcomes import (
    Accepted,
    Challenged,
    Progress,
    Rejected,
    Source,
)
from host_tools.login.service.privacyidea.questions import card_values, confirmation, plain_code, response_to
from host_tools.login.service.privacyidea.routes import router
from host_tools.policy.kinds import DeviceKind
from host_tools.policy.privacyidea import WirePolicy

PASSWORD = "correct horse"
LOGIN = {"user": "maria", "pass": PASSWORD}
POLICY = WirePolicy()


@pytest.fixture
def core():
    return OneUser("maria", PASSWORD)


def client_of(core):
    application = FastAPI()
    application.include_router(router(core, now=lambda: core.now))
    return in_process.client_of(application, headers={"User-Agent": "PAM/2.15.0"})


@pytest.fixture
def client(core):
    with client_of(core) as client:
        yield client


def verdict(answer):
    return answer.status_code, answer.json()["result"].get("authentication")


def error(answer):
    document = answer.json()
    assert document["result"]["status"] is False
    return answer.status_code, document["result"]["error"]["code"]


def token(client, name="keycloak"):
    account = {"username": name, "password": KEYS[name][0]}
    return client.post("/auth", data=account).json()["result"]["value"]["token"]


# A login.


def test_a_password_is_answered_by_a_challenge_whose_response_lets_in_once(client, core):
    asked = client.post("/validate/check", data=LOGIN).json()
    assert (asked["result"]["authentication"], asked["result"]["value"]) == ("CHALLENGE", False)
    detail = asked["detail"]
    question = detail["multi_challenge"][0]["attributes"]["challenge"]
    # What RADIUS, PAM and old clients show and send back, and what the others do.
    assert question in detail["message"]
    assert detail["transaction_id"] == detail["multi_challenge"][0]["transaction_id"]
    answer = {"user": "maria", "transaction_id": detail["transaction_id"]}
    answer["pass"] = respond(Suite.parse(SUITE), core.key, question)
    assert verdict(client.post("/validate/check", data=answer)) == (200, "ACCEPT")
    assert verdict(client.post("/validate/check", data=answer)) == (200, "REJECT")


def test_a_device_with_plain_codes_is_answered_in_one_step_or_in_two():
    for fields in ({"pass": PASSWORD + "246810"}, {"pass": "246810"}):
        with client_of(OneUser("maria", PASSWORD, plain_code="246810")) as client:
            if fields["pass"] == "246810":
                asked = client.post("/validate/check", data=LOGIN).json()["detail"]
                assert "attributes" not in asked
                fields["state"] = asked["transaction_id"]
            assert verdict(client.post("/validate/check", data={"user": "maria", **fields})) == (
                200,
                "ACCEPT",
            )


@pytest.mark.parametrize("how", ["data", "json", "files"])
def test_a_login_may_come_as_form_as_json_or_as_multipart(client, core, how):
    fields = {name: (None, value) for name, value in LOGIN.items()} if how == "files" else LOGIN
    assert verdict(client.post("/validate/check", **{how: fields})) == (200, "CHALLENGE")


def test_a_client_that_encodes_twice_is_understood(client, core):
    core.password = "a+b %41 ä"
    twice = {"user": "maria", "pass": "a%2Bb%20%2541%20%C3%A4"}
    answer = client.post("/validate/check", data=twice, headers={"User-Agent": "FreeRADIUS"})
    assert verdict(answer) == (200, "CHALLENGE")
    once = client.post("/validate/check", data={"user": "maria", "pass": core.password})
    assert verdict(once) == (200, "CHALLENGE")


def test_the_core_learns_where_a_request_comes_from_and_what_the_caller_says_of_it(client, core):
    client.post("/validate/check", data={**LOGIN, "client": "192.0.2.7"})
    assert core.seen[0][2] == Source(in_process.ADDRESS, "192.0.2.7", "PAM/2.15.0")


def test_the_secret_is_wiped_after_the_check_whatever_came_of_it(client, core):
    client.post("/validate/check", data=LOGIN)
    core.failing = RuntimeError("the disk is full")
    assert error(client.post("/validate/check", data=LOGIN)) == (500, -500)
    assert [secret for _, secret, _ in core.seen] == [PASSWORD.encode()] * 2
    assert [bytes(asked.secret) for asked, _, _ in core.seen] == [bytes(len(PASSWORD))] * 2


def test_nothing_that_is_answered_may_be_kept(client):
    for answer in (client.post("/validate/check", data=LOGIN), client.post("/validate/check")):
        assert answer.headers["cache-control"] == "no-store"


# What is no login.


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, (400, 905)),
        ({"content": b"<user/>", "headers": {"Content-Type": "text/xml"}}, (400, 905)),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, (400, 905)),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, (400, 905)),
        ({"files": {"pass": ("name", b"a file")}, "data": {"user": "maria"}}, (400, 905)),
        ({"data": {**LOGIN, "more": "x" * POLICY.body_bytes}}, (413, 905)),
        ({"data": {"user": "maria"}}, (400, 905)),
        ({"data": {"pass": PASSWORD}}, (400, 905)),
        ({"data": {"user": "maria"}, "params": {"pass": PASSWORD}}, (400, 905)),
        ({"data": LOGIN, "params": {"user": "paul"}}, (400, 905)),
        ({"data": {**LOGIN, "challenge": "123456"}}, (403, 303)),
        ({"data": {**LOGIN, "serial": "PD-1"}}, (403, 303)),
    ],
)
def test_what_is_no_login_is_an_error_of_privacyidea_s_and_never_reaches_the_core(
    client, core, request_, expected
):
    answer = client.post("/validate/check", **request_)
    assert error(answer) == expected
    assert core.seen == []
    assert PASSWORD not in answer.text


def test_a_check_by_get_is_none(client, core):
    assert client.get("/validate/check", params=LOGIN).status_code == 405
    assert core.seen == []


# Starting a login whose first factor the caller has checked.


@pytest.mark.parametrize("header", ["Authorization", "PI-Authorization"])
def test_an_api_key_with_that_right_starts_a_login(client, core, header):
    answer = client.post(
        "/validate/triggerchallenge", data={"user": "maria"}, headers={header: token(client)}
    )
    assert verdict(answer) == (200, "CHALLENGE")
    assert answer.json()["result"]["value"] == 1
    assert answer.json()["detail"]["transaction_id"]


def test_for_a_user_who_can_t_be_asked_no_challenge_is_started(client):
    headers = {"Authorization": token(client)}
    answer = client.post("/validate/triggerchallenge", data={"user": "nobody"}, headers=headers)
    assert (verdict(answer), answer.json()["result"]["value"]) == ((200, "REJECT"), 0)


def test_without_a_token_with_another_s_or_an_old_one_or_without_the_right_no_login_is_started(client, core):
    def started(headers):
        return error(client.post("/validate/triggerchallenge", data={"user": "maria"}, headers=headers))

    assert started({}) == (401, 4033)
    assert started({"Authorization": "one.of.mine"}) == (401, 4304)
    assert started({"Authorization": token(client, "reader")}) == (403, 303)
    once_good = token(client)
    core.now += 600
    assert started({"Authorization": once_good}) == (401, 4305)


@pytest.mark.parametrize(
    "account",
    [
        {"username": "keycloak", "password": "wrong"},
        {"username": "keycloak"},
        {"username": "nobody", "password": "x"},
    ],
)
def test_a_wrong_secret_and_an_unknown_key_get_no_token_and_the_same_answer(client, account):
    answer = client.post("/auth", data=account)
    assert error(answer) == (401, 4031)
    assert answer.json()["result"]["error"]["message"] == "Authentication failed."


# A login that is confirmed elsewhere.


@pytest.mark.parametrize(
    ("progress", "value", "authentication"),
    [
        (Progress.PENDING, False, "REJECT"),
        (Progress.ANSWERED, True, "ACCEPT"),
        (Progress.DECLINED, False, "DECLINED"),
    ],
)
def test_a_client_that_polls_sees_how_far_the_login_is(client, core, progress, value, authentication):
    core.progresses["12"] = progress
    for answer in (
        client.get("/validate/polltransaction/12"),
        client.get("/validate/polltransaction", params={"transaction_id": "12"}),
    ):
        document = answer.json()
        assert (answer.status_code, document["result"]["value"]) == (200, value)
        assert document["result"]["authentication"] == authentication
        assert document["detail"]["challenge_status"] == progress.value


class Answering(OneUser):
    """Answers each check by the same outcome."""

    def __init__(self, outcome):
        super().__init__("maria", PASSWORD)
        self.outcome = outcome

    def check(self, asked, source):
        return self.outcome


def test_of_two_devices_each_is_asked_for_by_its_kind_and_the_phone_is_preferred():
    prompts = (confirmation("PHONE"), response_to(DeviceKind.DSC_PLUS, "PD-1", "123456"))
    with client_of(Answering(Challenged("12", prompts))) as client:
        detail = client.post("/validate/check", data=LOGIN).json()["detail"]
    assert [(one["type"], one["client_mode"]) for one in detail["multi_challenge"]] == [
        ("push", "poll"),
        ("ocra", "interactive"),
    ]
    assert (detail["preferred_client_mode"], detail["serial"]) == ("poll", "PD-1")
    assert detail["message"] == ", ".join(prompt.message for prompt in prompts)
    assert detail["transaction_ids"] == ["12", "12"]


@pytest.mark.parametrize(
    ("prompt", "type_", "shown"),
    [
        (response_to(DeviceKind.IB_KEY, "PHONE", "123456"), "ocra", "123456"),
        (card_values(DeviceKind.SECURITY_CODE_CARD, "CARD", (7, 191)), "indexedsecret", "7 and 191"),
        (plain_code(DeviceKind.SMS, ""), "sms", "text message"),
        (plain_code(DeviceKind.TEMPORARY_PASSCODE, ""), "registration", "code"),
        (plain_code(DeviceKind.DSC, "PD-2"), "hotp", "device"),
    ],
)
def test_each_kind_of_device_is_asked_for_in_words_that_hold_the_question(prompt, type_, shown):
    with client_of(Answering(Challenged("12", (prompt,)))) as client:
        detail = client.post("/validate/check", data=LOGIN).json()["detail"]
    assert detail["type"] == type_
    assert shown in detail["message"]
    assert detail["client_mode"] == "interactive"


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Accepted("PD-1"), {"message": "Found matching challenge", "serial": "PD-1", "threadid": 0}),
        (Accepted(), {"message": "Found matching challenge", "threadid": 0}),
        (Rejected(), {"message": "Authentication failed.", "threadid": 0}),
    ],
)
def test_a_verdict_tells_no_more_than_it_must(outcome, expected):
    with client_of(Answering(outcome)) as client:
        document = client.post("/validate/check", data=LOGIN).json()
    assert document["detail"] == expected
    # C++ clients take it as bool, and nothing else.
    assert document["result"]["value"] is isinstance(outcome, Accepted)
