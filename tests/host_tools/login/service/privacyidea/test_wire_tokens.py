"""The tokens of `/auth`: good for whom, for what and how long they say, and readable by clients that decode them."""

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.login.service.privacyidea.errors import ExpiredTokenError, UnreadableTokenError
from host_tools.login.service.privacyidea.outcomes import TRIGGER
from host_tools.login.service.privacyidea.tokens import issue, read

KEY = bytes(range(32))
NOW = 1_800_000_000.5


def test_a_token_says_whose_it_is_and_what_it_may_until_it_ends():
    token = issue(KEY, "keycloak", [TRIGGER], NOW, 600).token
    assert read(KEY, token, NOW + 599) == ("keycloak", (TRIGGER,))
    with pytest.raises(ExpiredTokenError):
        read(KEY, token, NOW + 600)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.lists(st.text("abc>?~\x7f/+ÿ€𝄞", max_size=5)))
def test_a_java_client_can_read_the_end_of_any_token(name, rights):
    token = issue(KEY, name, rights, NOW, 600).token
    # As it does it: the second part, with the digits of plain base64, by which RFC 7519's - and _ are none.
    payload = token.split(".")[1]
    claims = json.loads(base64.b64decode(payload + "=" * (-len(payload) % 4), validate=True))
    assert claims["exp"] == int(NOW) + 600
    assert read(KEY, token, NOW) == (name, tuple(rights))


@given(st.data())
def test_a_token_with_one_character_changed_is_none(data):
    token = issue(KEY, "keycloak", [TRIGGER], NOW, 600).token
    # The last digit of a signature of 32 bytes has two bits that say nothing.
    index = data.draw(st.integers(0, len(token) - 2))
    other = data.draw(st.characters(codec="ascii").filter(lambda character: character != token[index]))
    with pytest.raises(UnreadableTokenError):
        read(KEY, token[:index] + other + token[index + 1 :], NOW)


@given(st.text())
def test_no_text_is_a_token(text):
    with pytest.raises(UnreadableTokenError):
        read(KEY, text, NOW)


@pytest.mark.parametrize("algorithm", ["none", "HS512"])
def test_a_token_that_names_another_algorithm_is_none_even_if_our_key_signed_it(algorithm):
    def digits(octets):
        return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()

    claims = issue(KEY, "keycloak", [TRIGGER], NOW, 600).token.split(".")[1]
    signed = f"{digits(json.dumps({'alg': algorithm, 'typ': 'JWT'}).encode())}.{claims}"
    token = f"{signed}.{digits(hmac.new(KEY, signed.encode(), hashlib.sha256).digest())}"
    with pytest.raises(UnreadableTokenError):
        read(KEY, token, NOW)


def test_another_key_s_token_is_none():
    with pytest.raises(UnreadableTokenError):
        read(bytes(32), issue(KEY, "keycloak", [TRIGGER], NOW, 600).token, NOW)


def test_a_token_is_not_shown():
    issued = issue(KEY, "keycloak", [TRIGGER], NOW, 600)
    assert issued.token not in repr(issued)
