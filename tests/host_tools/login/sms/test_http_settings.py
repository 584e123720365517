"""Settings of a gateway: what is of no use is refused before anything is sent."""

from dataclasses import replace
from pathlib import Path

import pytest

from host_tools.login.sms.errors import SettingError
from host_tools.login.sms.http_settings import HttpSettings

GOOD = HttpSettings("https://gateway.example/messages", {"to": "{phone}", "text": "{text}"})


@pytest.mark.parametrize(
    "url",
    ["https://gateway.example", "https://gateway.example:8443/a?version=1", "http://127.0.0.1:8080/",
     "http://[::1]/", "http://localhost/"],
)  # fmt: skip
def test_an_address_is_https_or_on_this_machine(url):
    assert replace(GOOD, url=url).url == url


@pytest.mark.parametrize(
    ("changed", "setting", "problem"),
    [
        ({"url": ""}, "url", "must be an address such as https://"),
        ({"url": "gateway.example"}, "url", "must be an address"),
        ({"url": "ftp://gateway.example"}, "url", "must be an address"),
        ({"url": "https://"}, "url", "must be an address"),
        ({"url": "https://gateway.example:0x1"}, "url", "must be an address"),
        ({"url": "https://gateway.example/#part"}, "url", "must be an address"),
        ({"url": "https://gate\nway.example/"}, "url", "must be an address"),
        ({"url": "https://bank:secret@gateway.example"}, "url", "must have no user and password"),
        ({"url": "http://gateway.example"}, "url", "must begin with https://"),
        ({"url": "http://127.0.0.1.example/"}, "url", "must begin with https://"),
        ({"method": "GET"}, "method", "must be one of POST, PUT"),
        ({"format": "xml"}, "format", "must be one of json, form"),
        ({"body": {"to": "{phone}"}}, "body", "must have {text} somewhere"),
        ({"body": {"text": "{text}"}}, "body", "must have {phone} or {digits} somewhere"),
        ({"body": {"{phone}": "{text}"}}, "body", "must have {phone} or {digits} somewhere"),
        ({"format": "form", "body": {"to": ["{phone}"], "text": "{text}"}}, "body", "has texts only"),
        ({"headers": {"X-A": "a\r\nX-B: b"}}, "headers", "as HTTP allows them"),
        ({"headers": {"X A": "a"}}, "headers", "as HTTP allows them"),
        ({"headers": {"authorization": "Bearer x"}}, "headers", "can't have authorization"),
        ({"headers": {"Content-Type": "text/plain"}}, "headers", "can't have Content-Type"),
        ({"token_header": "X Key"}, "token_header", "must be the name of an HTTP header"),
        ({"token_scheme": "Bearer x"}, "token_scheme", "must be a word"),
        ({"token_file": Path("a"), "token_variable": "B"}, "token_file", "two ways of one thing"),
        ({"connect_timeout": 0.0}, "connect_timeout", "above 0 seconds"),
        ({"connect_timeout": 20.0}, "connect_timeout", "no more than timeout"),
        ({"timeout": float("nan")}, "connect_timeout", "no more than timeout"),
        ({"accepted": frozenset({202, 503})}, "accepted", "both have 503"),
        ({"accepted": frozenset({302})}, "accepted", "from 200 to 299"),
        ({"try_again": frozenset({301})}, "try_again", "from 400 to 599"),
    ],
)
def test_a_setting_that_is_of_no_use_is_named_with_what_is_expected(changed, setting, problem):
    with pytest.raises(SettingError) as raised:
        replace(GOOD, **changed)
    assert raised.value.setting == setting
    assert problem in raised.value.problem
    assert str(raised.value) == f"sms gateway: {setting} {raised.value.problem}"
    assert "secret" not in str(raised.value)


def test_what_is_filled_in_is_not_filled_in_again():
    settings = replace(GOOD, body={"to": "{phone}", "text": ["{text} {phone} {other}"], "n": 1})
    assert settings.filled("+1", "{phone}{text}") == {
        "to": "+1",
        "text": ["{phone}{text} +1 {other}"],
        "n": 1,
    }
