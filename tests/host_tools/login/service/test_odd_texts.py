"""Texts that no encoding has: half of a surrogate pair, which JSON can spell, is refused wherever a text is taken."""

import json

import pytest

HALF = "\ud800"
LONG = HALF + "a" * 16


def ask(api, method, path, body, **more):
    """The answer to a body in ASCII, as JSON can be."""
    headers = {"content-type": "application/json"}
    return api.ask(method, path, content=json.dumps(body), headers=headers, **more)


@pytest.mark.parametrize(
    ("method", "path", "body", "at"),
    [
        ("POST", "/v1/logins", {"user": "alice", "password": LONG}, "password"),
        ("POST", "/v1/logins", {"user": "nobody", "password": LONG}, "password"),
        ("POST", "/v1/logins", {"user": LONG}, "user"),
        ("POST", f"/v1/logins/{'0' * 32}/response", {"response": LONG}, "response"),
        ("POST", f"/v1/logins/{'0' * 32}/page", {"number": LONG}, "number"),
        ("POST", "/v1/users", {"name": LONG}, "name"),
        ("POST", "/v1/users", {"name": "bob", "password": LONG}, "password"),
        ("POST", "/v1/users", {"name": "bob", "phone": LONG}, "phone"),
        ("POST", "/v1/users", {"name": "bob", "language": HALF}, "language"),
        ("PATCH", "/v1/users/alice", {"password": LONG}, "password"),
        ("POST", "/v1/users/alice/devices", {"serial": LONG}, "serial"),
        ("POST", "/v1/users/alice/devices", {"serial": "DS-1", "credential": LONG}, "credential"),
        ("POST", "/v1/users/alice/identification", {"identified_by": LONG}, "identified_by"),
        ("POST", "/v1/users/alice/resynchronisation", {"first": LONG, "second": "1"}, "first"),
        ("POST", "/v1/api-keys", {"name": LONG, "scopes": ["login"]}, "name"),
        ("POST", "/v1/activations", {"user": LONG, "device": 1}, "user"),
        ("POST", "/v1/audit/check", {"outside": {"sequence": 1, "hash": LONG}}, "outside.hash"),
    ],
)
def test_half_a_character_in_a_text_is_an_error_of_the_request(api, house, method, path, body, at):
    house.user()
    answer = ask(api, method, path, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert f"body.{at}" in [one["at"] for one in answer.json()["errors"]]


def test_half_a_character_in_what_a_session_sends_is_an_error_too(api, house):
    house.user()
    house.token()
    session = api.login()
    asked = {
        "/v1/session/pin-change": {"number": LONG},
        "/v1/session/signatures": {"values": [LONG], "signature": "1"},
    }
    for path, body in asked.items():
        assert ask(api, "POST", path, body, session=session).status_code == 422


def test_half_a_character_as_the_name_of_a_field_is_an_error_of_the_request(api):
    answer = ask(api, "POST", "/v1/logins", {"user": "alice", HALF: 1})
    fields = ["user", "password", "device"]
    assert (answer.status_code, answer.json()["errors"]) == (
        422,
        [{"at": "body", "reason": "extra_forbidden", "allowed": fields}],
    )
