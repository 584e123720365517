"""What the API does, from a user's first login to the operator's look into the audit log."""

import json
import logging
import re
from datetime import timedelta

import pytest

from dsc.crypto.ocra import Suite, respond
from dsc.protocol.confirm import confirmation
from dsc.protocol.transaction import ACCOUNT, AMOUNT, REFERENCE, Field, question
from fakes.login_house import PASSWORD
from host_tools.login.api_keys import Scope

SIGN = "OCRA-1:HOTP-SHA256-8:QH64"


@pytest.fixture
def alice(api):
    """A user with a token, and phone."""
    api.house.user(phone="+41446681800")
    return api.house.token(alarm=True)


def told(answer, status=200):
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def withdrawn(api, session, cents, key="order-0000000001"):
    body = {"cents": cents, "idempotency_key": key}
    return api.ask("POST", "/v1/session/withdrawals", body, session=session)


def events(api):
    return [(one.event, one.actor) for one in api.house.inventory.history()]


def test_a_login_opens_a_session_that_ends(api, alice):
    session = api.login()
    shown = told(api.ask("GET", "/v1/session", session=session))
    assert (shown["user"], shown["kind"], shown["limited"]) == ("alice", "dsc+", False)
    assert shown["opened_at"] == "2026-11-23T12:00:00Z"
    assert told(api.ask("DELETE", "/v1/session", session=session), 204) is None
    assert told(api.ask("GET", "/v1/session", session=session), 401)["code"] == "no-session"


def test_a_login_by_password_says_nothing_of_what_is_wrong(api):
    api.house.user("bob", PASSWORD)
    api.house.token("bob")
    for user, password in (("bob", "wrong" * 4), ("nobody", PASSWORD)):
        body = {"user": user, "password": password}
        refused = api.ask("POST", "/v1/logins", body, key=api.key_of(Scope.LOGIN))
        assert told(refused, 401) == {
            "type": "urn:picodsc:problem:refused", "title": "Unauthorized", "status": 401, "code": "refused",
        }  # fmt: skip
    begun = api.ask("POST", "/v1/logins", {"user": "bob", "password": PASSWORD}, key=api.key_of(Scope.LOGIN))
    assert told(begun, 201)["method"] == "challenge"


def test_a_lost_answer_is_not_had_again(api, alice):
    demand = told(api.ask("POST", "/v1/logins", {"user": "alice"}), 201)
    path = f"/v1/logins/{demand['reference']}/response"
    shown = api.house.hands[demand["serial"]].shows(demand["challenge"], api.house.now())
    assert told(api.ask("POST", path, {"response": shown}))["accepted"]
    again = told(api.ask("POST", path, {"response": shown}), 409)
    assert (again["code"], again["reason"]) == ("not-open", "used")


def test_a_malformed_response_leaves_the_demand_open(api, alice):
    demand = told(api.ask("POST", "/v1/logins", {"user": "alice"}), 201)
    path = f"/v1/logins/{demand['reference']}/response"
    malformed = told(api.ask("POST", path, {"response": "12"}), 422)
    assert (malformed["code"], malformed["expected"]) == ("malformed-response", "8 digits")
    assert told(api.ask("POST", "/v1/logins", {"user": "alice"}), 201)["reference"] == demand["reference"]


def test_a_duress_pin_is_told_to_the_log_and_to_nobody_else(api, alice, capfd):
    usual, forced = api.login(), api.login(alarm=True)
    a, b = (told(api.ask("GET", "/v1/session", session=one)) for one in (usual, forced))
    assert a == b
    told(withdrawn(api, forced, 100))
    line = json.loads(capfd.readouterr().err.splitlines()[0])
    assert (line["event"], line["user"], line["level"]) == ("alarm", "alice", "warning")
    listed = told(api.ask("GET", "/v1/users/alice/withdrawals"))
    assert [(one["cents"], one["alarm"]) for one in listed] == [(100, True)]


def test_withdrawals_are_judged_recorded_and_cancelled(api):
    api.house.user()
    api.house.token(suite="HOTP-SHA1-6")
    session = told(_code_login(api))["session"]
    limits = told(api.ask("GET", "/v1/session/limits", session=session))
    assert (limits["kind"], limits["day_cents"], limits["left_cents"]) == ("dsc", 100_000_000, 100_000_000)
    assert limits["unknown_since_backup"] is False
    first = told(withdrawn(api, session, 60_000_000))
    assert first["allowed"]
    second = told(withdrawn(api, session, 60_000_000, "order-0000000002"))
    assert (second["allowed"], second["reference"], second["reason"]) == (False, None, "day")
    assert second["possible_at"] == "2026-11-24T05:00:00Z"
    told(api.ask("DELETE", f"/v1/withdrawals/{first['reference']}"), 204)
    assert (
        told(api.ask("DELETE", f"/v1/withdrawals/{first['reference']}"), 404)["code"] == "unknown-withdrawal"
    )
    of_user = told(api.ask("GET", "/v1/users/alice/limits"))
    assert [(one["kind"], one["left_cents"]) for one in of_user] == [(None, 5_000_000), ("dsc", 100_000_000)]
    assert told(api.ask("POST", "/v1/withdrawals/known", {"user": "alice"})) == {"users": 0}


@pytest.mark.parametrize("cents", [0, -1, 10**30, "100", True, 1.5, None])
def test_what_is_no_amount_is_refused(api, alice, cents):
    assert told(withdrawn(api, api.login(), cents), 422)["code"] == "invalid-request"


@pytest.mark.parametrize("key", [None, "", "short", "a" * 65, "a" * 16 + "\n", "order 0000000001", 10**16])
def test_a_withdrawal_without_an_idempotency_key_is_refused(api, alice, key):
    session = api.login()
    assert told(withdrawn(api, session, 100, key), 422)["code"] == "invalid-request"
    without = api.ask("POST", "/v1/session/withdrawals", {"cents": 100}, session=session)
    assert told(without, 422)["errors"] == [{"at": "body.idempotency_key", "reason": "missing"}]
    assert told(api.ask("GET", "/v1/users/alice/withdrawals")) == []


def test_a_withdrawal_that_is_sent_twice_is_answered_the_same_and_counts_once(api):
    api.house.user()
    api.house.user("bob")
    api.house.token(suite="HOTP-SHA1-6")
    api.house.token("bob")
    session = told(_code_login(api))["session"]
    first = told(withdrawn(api, session, 100_000_000))
    assert (first["allowed"], first["left_today_cents"]) == (True, 0)
    assert told(withdrawn(api, session, 100_000_000)) == first
    (listed,) = told(api.ask("GET", "/v1/users/alice/withdrawals"))
    assert (listed["reference"], listed["idempotency_key"]) == (first["reference"], "order-0000000001")
    other = told(withdrawn(api, session, 1), 409)
    assert (other["code"], other["differs"]) == ("idempotency-key-used", "amount")
    other = told(withdrawn(api, api.login("bob"), 100_000_000), 409)
    assert (other["code"], other["differs"]) == ("idempotency-key-used", "user")
    told(api.ask("DELETE", f"/v1/withdrawals/{first['reference']}"), 204)
    over = told(withdrawn(api, session, 100_000_000), 409)
    assert (over["code"], over["reference"]) == ("withdrawal-cancelled", first["reference"])


def test_a_pin_change_is_confirmed_while_the_answer_is_fresh(api, alice, clock):
    session = api.login()
    hand = api.house.hands["DS-1"]
    shown = told(api.ask("POST", "/v1/session/pin-change", {"number": "1234 5678"}, session=session))
    assert shown == {"confirmation": confirmation(hand.key(), "DS-1", "12345678")}
    refused = told(api.ask("POST", "/v1/session/pin-change", {"number": "1"}, session=session), 422)
    assert (refused["code"], "eight digits" in refused["expected"]) == ("malformed-number", True)
    clock.advance(minutes=11)
    stale = told(api.ask("POST", "/v1/session/pin-change", {"number": "12345678"}, session=session), 409)
    assert (stale["code"], stale["lasts"]) == ("stale-session", 600.0)


def test_a_transaction_is_signed_with_the_reference_that_was_issued_for_it(api, alice):
    form = (Field(AMOUNT, "Amount", 2, "EUR"), Field(ACCOUNT, "To account"), Field(REFERENCE, "Reference"))
    device = api.house.token(sign_suite=SIGN, form=form)
    session = api.login()

    def judged(values, status=200):
        key = api.house.hands[device.token.serial].key()
        signed = respond(Suite.parse(SIGN), key, question(device.token.serial, form, values))
        body = {"values": values, "signature": signed}
        return told(api.ask("POST", "/v1/session/signatures", body, session=session), status)

    reference = told(api.ask("POST", "/v1/session/references", session=session), 201)["reference"]
    for never_issued in ("777777", "0000000777777"):
        assert judged(["100", "12", never_issued], 409)["code"] == "reference-not-issued"
    assert judged(["100", "12", reference])["accepted"]
    assert judged(["100", "12", reference], 409)["code"] == "reference-used"
    short = {"values": ["100", "12"], "signature": "12345678"}
    refused = told(api.ask("POST", "/v1/session/signatures", short, session=session), 422)
    assert (refused["code"], refused["expected"]) == ("malformed-value", 3)
    assert refused["labels"] == ["Amount", "To account", "Reference"]
    wrong = {"values": ["001", "12", "000002"], "signature": "12345678"}
    refused = told(api.ask("POST", "/v1/session/signatures", wrong, session=session), 422)
    assert (refused["label"], refused["reason"]) == ("Amount", "an amount has no leading zeros")


def test_the_help_desk_bridges_a_lost_token(api, alice):
    desk = api.key_of(Scope.HELP_DESK)
    by = {"identified_by": "called back"}
    issued = told(api.ask("POST", "/v1/users/alice/passcode", by, key=desk), 201)
    passcode = issued["passcode"]
    assert (issued["lifted"], issued["locked_until"]) == (False, None)
    assert told(api.ask("POST", "/v1/users/alice/passcode", by, key=desk), 409)["code"] == "passcode-twice"
    demand = told(api.ask("POST", "/v1/logins", {"user": "alice"}), 201)
    assert demand["method"] == "passcode"
    answered = api.ask("POST", f"/v1/logins/{demand['reference']}/response", {"response": passcode})
    session = told(answered)["session"]
    card = told(api.ask("POST", "/v1/session/card", session=session), 201)
    asked = api.ask("POST", "/v1/session/activations", {"device": card["device"]}, session=session)
    demand = told(asked, 201)
    typed = "".join(card["codes"][index - 1] for index in demand["indexes"])
    path = f"/v1/activations/{demand['reference']}/response"
    assert told(api.ask("POST", path, {"response": typed}), 401)["code"] == "no-session"
    activated = told(api.ask("POST", path, {"response": typed}, session=session))
    assert activated == {"accepted": True, "device": card["device"]}
    states = {one["id"]: one["state"] for one in told(api.ask("GET", "/v1/users/alice/devices"))}
    assert states[card["device"]] == "active"
    log = json.dumps([one.detail for one in api.house.inventory.history()])
    assert passcode not in log


def test_an_activation_by_the_duress_pin_is_answered_as_any_and_what_follows_in_its_session_is_an_alarm(
    api, alice, capfd
):
    answers = []
    for alarm in (False, True):
        api.house.token(alarm=True, active=False)
        session = api.login()
        devices = told(api.ask("GET", "/v1/session/devices", session=session))
        demand = told(
            api.ask("POST", "/v1/session/activations", {"device": devices[-1]["id"]}, session=session), 201
        )
        shown = api.house.hands[demand["serial"]].shows(demand["challenge"], api.house.now(), alarm=alarm)
        answer = api.ask(
            "POST", f"/v1/activations/{demand['reference']}/response", {"response": shown}, session=session
        )
        told(withdrawn(api, session, 100, f"order-000000000{alarm:d}"))
        answers.append(
            (told(answer)["accepted"], answer.status_code, len(answer.content), set(answer.headers))
        )
    assert answers[0] == answers[1]
    assert [one["alarm"] for one in told(api.ask("GET", "/v1/users/alice/withdrawals"))] == [False, True]
    assert capfd.readouterr().err.count('"alarm"') == 1


def test_more_withdrawals_than_may_be_asked_for_a_day_are_refused_until_the_next(api, alice):
    session = api.login()
    for number in range(100):
        assert told(withdrawn(api, session, 100, f"order-{number:010}"))["allowed"]
    refused = withdrawn(api, session, 100, "order-of-another-day")
    assert told(refused, 429) == {
        "type": "urn:picodsc:problem:too-many-withdrawals", "title": "Too Many Requests", "status": 429,
        "code": "too-many-withdrawals", "most": 100, "until": "2026-11-24T05:00:00Z",
    }  # fmt: skip
    assert refused.headers["retry-after"] == str(17 * 3600)
    assert told(withdrawn(api, session, 100, "order-0000000001"))["allowed"]


def test_what_is_done_by_an_api_key_is_in_the_audit_log_under_its_name(api, alice):
    desk = api.key_of(Scope.HELP_DESK)
    told(api.ask("POST", "/v1/users/alice/identification", {"identified_by": "passport"}, key=desk))
    assert ("user identified", "service: key-1") in events(api)
    api.house.user("bob")
    assert ("user added", "service") in events(api)


def test_an_activation_is_vouched_for_by_the_help_desk(api):
    api.house.user()
    device = api.house.token(active=False)
    desk = api.key_of(Scope.HELP_DESK)
    begun = api.ask("POST", "/v1/activations", {"user": "alice", "device": device.id}, key=desk)
    demand = told(begun, 201)
    shown = api.house.hands["DS-1"].shows(demand["challenge"], api.house.now())
    as_login = api.ask("POST", f"/v1/logins/{demand['reference']}/response", {"response": shown})
    assert told(as_login, 409)["code"] == "not-open"
    path = f"/v1/activations/{demand['reference']}/response"
    assert told(api.ask("POST", path, {"response": shown}, key=desk))["accepted"]
    assert api.login()


@pytest.mark.parametrize("alarm", [False, True])
def test_a_pin_change_is_confirmed_by_telephone_and_opens_no_session(api, alice, clock, capfd, alarm):
    desk, hand = api.key_of(Scope.HELP_DESK), api.house.hands["DS-1"]
    demand = told(api.ask("POST", "/v1/pin-changes", {"user": "alice"}, key=desk), 201)
    path = f"/v1/pin-changes/{demand['reference']}"
    number = {"number": "1234 5678"}
    needed = told(api.ask("POST", f"{path}/confirmation", number, key=desk), 409)
    assert (needed["code"], needed["lasts"]) == ("answer-needed", 600.0)
    response = {"response": hand.shows(demand["challenge"], api.house.now(), alarm=alarm)}
    for other in ("logins", "activations"):
        as_other = api.ask("POST", f"/v1/{other}/{demand['reference']}/response", response)
        assert told(as_other, 409)["code"] == "not-open"
    assert told(api.ask("POST", f"{path}/response", response, key=desk)) == {"accepted": True}
    given = told(api.ask("POST", f"{path}/confirmation", number, key=desk))
    assert given == {"confirmation": confirmation(hand.key(alarm=alarm), "DS-1", "12345678")}
    told(api.ask("POST", f"{path}/confirmation", {"number": "1"}, key=desk), 422)
    assert told(api.ask("GET", "/v1/users/alice", key=desk))["open_sessions"] == 0
    assert capfd.readouterr().err.count('"alarm"') == alarm
    assert ("PIN change confirmed", "service: key-1") in events(api)
    clock.advance(minutes=10)
    assert told(api.ask("POST", f"{path}/confirmation", number, key=desk), 409)["code"] == "answer-needed"


def test_the_page_s_number_is_answered_where_its_response_is_and_by_whom(api, alice):
    api.house.user("bob")
    api.house.token("bob", is_mutual=True)
    second = api.house.token(is_mutual=True, active=False)
    session = api.login()
    login, desk = api.key_of(Scope.VOUCH), api.key_of(Scope.HELP_DESK)
    begun = {
        "logins": told(api.ask("POST", "/v1/logins", {"user": "bob"}, key=login), 201),
        "pin-changes": told(api.ask("POST", "/v1/pin-changes", {"user": "bob"}, key=desk), 201),
        "activations": told(
            api.ask("POST", "/v1/session/activations", {"device": second.id}, session=session), 201
        ),
    }

    def page(route, which, **to):
        return api.ask("POST", f"/v1/{route}/{begun[which]['reference']}/page", {"number": "123457"}, **to)

    for route in begun:
        for which in begun:
            if route != which:
                assert told(page(route, which, session=session), 409)["code"] == "not-open"
    assert told(page("activations", "activations"), 401)["code"] == "no-session"
    for route in begun:
        assert told(page(route, route, session=session))["code"]
    told(api.ask("DELETE", "/v1/session", session=session), 204)
    assert told(page("activations", "activations", session=session), 401)["code"] == "no-session"


def test_a_wrong_answer_by_telephone_confirms_nothing_and_says_which_token_is_meant(api, alice):
    demand = told(api.ask("POST", "/v1/pin-changes", {"user": "alice"}), 201)
    path = f"/v1/pin-changes/{demand['reference']}"
    right = api.house.hands["DS-1"].shows(demand["challenge"], api.house.now())
    wrong = {"response": f"{(int(right) + 1) % 10**8:08}"}
    assert told(api.ask("POST", f"{path}/response", wrong)) == {"accepted": False}
    assert told(api.ask("POST", f"{path}/response", {"response": right}), 409)["code"] == "not-open"
    needed = told(api.ask("POST", f"{path}/confirmation", {"number": "12345678"}), 409)
    assert needed["code"] == "answer-needed"
    second = api.house.token()
    choice = told(api.ask("POST", "/v1/pin-changes", {"user": "alice"}), 409)
    assert (choice["code"], choice["devices"]) == ("device-choice", [alice.id, second.id])
    told(api.ask("POST", "/v1/pin-changes", {"user": "alice", "device": second.id}), 201)
    api.house.user("bob")
    api.house.token("bob", suite="HOTP-SHA1-6")
    none = told(api.ask("POST", "/v1/pin-changes", {"user": "bob"}), 409)
    assert none["code"] == "no-confirmable-token"


def test_the_help_desk_lifts_a_block_and_ends_sessions(api, alice, clock):
    session = api.login()
    assert told(api.ask("DELETE", "/v1/users/alice/sessions"))["sessions"] == 1
    assert told(api.ask("GET", "/v1/session", session=session), 401)["code"] == "no-session"
    for _ in range(3):
        for _ in range(10):
            api.house.fail()
        clock.advance(hours=25)
    blocked = told(api.ask("POST", "/v1/logins", {"user": "alice"}), 423)
    assert (blocked["code"], blocked["failures"]) == ("blocked", 30)
    lifted = api.ask("POST", "/v1/users/alice/identification", {"identified_by": "passport"})
    assert told(lifted) == {"lifted": True}
    assert api.login()


def test_a_lock_says_until_when(api, alice):
    for _ in range(10):
        api.house.fail()
    locked = told(api.ask("POST", "/v1/logins", {"user": "alice"}), 423)
    assert (locked["code"], locked["until"]) == ("locked", "2026-11-24T12:00:00Z")


def test_the_help_desk_sees_why_a_login_is_refused(api, alice):
    desk = api.key_of(Scope.HELP_DESK)
    api.login()
    shown = told(api.ask("GET", "/v1/users/alice", key=desk))
    assert (shown["failures"], shown["locked_until"], shown["open_sessions"]) == (0, None, 1)
    for _ in range(10):
        api.house.fail()
    shown = told(api.ask("GET", "/v1/users/alice", key=desk))
    assert (shown["name"], shown["failures"], shown["blocked"]) == ("alice", 10, False)
    assert (shown["locked_until"], shown["blocked_devices"]) == ("2026-11-24T12:00:00Z", [])


def test_a_counter_is_found_by_two_codes(api):
    api.house.user()
    api.house.token(suite="HOTP-SHA1-6", counter=0)
    hand = api.house.hands["DS-1"]
    hand.counter = 300
    first, second = hand.shows(None, api.house.now()), hand.shows(None, api.house.now())
    body = {"first": first, "second": second}
    assert told(api.ask("POST", "/v1/users/alice/resynchronisation", body)) == {"accepted": True}
    assert told(_code_login(api))["accepted"]


def test_a_clock_is_found_by_two_codes(api):
    api.house.user()
    api.house.token(suite="TOTP-SHA256-8-T30S")
    hand = api.house.hands["DS-1"]
    first, second = (hand.shows(None, api.house.now() + timedelta(minutes=off)) for off in (20, 20.5))
    wrong = {"first": second, "second": first}
    assert told(api.ask("POST", "/v1/users/alice/resynchronisation", wrong)) == {"accepted": False}
    assert told(api.ask("GET", "/v1/users/alice"))["failures"] == 1
    body = {"first": first, "second": second}
    assert told(api.ask("POST", "/v1/users/alice/resynchronisation", body)) == {"accepted": True}
    assert told(api.ask("POST", "/v1/users/alice/resynchronisation", body)) == {"accepted": False}


def test_users_are_added_shown_by_pages_changed_and_closed(api):
    for name in ("bob", "alice", "carol"):
        told(api.ask("POST", "/v1/users", {"name": name, "password": PASSWORD}), 201)
    assert told(api.ask("POST", "/v1/users", {"name": "BOB"}), 409)["code"] == "user-exists"
    page = told(api.ask("GET", "/v1/users?most=2"))
    assert ([one["name"] for one in page["users"]], page["next"]) == (["alice", "bob"], "bob")
    page = told(api.ask("GET", f"/v1/users?most=2&after={page['next']}"))
    assert ([one["name"] for one in page["users"]], page["next"]) == (["carol"], None)
    changed = told(api.ask("PATCH", "/v1/users/bob", {"phone": "+41446681800", "password": None}))
    assert (changed["phone"], changed["has_password"]) == ("+41446681800", False)
    assert told(api.ask("PATCH", "/v1/users/bob", {"phone": "12"}), 422)["field"] == "phone"
    both = {"password": PASSWORD, "phone": "12"}
    assert told(api.ask("PATCH", "/v1/users/bob", both), 422)["field"] == "phone"
    assert not told(api.ask("GET", "/v1/users/bob"))["has_password"]
    told(api.ask("DELETE", "/v1/users/bob"), 204)
    assert told(api.ask("DELETE", "/v1/users/bob"), 409)["code"] == "account-closed"


def test_a_message_is_read_and_sent_by_hand(api):
    api.house.user(phone="+41446681800")
    assert told(api.ask("POST", "/v1/users/alice/sms"), 201)["kind"] == "sms"
    demand = told(api.ask("POST", "/v1/logins", {"user": "alice"}), 201)
    assert demand["sent_to"] == "+•••••••••00"
    (waiting,) = told(api.ask("GET", "/v1/outbox?waiting=true"))
    text = told(api.ask("POST", f"/v1/outbox/{waiting['id']}/reading"))["text"]
    code = re.search(r"[0-9]{6}", text)[0]
    told(api.ask("POST", f"/v1/outbox/{waiting['id']}/sent"), 204)
    assert told(api.ask("POST", f"/v1/outbox/{waiting['id']}/reading"), 404)["code"] == "unknown-message"
    assert [one["state"] for one in told(api.ask("GET", "/v1/outbox"))] == ["sent"]
    assert code not in json.dumps(told(api.ask("GET", "/v1/outbox")))
    answered = api.ask("POST", f"/v1/logins/{demand['reference']}/response", {"response": code})
    assert told(answered)["accepted"]


def test_a_key_is_shown_once_works_and_is_revoked(api):
    made = told(api.ask("POST", "/v1/api-keys", {"name": "page", "scopes": ["login"]}), 201)["key"]
    assert told(api.ask("GET", "/v1/session", key=made), 401)["code"] == "no-session"
    listed = told(api.ask("GET", "/v1/api-keys"))
    assert [one["scopes"] for one in listed if one["name"] == "page"] == [["login"]]
    assert made not in json.dumps(listed)
    told(api.ask("DELETE", "/v1/api-keys/page"), 204)
    assert told(api.ask("GET", "/v1/session", key=made), 401)["code"] == "api-key-refused"
    assert told(api.ask("DELETE", "/v1/api-keys/page"), 404)["code"] == "unknown-key"


def test_the_audit_log_is_checked_against_a_head_kept_elsewhere(api, alice):
    head = told(api.ask("GET", "/v1/audit/head"))
    api.login()
    assert told(api.ask("POST", "/v1/audit/check", {"outside": head}))["sequence"] > head["sequence"]
    forged = {**head, "hash": "0" * 64}
    broken = told(api.ask("POST", "/v1/audit/check", {"outside": forged}), 409)
    assert (broken["code"], broken["sequence"]) == ("audit-broken", head["sequence"])


def test_no_secret_is_logged(api, alice, capfd):
    logging.getLogger().setLevel("DEBUG")
    session = api.login()
    told(api.ask("POST", "/v1/session/pin-change", {"number": "12345679"}, session=session))
    body = {"user": "alice", "password": "hunter2" * 3}
    told(api.ask("POST", "/v1/logins", body), 401)
    printed = "".join(capfd.readouterr())
    for secret in (session, api.key, "12345679", "hunter2"):
        assert secret not in printed


def _code_login(api):
    demand = told(api.ask("POST", "/v1/logins", {"user": "alice"}), 201)
    code = api.house.hands["DS-1"].shows(None, api.house.now())
    return api.ask("POST", f"/v1/logins/{demand['reference']}/response", {"response": code})
