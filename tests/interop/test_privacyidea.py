"""Tokens of ours at a real privacyIDEA server: enrolled, asked, answered by their keys and screens, judged there."""

import os
import time

import pytest
from typer.testing import CliRunner

from dsc.crypto.ocra import Suite, respond
from dsc.protocol.plain import Method, code
from fakes.privacyidea_server import ADMIN, PASSWORD, REALM, USER
from host_tools.cli.main import app
from host_tools.inventory import NewCredential
from host_tools.inventory.exporting import exported_keys
from host_tools.station.files import pskc_writer
from host_tools.station.files.enrolment import Owner, enrol
from host_tools.station.files.privacyidea import PrivacyIdea
from host_tools.station.files.privacyidea_errors import (
    EnrolledAlreadyError,
    OtherKeyError,
    ServerRefusedError,
    SignInRefusedError,
    UntrustedServerError,
)
from host_tools.station.files.protection import Protection

PIN = "729461"
LOGIN = "OCRA-1:HOTP-SHA256-8:QN06"


@pytest.fixture(scope="session")
def station(privacyidea):
    """Our client, signed in."""
    with PrivacyIdea(privacyidea.address, privacyidea.certified.authority) as there:
        there.sign_in(ADMIN, bytearray(PASSWORD.encode()))
        yield there


@pytest.fixture
def record(inventory):
    """Records a sealed token that nobody has made; its key is the length of its suite's hash, and all the same byte."""

    def record(serial, login, length=32, **options):
        new = NewCredential(os.urandom(16), "Login", bytearray(b"\x5a") * length, login, **options)
        inventory.record_in_doubt(
            serial, board="simulated", uid=bytes(8), firmware_version="0", credentials=[new]
        )
        inventory.mark_sealed(serial)
        return b"\x5a" * length

    return record


def another(response):
    """A response of the same form that is not this one."""
    return f"{(int(response) + 1) % 10 ** len(response):0{len(response)}}"


def again(desk):
    """Put the token off, and wake it."""
    desk.do('press OK\nwait 1s\nexpect ""\npress OK')


def plain_code(desk):
    desk.type(PIN)
    return desk.do("read RESPONSE")


# Challenge and response.


def test_a_token_that_the_command_enrolled_answers_the_server_s_challenges_once_each(
    privacyidea, inventory, made, tmp_path
):
    desk = made("PD-OCRA", LOGIN)
    password = tmp_path / "password"
    password.touch(mode=0o600)
    password.write_text(PASSWORD)
    arguments = ("keys", "enrol", "pd-ocra", "--server", privacyidea.address, "--admin", ADMIN)
    files = ("--password-file", password, "--ca-file", privacyidea.certified.authority)
    owner = ("--user", USER, "--realm", REALM)
    ended = CliRunner().invoke(app, [str(one) for one in (*arguments, *files, *owner)])
    host = privacyidea.address.removeprefix("https://")
    assert (ended.output, ended.exit_code) == (f"{host} has the token, as PD-OCRA\n", 0)
    assert privacyidea.token("PD-OCRA")["username"] == USER

    # As the user, who has no other token there that answers challenges.
    challenge, first = privacyidea.challenge()
    response = desk.login(PIN, challenge)
    assert privacyidea.verdict(transaction_id=first, **{"pass": another(response)}) == "REJECT"
    assert privacyidea.verdict(transaction_id=first, **{"pass": response}) == "ACCEPT"
    assert privacyidea.verdict(transaction_id=first, **{"pass": response}) == "REJECT"
    next_challenge, second = privacyidea.challenge()
    assert next_challenge != challenge
    assert privacyidea.verdict(transaction_id=second, **{"pass": response}) == "REJECT"
    # A wrong PIN, which only the server can tell.
    again(desk)
    assert privacyidea.verdict(
        transaction_id=second, **{"pass": desk.login("729462", next_challenge)}
    ) == "REJECT"  # fmt: skip
    again(desk)
    assert privacyidea.verdict(transaction_id=second, **{"pass": desk.login(PIN, next_challenge)}) == "ACCEPT"


def test_a_challenge_divisible_by_16_is_answered_too(privacyidea, station, inventory, made):
    desk = made("PD-SIXTEEN", LOGIN)
    enrol(inventory, "PD-SIXTEEN", station)
    # The server lets its caller choose.
    challenge, transaction = privacyidea.challenge("PD-SIXTEEN", challenge="000016")
    assert challenge == "000016"
    response = desk.login(PIN, challenge)
    assert privacyidea.verdict("PD-SIXTEEN", transaction_id=transaction, **{"pass": response}) == "ACCEPT"


# Each hash with each number of digits, each with each format of questions.
@pytest.mark.parametrize(
    ("algorithm", "digits", "question"),
    [
        ("SHA1", 6, "QN08"),
        ("SHA1", 8, "QA10"),
        ("SHA1", 10, "QH40"),
        ("SHA256", 6, "QA64"),
        ("SHA256", 8, "QH64"),
        ("SHA256", 10, "QN64"),
        ("SHA512", 6, "QH04"),
        ("SHA512", 8, "QN04"),
        ("SHA512", 10, "QA04"),
    ],
)
def test_each_suite_that_we_enrol_is_judged_as_we_compute_it(
    privacyidea, station, inventory, record, algorithm, digits, question
):
    suite, serial = f"OCRA-1:HOTP-{algorithm}-{digits}:{question}", f"PD-{algorithm}-{digits}-{question}"
    key = record(serial, suite)
    enrol(inventory, serial, station)
    challenge, transaction = privacyidea.challenge(serial)
    response = respond(Suite.parse(suite), key, challenge)
    wrong = {"transaction_id": transaction, "pass": another(response)}
    assert privacyidea.verdict(serial, **wrong) == "REJECT"
    assert privacyidea.verdict(serial, **{**wrong, "pass": response}) == "ACCEPT"


# Plain codes.


def test_a_hotp_token_enrolled_by_api_is_accepted_from_the_counter_on_where_it_stands(
    privacyidea, station, inventory, made
):
    desk = made("PD-HOTP", "HOTP-SHA256-8", counter=40)
    assert enrol(inventory, "PD-HOTP", station) == "PD-HOTP"
    assert privacyidea.token("PD-HOTP")["count"] == 41  # the proof used one
    response = plain_code(desk)
    assert privacyidea.verdict("PD-HOTP", **{"pass": another(response)}) == "REJECT"
    assert privacyidea.verdict("PD-HOTP", **{"pass": response}) == "ACCEPT"
    assert privacyidea.verdict("PD-HOTP", **{"pass": response}) == "REJECT"
    again(desk)
    assert privacyidea.verdict("PD-HOTP", **{"pass": plain_code(desk)}) == "ACCEPT"


@pytest.mark.parametrize("login", ["TOTP-SHA1-6-T30S", "TOTP-SHA512-8-T1M"])
def test_a_totp_token_enrolled_by_api_is_accepted_once(privacyidea, station, inventory, made, login):
    serial = login.replace("TOTP", "PD")
    desk = made(serial, login)
    enrol(inventory, serial, station)
    response = plain_code(desk)
    assert privacyidea.verdict(serial, **{"pass": another(response)}) == "REJECT"
    assert privacyidea.verdict(serial, **{"pass": response}) == "ACCEPT"
    assert privacyidea.verdict(serial, **{"pass": response}) == "REJECT"


@pytest.mark.parametrize(("late", "verdict"), [(-3, "REJECT"), (-1, "ACCEPT"), (1, "ACCEPT"), (3, "REJECT")])
def test_a_code_by_time_may_be_a_step_late_or_early_and_not_three(
    privacyidea, station, inventory, record, late, verdict
):
    serial = f"PD-STEPS{late}"
    key = record(serial, "TOTP-SHA1-6-T1M", 20)
    enrol(inventory, serial, station)
    given = code(Method.parse("TOTP-SHA1-6-T1M"), key, int(time.time()) - 60 * late)
    assert privacyidea.verdict(serial, **{"pass": given}) == verdict


@pytest.mark.parametrize("login", ["HOTP-SHA1-6", "HOTP-SHA512-10", "TOTP-SHA256-8-T1M"])
def test_a_token_from_an_encrypted_pskc_file_is_accepted_once(privacyidea, inventory, made, login):
    serial = login.replace("-", "")
    desk = made(serial, login)
    assert imported(privacyidea, inventory, serial) == 1
    response = plain_code(desk)
    assert privacyidea.verdict(serial, **{"pass": another(response)}) == "REJECT"
    assert privacyidea.verdict(serial, **{"pass": response}) == "ACCEPT"
    assert privacyidea.verdict(serial, **{"pass": response}) == "REJECT"


def imported(server, inventory, serial):
    """Hand the token's credential to the server in a PSKC file; how many tokens it made of it."""
    shared = bytes(range(16))
    content = pskc_file(inventory, serial, shared)
    answer = server.administer(
        "POST",
        f"token/load/{serial}.xml",
        data={"type": "pskc", "psk": shared.hex(), "pskcValidateMAC": "check_fail_hard"},
        files={"file": (f"{serial}.xml", content)},
    )
    return answer.json()["result"]["value"]["n_imported"]


def pskc_file(inventory, serial, shared):
    """The token's credential as `picodsc keys export` writes it."""
    with exported_keys(inventory, [serial]) as (keys, refusals):
        assert refusals == []
        return pskc_writer.pskc_file(keys, Protection(key=bytearray(shared)))


# What is refused.


def test_a_wrong_password_is_refused(privacyidea):
    certified = privacyidea.certified
    with PrivacyIdea(privacyidea.address, certified.authority) as there, pytest.raises(SignInRefusedError):
        there.sign_in(ADMIN, bytearray(b"another"))


def test_a_server_whose_authority_is_not_named_is_not_trusted(privacyidea):
    with PrivacyIdea(privacyidea.address) as there, pytest.raises(UntrustedServerError):
        there.sign_in(ADMIN, bytearray(PASSWORD.encode()))


def test_a_serial_that_is_enrolled_keeps_its_key(privacyidea, station, inventory, record):
    key = record("PD-TWICE", LOGIN)
    enrol(inventory, "PD-TWICE", station)
    with pytest.raises(EnrolledAlreadyError):
        enrol(inventory, "PD-TWICE", station)
    challenge, transaction = privacyidea.challenge("PD-TWICE")
    response = respond(Suite.parse(LOGIN), key, challenge)
    assert privacyidea.verdict("PD-TWICE", transaction_id=transaction, **{"pass": response}) == "ACCEPT"


def test_a_user_whom_the_server_does_not_know_gets_no_token(privacyidea, station, inventory, record):
    record("PD-NOBODY", LOGIN)
    with pytest.raises(ServerRefusedError, match="can not be found"):
        enrol(inventory, "PD-NOBODY", station, owner=Owner("nobody", REALM))
    station.refuse_known("PD-NOBODY")  # it is not there


def test_a_policy_by_which_the_server_makes_the_key_is_noticed(privacyidea, station, inventory, record):
    record("PD-OTHER", "HOTP-SHA1-6", 20)
    allowed = "enrollHOTP, tokenlist, policywrite, policydelete, hotp_force_server_generate"
    policy = {"scope": "admin", "action": allowed, "active": "true"}
    assert privacyidea.administer("POST", "policy/ours", data=policy).is_success
    try:
        with pytest.raises(OtherKeyError):
            enrol(inventory, "PD-OTHER", station)
    finally:
        assert privacyidea.administer("DELETE", "policy/ours").is_success


# Why we refuse, and why we look first: what the server would do.


def test_without_truncation_the_server_accepts_a_nought(privacyidea):
    suite = "OCRA-1:HOTP-SHA256-0:QN06"
    fields = {"type": "ocra", "serial": "PD-NOUGHT", "otpkey": "5a" * 32, "ocrasuite": suite, "genkey": "0"}
    assert privacyidea.administer("POST", "token/init", data=fields).is_success
    _, transaction = privacyidea.challenge("PD-NOUGHT")
    assert privacyidea.verdict("PD-NOUGHT", transaction_id=transaction, **{"pass": "0"}) == "ACCEPT"


def test_the_server_would_take_another_key_for_a_serial_that_it_has(privacyidea):
    fields = {"type": "hotp", "serial": "PD-TAKEN", "otpkey": "5a" * 20}
    assert privacyidea.administer("POST", "token/init", data=fields).is_success
    assert privacyidea.administer("POST", "token/init", data={**fields, "otpkey": "a5" * 20}).is_success
    given = code(Method.parse("HOTP-SHA1-6"), b"\xa5" * 20, 0)
    assert privacyidea.verdict("PD-TAKEN", **{"pass": given}) == "ACCEPT"
