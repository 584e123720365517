"""Enrolments at a privacyIDEA server: what is sent, what is not, and what is said when it fails."""

import gzip
import json
import logging
from ipaddress import IPv4Address

import pytest

from dsc.crypto.otp import hotp
from fakes.certificates import certified
from fakes.enrolment_server import ADMIN, PASSWORD, EnrolmentServer, done, refused
from host_tools.inventory import lifecycle
from host_tools.inventory.errors import UnknownCredentialError
from host_tools.inventory.exporting import NotExportableError
from host_tools.station.errors import StationError
from host_tools.station.files import enrolment
from host_tools.station.files.enrolment import Owner, enrol
from host_tools.station.files.privacyidea import PrivacyIdea
from host_tools.station.files.privacyidea_errors import (
    CaFileError,
    CounterNotMovedError,
    EnrolledAlreadyError,
    EnrolmentError,
    OtherKeyError,
    OutcomeUnknownError,
    ServerAddressError,
    ServerRefusedError,
    SignInRefusedError,
    StrangeAnswerError,
    UnenrollableError,
    UnreachableServerError,
    UntrustedServerError,
)

SERIAL = "PD-0000017"
LOGIN = "OCRA-1:HOTP-SHA256-8:QN06"
KEY = "01" * 32


@pytest.fixture
def server():
    with EnrolmentServer() as running:
        yield running


@pytest.fixture
def client(server):
    """The station, signed in."""
    with PrivacyIdea(server.address) as there:
        there.sign_in(ADMIN, bytearray(PASSWORD.encode()))
        yield there


def events(inventory):
    return [(entry.event, entry.detail) for entry in inventory.history(SERIAL) if "key" in entry.event]


# What is sent.


@pytest.mark.parametrize(
    ("suite", "terms"),
    [
        (LOGIN, {"type": "ocra", "ocrasuite": LOGIN, "genkey": "0"}),
        ("HOTP-SHA1-6", {"type": "hotp", "hashlib": "sha1", "otplen": "6"}),
        (
            "TOTP-SHA512-8-T1M",
            {"type": "totp", "hashlib": "sha512", "otplen": "8", "timeStep": "60", "timeWindow": "120"},
        ),
    ],
)
def test_a_credential_is_sent_with_its_key_and_in_the_server_s_terms(
    inventory, record, server, client, suite, terms
):
    record(suite)
    assert enrol(inventory, SERIAL, client) == SERIAL
    assert server.tokens == {SERIAL: {**terms, "serial": SERIAL, "otpkey": KEY}}


def test_the_token_is_given_to_a_user_of_a_realm(inventory, record, server, client):
    record(LOGIN, LOGIN)
    enrol(inventory, SERIAL, client, "Number 1", Owner("maria", "bank"))
    enrol(inventory, SERIAL, client, "Number 2", Owner("maria"))
    given = [(made.get("user"), made.get("realm")) for made in server.tokens.values()]
    assert given == [("maria", "bank"), ("maria", None)]


def test_each_credential_of_a_token_has_a_serial_of_its_own_there(inventory, record, server, client):
    record(LOGIN, "HOTP-SHA1-6", "HOTP-SHA256-8")
    assert enrol(inventory, SERIAL, client, "Number 3") == f"{SERIAL}-3"
    assert enrol(inventory, SERIAL, client, "Number 1") == SERIAL
    assert server.tokens[f"{SERIAL}-3"]["otpkey"] == "03" * 32


def test_a_counter_that_has_moved_moves_the_server_s_by_codes_that_are_used_up(
    inventory, record, server, client
):
    record("HOTP-SHA256-8", counter=40)
    enrol(inventory, SERIAL, client)
    key = bytes.fromhex(KEY)
    before = {f"otp{place}": hotp(key, 37 + place, 8, "SHA256") for place in (1, 2)}
    assert server.calls[-1] == ("POST", "/token/resync", {"serial": SERIAL, **before})


@pytest.mark.parametrize("counter", [0, 1])
def test_a_counter_that_the_server_finds_by_itself_is_left_to_it(inventory, record, server, client, counter):
    record("HOTP-SHA256-8", counter=counter)
    enrol(inventory, SERIAL, client)
    assert server.calls[-1][1] == "/token/init"


# The audit log.


def test_the_audit_log_says_which_key_went_where(inventory, record, server, client):
    record(LOGIN)
    enrol(inventory, SERIAL, client)
    detail = {"server": server.address.removeprefix("http://"), "credential": "01" * 16}
    assert events(inventory) == [("key sent to", detail), ("key enrolled at", detail)]


def test_a_key_whose_fate_is_unknown_is_in_the_audit_log_as_sent(inventory, record, server, client):
    record(LOGIN)
    server.lies["/token/init"] = lambda fields: None
    with pytest.raises(OutcomeUnknownError, match=f"told of {SERIAL}: look there whether"):
        enrol(inventory, SERIAL, client)
    assert [event for event, _ in events(inventory)] == ["key sent to"]


def test_a_key_that_is_not_sent_is_not_in_the_audit_log(inventory, record, server, client):
    record(LOGIN)
    server.tokens[SERIAL] = {}
    with pytest.raises(EnrolledAlreadyError):
        enrol(inventory, SERIAL, client)
    assert events(inventory) == []


# What has to stay.


def test_a_serial_that_is_there_in_whatever_case_is_left_as_it_is(inventory, record, server, client):
    record(LOGIN)
    server.tokens[SERIAL.lower()] = {"otpkey": "00"}
    with pytest.raises(EnrolledAlreadyError, match="remove it there first"):
        enrol(inventory, SERIAL, client)
    assert server.tokens == {SERIAL.lower(): {"otpkey": "00"}}


@pytest.mark.parametrize(
    ("suite", "reason"),
    [
        ("OCRA-1:HOTP-SHA256-0:QN06", 'accept "0"'),
        ("OCRA-1:HOTP-SHA256-7:QN06", "6, 8 or 10 digits"),
        ("OCRA-1:HOTP-SHA256-8:C-QN06", "a counter enters"),
        ("OCRA-1:HOTP-SHA256-8:QN06-PSHA1", "a PIN's hash enters"),
        ("OCRA-1:HOTP-SHA256-8:QN06-S064", "session data enters"),
        ("OCRA-1:HOTP-SHA256-8:QN06-T1M", "the time enters"),
        ("OCRA-1:HOTP-SHA256-8:QH07", "even number of digits"),
    ],
)
def test_a_suite_that_the_server_cannot_judge_is_refused_with_the_reason(
    inventory, record, server, client, suite, reason
):
    record(suite)
    with pytest.raises(UnenrollableError, match=reason) as caught:
        enrol(inventory, SERIAL, client)
    assert caught.value.what == suite
    assert server.tokens == {}


def test_a_credential_of_mutual_logins_is_refused(inventory, record, server, client):
    server_suite = {"server_suite": "OCRA-1:HOTP-SHA1-8:QN06", "server_id": b"s" * 16}
    record(LOGIN, **server_suite, server_key=bytearray(b"k" * 20))
    with pytest.raises(UnenrollableError, match="the page's code first"):
        enrol(inventory, SERIAL, client)


def test_a_counter_that_is_too_far_is_refused(inventory, record, server, client):
    record("HOTP-SHA1-6", counter=enrolment.MOST_AHEAD + 1)
    with pytest.raises(UnenrollableError, match="its counter is 1001"):
        enrol(inventory, SERIAL, client)
    assert server.tokens == {}


def test_a_serial_that_the_server_does_not_allow_is_refused(inventory, record, server, client):
    record(LOGIN, serial="A/7")
    with pytest.raises(UnenrollableError, match="only letters, digits"):
        enrol(inventory, "A/7", client)


def test_a_credential_with_a_duress_pin_stays(inventory, record, server, client):
    record(LOGIN, alarm_key=bytearray(b"a" * 32))
    with pytest.raises(NotExportableError, match="duress PIN"):
        enrol(inventory, SERIAL, client)
    assert server.tokens == {}


def test_a_token_in_doubt_and_one_that_came_back_stay(inventory, record, server, client):
    record(LOGIN, sealed=False)
    with pytest.raises(NotExportableError, match="in doubt"):
        enrol(inventory, SERIAL, client)
    inventory.mark_sealed(SERIAL)
    lifecycle.assign(inventory, SERIAL, "maria")
    lifecycle.take_back(inventory, SERIAL)
    with pytest.raises(NotExportableError, match="returned"):
        enrol(inventory, SERIAL, client)
    assert server.tokens == {}


def test_a_credential_that_there_is_not_is_named(inventory, record, client):
    record(LOGIN)
    with pytest.raises(UnknownCredentialError):
        enrol(inventory, SERIAL, client, "Number 2")


# Signing in.


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (done({"token": "of a user", "role": "user"}), "the account of a user"),
        (done(False, transaction_id="1"), "more than a password"),
        (refused(401, 4031, "Wrong credentials"), "the name or the password is wrong"),
    ],
)
def test_who_may_not_enrol_is_not_let_in(server, answer, reason):
    server.lies["/auth"] = lambda fields: answer
    with PrivacyIdea(server.address) as there, pytest.raises(SignInRefusedError, match=reason) as caught:
        there.sign_in(ADMIN, bytearray(b"a secret"))
    assert "a secret" not in str(caught.value)


def test_a_password_that_is_no_text_is_refused_and_not_shown(server):
    with PrivacyIdea(server.address) as there, pytest.raises(SignInRefusedError, match="not UTF-8") as caught:
        there.sign_in(ADMIN, bytearray(b"secret\xff"))
    assert caught.value.__suppress_context__
    assert server.calls == []


# Where to.


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://pi.example.org", "plain http"),
        ("http://127.0.0.1.example.org", "plain http"),
        ("ftp://pi.example.org", "begins with https"),
        ("pi.example.org", "begins with https"),
        ("https://", "begins with https"),
        ("https://a:b@pi.example.org", "no name and password"),
        ("https://pi.example.org/?realm=x", "ends with its path"),
        ("https://pi.example.org:x", "no address"),
    ],
)
def test_an_address_that_is_none_or_would_show_the_keys_is_refused(address, reason):
    with pytest.raises(ServerAddressError, match=reason):
        PrivacyIdea(address)


@pytest.mark.parametrize("address", ["http://localhost:5000", "http://[::1]/pi", "https://pi.example.org/pi"])
def test_plain_http_is_for_this_machine_itself(address):
    with PrivacyIdea(address) as there:
        assert there.host in address


def test_a_proxy_of_the_environment_is_not_used(inventory, record, server, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with PrivacyIdea(server.address) as there:
        there.sign_in(ADMIN, bytearray(PASSWORD.encode()))
    assert [path for _, path, _ in server.calls] == ["/auth"]


def test_a_server_is_trusted_by_its_certificate(tmp_path):
    files = certified(tmp_path)
    with EnrolmentServer(files) as server, PrivacyIdea(server.address, files.authority) as there:
        there.sign_in(ADMIN, bytearray(PASSWORD.encode()))


@pytest.mark.parametrize("named", [True, False], ids=["another authority", "this machine's authorities"])
def test_a_server_that_nobody_vouches_for_is_told_nothing(tmp_path, named):
    files, other = certified(tmp_path), certified(tmp_path, "other")
    with (
        EnrolmentServer(files) as server,
        PrivacyIdea(server.address, other.authority if named else None) as there,
    ):
        with pytest.raises(UntrustedServerError, match="--ca-file"):
            there.sign_in(ADMIN, bytearray(PASSWORD.encode()))
        assert server.calls == []


def test_a_certificate_of_another_host_is_not_trusted(tmp_path):
    files = certified(tmp_path, host=IPv4Address("127.0.0.9"))
    with EnrolmentServer(files) as server, PrivacyIdea(server.address, files.authority) as there:
        with pytest.raises(UntrustedServerError, match="IP address mismatch"):
            there.sign_in(ADMIN, bytearray(PASSWORD.encode()))
        assert server.calls == []


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "no such file"), ("no certificate", "no certificates in PEM form")]
)
def test_a_file_without_certificates_is_named(tmp_path, content, reason):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CaFileError, match=reason):
        PrivacyIdea("https://pi.example.org", path)


# Servers that misbehave.


def test_a_server_that_is_not_there_is_unreachable():
    with EnrolmentServer() as server:
        pass
    with PrivacyIdea(server.address) as there, pytest.raises(UnreachableServerError, match="refused"):
        there.sign_in(ADMIN, bytearray(b"x"))


def test_a_refusal_is_told_in_the_server_s_words_without_what_would_move_the_cursor(
    inventory, record, server, client
):
    record(LOGIN)
    server.lies["/token/init"] = lambda fields: refused(403, 303, "Admin actions\x1b[2J are defined\n")
    with pytest.raises(ServerRefusedError, match=r"refused: Admin actions\[2J are defined ") as caught:
        enrol(inventory, SERIAL, client)
    assert (caught.value.status, caught.value.code) == (403, 303)


def test_a_refusal_that_repeats_the_key_is_not_repeated(inventory, record, server, client):
    record(LOGIN)
    server.lies["/token/init"] = lambda fields: refused(500, -500, f"bad key {fields['otpkey'].upper()}")
    with pytest.raises(ServerRefusedError) as caught:
        enrol(inventory, SERIAL, client)
    assert KEY not in str(caught.value).lower()


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html>"),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"result": []}'),
        (302, b""),
        (500, b'{"result": {"status": false}}'),
        (500, b'{"result": {"status": false, "error": []}}'),
        (200, b"[" * 100_000),
        (200, b'{"result": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    ],
)
@pytest.mark.parametrize("path", ["/auth", "/token/", "/token/init"])
def test_what_is_not_privacyidea_is_told_apart(inventory, record, server, path, answer):
    record(LOGIN)
    server.lies[path] = lambda fields: answer

    def attempt():
        with PrivacyIdea(server.address) as there:
            there.sign_in(ADMIN, bytearray(PASSWORD.encode()))
            enrol(inventory, SERIAL, there)

    with pytest.raises(StrangeAnswerError, match="is not privacyIDEA"):
        attempt()
    assert "/elsewhere" not in [called for _, called, _ in server.calls]


@pytest.mark.parametrize("value", [None, [], {"tokens": None}, {"tokens": [7]}])
def test_a_list_of_tokens_that_is_none_stops_the_enrolment(inventory, record, server, client, value):
    record(LOGIN)
    server.lies["/token/"] = lambda fields: done(value)
    with pytest.raises(StrangeAnswerError):
        enrol(inventory, SERIAL, client)
    assert events(inventory) == []


def test_a_server_that_does_not_say_whether_it_made_the_token_is_not_believed(
    inventory, record, server, client
):
    record(LOGIN)
    server.lies["/token/init"] = lambda fields: done(None)
    with pytest.raises(StrangeAnswerError, match="does not say whether"):
        enrol(inventory, SERIAL, client)


@pytest.mark.parametrize(
    "detail", [None, [], "x", {"otpkey": None}, {"otpkey": ["value"]}, {"otpkey": {"value": 7}}]
)
def test_what_says_of_the_key_what_privacyidea_never_says_is_told_apart(
    inventory, record, server, client, detail
):
    record(LOGIN)
    body = {"result": {"status": True, "value": True}, "detail": detail}
    server.lies["/token/init"] = lambda fields: (200, json.dumps(body).encode())
    with pytest.raises(StrangeAnswerError, match="is not privacyIDEA"):
        enrol(inventory, SERIAL, client)
    assert [event for event, _ in events(inventory)] == ["key sent to"]


@pytest.mark.parametrize("session", ["a\r\nsession", "sessiön", ""])
def test_a_session_that_cannot_be_sent_is_told_apart_and_not_shown(server, session):
    server.lies["/auth"] = lambda fields: done({"token": session, "role": "admin"})
    with (
        PrivacyIdea(server.address) as there,
        pytest.raises(StrangeAnswerError, match="no session") as caught,
    ):
        there.sign_in(ADMIN, bytearray(PASSWORD.encode()))
    assert "session" not in str(caught.value).replace("no session", "")


def test_an_answer_that_cannot_be_unpacked_leaves_the_outcome_unknown(inventory, record, server, client):
    record(LOGIN)
    server.encoding = "gzip"
    server.lies["/token/init"] = lambda fields: (200, b"no gzip")
    server.lies["/token/"] = lambda fields: (200, gzip.compress(done({"tokens": []})[1]))
    with pytest.raises(OutcomeUnknownError, match="look there whether"):
        enrol(inventory, SERIAL, client)


@pytest.mark.parametrize("made", ["seed://" + "ff" * 20, "", "\ud800"])
def test_a_server_that_made_another_key_is_found_out(inventory, record, server, client, made):
    record("HOTP-SHA1-6")
    server.lies["/token/init"] = lambda fields: done(True, otpkey={"value": made})
    with pytest.raises(OtherKeyError, match="a key of its own"):
        enrol(inventory, SERIAL, client)
    assert [event for event, _ in events(inventory)] == ["key sent to"]


@pytest.mark.parametrize("answer", [done(False), refused(403, 303, "no"), None])
def test_a_server_whose_counter_stayed_where_it_was_is_told_of(inventory, record, server, client, answer):
    record("HOTP-SHA1-6", counter=40)
    server.lies["/token/resync"] = lambda fields: answer
    with pytest.raises(CounterNotMovedError, match="to 40"):
        enrol(inventory, SERIAL, client)


# Secrets.


def test_neither_key_nor_password_is_in_any_log(inventory, record, server, caplog):
    record("HOTP-SHA1-6", counter=40)
    caplog.set_level(logging.DEBUG)
    with PrivacyIdea(server.address) as there:
        there.sign_in(ADMIN, bytearray(PASSWORD.encode()))
        enrol(inventory, SERIAL, there)
        assert "token/init" in caplog.text
    for secret in (KEY, PASSWORD, PASSWORD.replace(" ", "+")):
        assert secret not in caplog.text
    assert KEY not in str(inventory.history())


def test_every_error_of_an_enrolment_is_the_station_s():
    assert issubclass(EnrolmentError, StationError)
