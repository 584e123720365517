"""Whom the service lets in: every route against every kind of caller, by a table written by hand."""

from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts

from fakes.login_api import api_in
from host_tools.login import api_keys
from host_tools.login.api_keys import Scope

L, V, H, O = Scope.LOGIN, Scope.VOUCH, Scope.HELP_DESK, Scope.OPERATOR  # noqa: E741
FRONT = {L, V}
ANYBODY = None
REFERENCE = "0" * 32
# What may ask what. A route that is not here fails; a body is what the route takes, so that only the caller is wrong.
USER = "/v1/users/{name}"
SESSION = "/v1/session"
ACTIVATION = "/v1/activations/{reference}"
PIN_CHANGE = "/v1/pin-changes/{reference}"
TABLE = {
    ("GET", "/healthz"): (ANYBODY, None),
    ("GET", "/metrics"): (ANYBODY, None),
    ("GET", "/openapi.json"): (ANYBODY, None),
    # privacyIDEA's interface has its own door: networks, and tokens (test_privacyidea_core).
    ("POST", "/validate/check"): (ANYBODY, None),
    ("POST", "/validate/triggerchallenge"): (ANYBODY, None),
    ("GET", "/validate/polltransaction"): (ANYBODY, None),
    ("GET", "/validate/polltransaction/{transaction_id}"): (ANYBODY, None),
    ("POST", "/auth"): (ANYBODY, None),
    ("POST", "/v1/logins"): (FRONT, {"user": "nobody"}),
    ("POST", "/v1/logins/{reference}/page"): (FRONT, {"number": "123456"}),
    ("POST", "/v1/logins/{reference}/response"): (FRONT, {"response": "123456"}),
    ("GET", SESSION): (FRONT, None),
    ("DELETE", SESSION): (FRONT, None),
    ("GET", f"{SESSION}/devices"): (FRONT, None),
    ("GET", f"{SESSION}/limits"): (FRONT, None),
    ("POST", f"{SESSION}/withdrawals"): (FRONT, {"cents": 1, "idempotency_key": "order-0000000001"}),
    ("POST", f"{SESSION}/pin-change"): (FRONT, {"number": "12345678"}),
    ("POST", f"{SESSION}/references"): (FRONT, None),
    ("POST", f"{SESSION}/signatures"): (FRONT, {"values": ["1"], "signature": "12345678"}),
    ("POST", f"{SESSION}/activations"): (FRONT, {"device": 1}),
    ("POST", f"{SESSION}/card"): (FRONT, None),
    ("POST", "/v1/activations"): ({H}, {"user": "nobody", "device": 1}),
    ("POST", f"{ACTIVATION}/page"): ({L, V, H}, {"number": "123456"}),
    ("POST", f"{ACTIVATION}/response"): ({L, V, H}, {"response": "123456"}),
    ("POST", f"{USER}/identification"): ({H}, {"identified_by": "passport"}),
    ("POST", f"{USER}/unlock-codes"): ({H}, {"n": 1, "identified_by": "passport"}),
    ("POST", f"{USER}/resynchronisation"): ({H}, {"first": "123456", "second": "123456"}),
    ("POST", f"{USER}/passcode"): ({H}, {"identified_by": "passport"}),
    ("POST", f"{USER}/cards"): ({H}, {"online": True}),
    ("POST", "/v1/pin-changes"): ({H}, {"user": "nobody"}),
    ("POST", f"{PIN_CHANGE}/page"): ({H}, {"number": "123456"}),
    ("POST", f"{PIN_CHANGE}/response"): ({H}, {"response": "12345678"}),
    ("POST", f"{PIN_CHANGE}/confirmation"): ({H}, {"number": "12345678"}),
    ("DELETE", f"{USER}/sessions"): ({H, O}, None),
    ("GET", "/v1/users"): ({H, O}, None),
    ("POST", "/v1/users"): ({O}, {"name": "alice", "password": "short"}),
    ("GET", USER): ({H, O}, None),
    ("PATCH", USER): ({O}, {"phone": None}),
    ("DELETE", USER): ({O}, None),
    ("GET", f"{USER}/devices"): ({H, O}, None),
    ("POST", f"{USER}/devices"): ({O}, {"serial": "DS-1"}),
    ("POST", f"{USER}/sms"): ({O}, None),
    ("POST", f"{USER}/devices/{{device}}/activation"): ({O}, None),
    ("DELETE", f"{USER}/devices/{{device}}"): ({H, O}, None),
    ("GET", f"{USER}/withdrawals"): ({O}, None),
    ("GET", f"{USER}/limits"): ({O}, None),
    ("DELETE", "/v1/withdrawals/{reference}"): ({O}, None),
    ("POST", "/v1/withdrawals/known"): ({O}, {"user": None}),
    ("GET", "/v1/api-keys"): ({O}, None),
    ("POST", "/v1/api-keys"): ({O}, {"name": "key-0", "scopes": ["login"]}),
    ("DELETE", "/v1/api-keys/{name}"): ({O}, None),
    ("GET", "/v1/outbox"): ({O}, None),
    ("POST", "/v1/outbox/{number}/reading"): ({O}, None),
    ("POST", "/v1/outbox/{number}/sent"): ({O}, None),
    ("GET", "/v1/audit/head"): ({O}, None),
    ("POST", "/v1/audit/check"): ({O}, {}),
}
KEYED = [route for route, (scopes, _) in TABLE.items() if scopes is not ANYBODY]
OF_SESSIONS = [route for route in KEYED if route[1].startswith(SESSION)]
WITH_BODY = [route for route in KEYED if TABLE[route][1] is not None]


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    """Shared: no test here changes what another one asks about."""
    with api_in(tmp_path_factory.mktemp("api")) as opened:
        opened.house.user()
        opened.house.token()
        yield opened


@pytest.fixture(scope="module")
def revoked(api):
    key = api_keys.add_key(api.house.system, "revoked", list(Scope))
    api_keys.revoke_key(api.house.system, "revoked")
    return key


def path_of(route):
    return route[1].format(reference=REFERENCE, name="nobody", device=1, number=1)


def routes_of(app):
    """Every route of the application, documented or not."""
    found = set()
    for context in iter_route_contexts(app.routes):
        found |= {(method, context.path) for method in context.original_route.methods - {"HEAD"}}
    return found


def ids(route):
    return " ".join(route)


def test_every_route_is_in_the_table(api):
    assert routes_of(api.app) == set(TABLE)


def test_the_document_says_whom_each_route_lets_in(api):
    said = {}
    for path, operations in api.app.openapi()["paths"].items():
        for method, operation in operations.items():
            scopes = operation.get("x-scopes")
            said[method.upper(), path] = None if scopes is None else set(scopes)
            assert [[one] for one in scopes or []] == [one["ApiKey"] for one in operation.get("security", [])]
            sessions = [one for one in operation.get("security", []) if "Session" in one]
            assert len(sessions) == (len(scopes) if (method.upper(), path) in OF_SESSIONS else 0)
    undocumented = {("GET", "/openapi.json")}
    assert said == {route: scopes for route, (scopes, _) in TABLE.items() if route not in undocumented}


@pytest.mark.parametrize("route", KEYED, ids=ids)
def test_only_who_has_one_of_the_scopes_is_let_in(api, revoked, route):
    scopes, body = TABLE[route]
    method, path = route[0], path_of(route)

    def answer(key, **more):
        return api.ask(method, path, body, key=key, **more)

    nobody = answer(None)
    assert (nobody.status_code, nobody.json()["code"]) == (401, "no-api-key")
    for wrong in ("garbage", revoked, revoked[:-1], "x" * 5000, "picodsc_key-0_"):
        refused = answer(wrong)
        assert (refused.status_code, refused.json()["code"]) == (401, "api-key-refused")
        assert refused.headers["www-authenticate"] == "Bearer"
    basic = answer(None, headers={"authorization": f"Basic {api.key}"})
    assert (basic.status_code, basic.json()["code"]) == (401, "api-key-refused")
    for scope in Scope:
        told = answer(api.key_of(scope))
        lets_in = scope in scopes
        if route == ("POST", "/v1/logins") and scope is L:
            refused = told.json()
            assert (refused["code"], refused["needed"], refused["because"]) == (
                "scope-missing", ["vouch"], "no-password",
            )  # fmt: skip
            continue
        if route == ("POST", "/v1/logins") and scope is Scope.VOUCH:
            given = {**body, "password": "correct horse"}
            refused = api.ask(method, path, given, key=api.key_of(scope)).json()
            assert (refused["code"], refused["needed"], refused["because"]) == (
                "scope-missing", ["login"], "password",
            )  # fmt: skip
        assert (told.status_code == 403) != lets_in, (scope, told.text)
        if not lets_in:
            assert (told.json()["code"], told.json()["needed"]) == ("scope-missing", sorted(scopes))


@pytest.mark.parametrize("route", OF_SESSIONS, ids=ids)
def test_a_session_is_asked_for_beside_the_key(api, route):
    body = TABLE[route][1]
    method, path = route[0], path_of(route)
    for session in (None, "", "garbage", "x" * 5000, api.key):
        refused = api.ask(method, path, body, session=session)
        assert (refused.status_code, refused.json()["code"]) == (401, "no-session")
    session = api.login()
    assert api.ask(method, path, body, session=session, key=None).json()["code"] == "no-api-key"
    assert api.ask(method, path, body, session=session).status_code not in (401, 403)
    api.ask("DELETE", SESSION, session=session)
    assert api.ask(method, path, body, session=session).json()["code"] == "no-session"


@pytest.mark.parametrize("route", WITH_BODY, ids=ids)
def test_a_body_is_limited_and_has_no_unknown_fields(api, route):
    body = TABLE[route][1]
    method, path = route[0], path_of(route)
    more = api.ask(method, path, {**body, "hunter2": "correct horse"})
    if route in OF_SESSIONS:
        assert more.json()["code"] == "no-session"
        more = api.ask(method, path, {**body, "hunter2": "correct horse"}, session=api.login())
    assert more.status_code == 422
    (error,) = more.json()["errors"]
    assert (error["at"], error["reason"]) == ("body", "extra_forbidden")
    assert set(body) <= set(error["allowed"])
    assert "hunter2" not in more.text
    assert "horse" not in more.text
    large = api.ask(method, path, content=b" " * 65_537, headers={"content-type": "application/json"})
    assert (large.status_code, large.json()["code"]) == (413, "body-too-large")
    for wrong in (b"{", b"[]", b'{"a"', b"\xff", b"[" * 60_000, b"9" * 60_000):
        refused = api.ask(method, path, content=wrong, headers={"content-type": "application/json"})
        assert refused.status_code in (400, 401, 422), refused.text


def test_the_guide_lists_every_endpoint_with_its_scopes(api):
    rows = []
    for path, operations in api.app.openapi()["paths"].items():
        for method, operation in operations.items():
            if "x-scopes" in operation:
                scopes = ", ".join(f"`{one}`" for one in operation["x-scopes"])
                rows.append(f"| `{method.upper()} {path}` | {scopes} |")
    guide = (Path(__file__).parents[4] / "docs" / "login-service.md").read_text()
    assert "\n".join(["| endpoint | scopes (one of) |", "|---|---|", *rows, ""]) in guide
