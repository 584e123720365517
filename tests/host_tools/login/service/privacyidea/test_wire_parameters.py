"""Parameters of foreign clients: read as they encode them, and refused where two programs might read them otherwise."""

import json

import pytest

from host_tools.login.service.privacyidea.errors import (
    MalformedParameterError,
    MissingParameterError,
    NoUserError,
    RefusedParameterError,
    RepeatedParameterError,
    SecretInAddressError,
    TooLargeError,
    UnreadableBodyError,
)
from host_tools.login.service.privacyidea.parameters import (
    decoded_again,
    encodes_twice,
    form_pairs,
    json_pairs,
    merged,
)
from host_tools.login.service.privacyidea.requests import check_of, key_of, polled_transaction, triggered_user
from host_tools.policy.privacyidea import WirePolicy

POLICY = WirePolicy()
LOGIN = {"user": "maria", "pass": "secret"}


@pytest.mark.parametrize(
    ("agent", "twice"),
    [
        ("FreeRADIUS", True),
        ("FreeRADIUS 3.2.1", True),
        ("privacyIDEA-Keycloak/1.5.1 Keycloak/26.0.1", True),
        ("", True),
        ("PAM/2.15.0", False),
        ("PAM/1.0.0", False),
        ("privacyidea-cp/3.6.0 Windows/10", False),
        ("privacyIDEA-LDAP-Proxy", False),
        ("simpleSAMLphp/4.2.0", False),
    ],
)
def test_clients_that_encode_once_are_known_by_their_names(agent, twice):
    assert encodes_twice(agent) is twice


def test_a_form_that_was_encoded_twice_is_decoded_twice():
    pairs = form_pairs(b"user=m%25C3%25BCller&pass=a%2520b%2B%2525", POLICY)
    assert decoded_again(pairs) == [("user", "müller"), ("pass", "a b+%")]


def test_an_empty_value_of_a_form_is_kept():
    assert form_pairs(b"user=maria&pass=", POLICY) == [("user", "maria"), ("pass", "")]


@pytest.mark.parametrize("body", [b"pass=%FF", b"pass=\xff", "pass=ß".encode()])
def test_a_form_of_other_bytes_than_utf_8_is_refused_and_not_shown(body):
    with pytest.raises(UnreadableBodyError) as refused:
        form_pairs(body, POLICY)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_a_second_encoding_of_other_bytes_is_refused():
    with pytest.raises(UnreadableBodyError):
        decoded_again([("pass", "%FF")])


def test_as_many_parameters_as_the_policy_allows_are_read_and_one_more_is_not():
    body = b"&".join(b"p%d=" % index for index in range(POLICY.parameters))
    assert len(form_pairs(body, POLICY)) == POLICY.parameters
    with pytest.raises(TooLargeError):
        form_pairs(body + b"&q=", POLICY)
    many = {f"p{index}": "" for index in range(POLICY.parameters)}
    assert len(json_pairs(json.dumps(many).encode(), POLICY)) == POLICY.parameters
    with pytest.raises(TooLargeError):
        json_pairs(json.dumps({**many, "q": ""}).encode(), POLICY)


def test_json_is_taken_as_it_is_and_null_is_nothing():
    body = b'{"user": "maria", "pass": "a%20b", "realm": null}'
    assert json_pairs(body, POLICY) == [("user", "maria"), ("pass", "a%20b")]


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"\xff", b"[" * 100_000, b'{"\\ud800": ""}'])
def test_what_is_no_object_of_json_is_refused(body):
    with pytest.raises(UnreadableBodyError):
        json_pairs(body, POLICY)


@pytest.mark.parametrize("value", [b"1", b"true", b"[]", b"{}", b'"\\ud800"'])
def test_a_parameter_in_json_that_is_no_text_is_refused_by_name(value):
    with pytest.raises(MalformedParameterError) as refused:
        json_pairs(b'{"user": "maria", "pass": ' + value + b"}", POLICY)
    assert refused.value.name == "pass"


@pytest.mark.parametrize(
    "pairs",
    [
        ([("user", "maria"), ("user", "paul")], []),
        ([], [("user", "maria"), ("user", "maria")]),
        ([("user", "maria")], [("user", "paul")]),
    ],
)
def test_a_parameter_given_twice_is_refused(pairs):
    with pytest.raises(RepeatedParameterError) as refused:
        merged(*pairs)
    assert refused.value.name == "user"


@pytest.mark.parametrize("name", ["pass", "password"])
def test_a_secret_in_the_address_is_refused(name):
    with pytest.raises(SecretInAddressError):
        merged([(name, "secret")], [])
    assert merged([("user", "maria")], [(name, "secret")]) == {"user": "maria", name: "secret"}


@pytest.mark.parametrize("name", ["transaction_id", "state"])
def test_an_answer_names_its_transaction_by_either_of_two_names(name):
    asked = check_of({**LOGIN, name: "123"}, POLICY)
    assert (asked.user, bytes(asked.secret), asked.transaction) == ("maria", b"secret", "123")


def test_an_empty_transaction_is_none_and_an_empty_secret_is_one():
    asked = check_of({"user": "maria", "pass": "", "transaction_id": ""}, POLICY)
    assert (asked.transaction, asked.secret) == ("", bytearray())


def test_a_secret_is_not_shown_with_the_request():
    assert "secret'" not in repr(check_of(LOGIN, POLICY))


@pytest.mark.parametrize(
    "name",
    [
        "challenge",
        "hashchallenge",
        "addrandomchallenge",
        "serial",
        "otponly",
        "credential_id",
        "credentialid",
    ],
)
def test_what_is_not_the_caller_s_choice_is_refused_and_left_out_is_not(name):
    for read, fields in ((check_of, LOGIN), (triggered_user, {"user": "maria"})):
        with pytest.raises(RefusedParameterError) as refused:
            read({**fields, name: "1"}, POLICY)
        assert refused.value.name == name
        read({**fields, name: ""}, POLICY)


def test_whom_and_what_it_is_about_has_to_be_there():
    with pytest.raises(NoUserError):
        check_of({"user": "", "pass": "secret"}, POLICY)
    with pytest.raises(NoUserError):
        key_of({"password": "secret"}, POLICY)
    with pytest.raises(MissingParameterError):
        check_of({"user": "maria"}, POLICY)
    with pytest.raises(MissingParameterError):
        polled_transaction({}, POLICY)


@pytest.mark.parametrize(
    ("name", "longest"),
    [
        ("user", POLICY.name_characters),
        ("realm", POLICY.name_characters),
        ("transaction_id", POLICY.transaction_characters),
        ("pass", POLICY.secret_bytes),
    ],
)
def test_a_parameter_is_as_long_as_the_policy_allows_and_no_longer(name, longest):
    check_of({**LOGIN, name: "x" * longest}, POLICY)
    with pytest.raises(MalformedParameterError) as refused:
        check_of({**LOGIN, name: "x" * (longest + 1)}, POLICY)
    assert refused.value.name == name


@pytest.mark.parametrize("name", ["user", "realm", "transaction_id"])
def test_a_name_with_a_nul_is_refused(name):
    with pytest.raises(MalformedParameterError):
        check_of({**LOGIN, name: "maria\0"}, POLICY)


def test_an_account_without_a_secret_has_an_empty_one():
    assert key_of({"username": "keycloak"}, POLICY) == ("keycloak", bytearray())
