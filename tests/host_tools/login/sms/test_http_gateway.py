"""The gateway by HTTP, against a server that misbehaves."""

import asyncio
import json
import logging
import socket
import time
import traceback
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from fakes.certificates import certified
from fakes.sms_server import SmsServer
from host_tools.inventory.errors import ExposedFileError
from host_tools.login.sms.errors import GatewayError, NeverError, SettingError, TryAgainError
from host_tools.login.sms.http_gateway import LONGEST_WAIT, HttpGateway
from host_tools.login.sms.http_settings import HttpSettings

PHONE = "+442079460000"
TEXT = '048291 is "your" code & more: {phone} {text} é ключ\n'
TOKEN = "tok-9f8e7d6c5b"
BODY = {"to": "{phone}", "content": {"text": "{text}", "parts": 1}, "tags": ["login"]}


@pytest.fixture
def server():
    with SmsServer() as running:
        yield running


@pytest.fixture
def token_file(tmp_path):
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def settings(server, token_file):
    return HttpSettings(f"{server.address}/v1/messages", BODY, token_file=token_file, timeout=5)


def refused(gateway):
    """The error that a message ends with; nothing that is secret is in it, or hangs on it."""
    with pytest.raises(GatewayError) as raised:
        gateway.send(PHONE, TEXT)
    told = "".join(traceback.format_exception(raised.value)) + repr(raised.value.__dict__)
    for secret in (TOKEN, "048291", PHONE):
        assert secret not in told
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    return raised.value


def test_a_message_goes_as_json_with_the_token(server, settings):
    HttpGateway(settings).send(PHONE, TEXT)
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/v1/messages")
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["Content-Type"] == "application/json"
    assert json.loads(asked.body) == {"to": PHONE, "content": {"text": TEXT, "parts": 1}, "tags": ["login"]}


def test_a_message_goes_as_a_form_with_headers_of_its_own(server, settings):
    form = replace(
        settings,
        method="PUT",
        format="form",
        body={"To": "{digits}", "Body": ">{text}<"},
        headers={"X-Account": "bank"},
        token_scheme="",
        token_header="X-Api-Key",
    )
    HttpGateway(form).send(PHONE, TEXT)
    (asked,) = server.asked
    assert asked.method == "PUT"
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert (asked.headers["X-Account"], asked.headers["X-Api-Key"]) == ("bank", TOKEN)
    assert "Authorization" not in asked.headers
    assert parse_qs(asked.body.decode()) == {"To": [PHONE[1:]], "Body": [f">{TEXT}<"]}


def test_without_a_token_none_is_sent(server, settings):
    HttpGateway(replace(settings, token_file=None)).send(PHONE, TEXT)
    assert "Authorization" not in server.asked[0].headers


def test_a_token_that_is_changed_is_used_from_then_on(server, settings, token_file, monkeypatch):
    gateway = HttpGateway(settings)
    token_file.write_text("another\n")
    gateway.send(PHONE, TEXT)
    monkeypatch.setenv("SMS_TOKEN", "from-the-environment")
    HttpGateway(replace(settings, token_file=None, token_variable="SMS_TOKEN")).send(PHONE, TEXT)
    assert [asked.headers["Authorization"] for asked in server.asked] == [
        "Bearer another",
        "Bearer from-the-environment",
    ]


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_message_is_taken_with_any_of_the_accepted_statuses(server, settings, status):
    server.status = status
    HttpGateway(settings).send(PHONE, TEXT)


@pytest.mark.parametrize(
    ("status", "maybe_sent"),
    [(408, True), (425, False), (429, False), (500, True), (502, True), (503, False), (504, True)],
)
def test_these_statuses_mean_that_it_can_be_tried_again(server, settings, status, maybe_sent):
    server.status, server.echoes = status, True
    error = refused(HttpGateway(settings))
    assert isinstance(error, TryAgainError)
    assert (error.status, error.after, error.maybe_sent) == (status, None, maybe_sent)
    assert str(error) == f"the sms gateway answered with status {status}; the message can be tried again"


@pytest.mark.parametrize(
    ("said", "after"),
    [("30", 30), ("0", 0), ("999999999", LONGEST_WAIT), ("9" * 5000, None), ("-1", None), ("²", None),
     ("Fri, 31 Dec 2027 23:59:59 GMT", None)],
)  # fmt: skip
def test_when_to_try_again_is_what_the_server_says_within_reason(server, settings, said, after):
    server.status, server.headers = 429, {"Retry-After": said}
    assert refused(HttpGateway(settings)).after == after


@pytest.mark.parametrize("status", [203, 400, 401, 403, 404, 422, 501, 599])
def test_any_other_status_means_never(server, settings, status):
    server.status, server.echoes = status, True
    error = refused(HttpGateway(settings))
    assert isinstance(error, NeverError)
    assert error.status == status


def test_what_statuses_mean_can_be_set(server, settings):
    gateway = HttpGateway(replace(settings, accepted=frozenset({203}), try_again=frozenset({401}), timeout=5))
    server.status = 203
    gateway.send(PHONE, TEXT)
    server.status = 401
    assert isinstance(refused(gateway), TryAgainError)
    for status in (202, 500):
        server.status = status
        assert isinstance(refused(gateway), NeverError)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(server, settings, status):
    with SmsServer() as elsewhere:
        server.status, server.headers = status, {"Location": f"{elsewhere.address}/{PHONE}"}
        error = refused(HttpGateway(settings))
        assert isinstance(error, NeverError)
        assert str(error) == (
            f"the sms gateway points to another address (status {status}); the message is not tried again"
        )
        assert elsewhere.asked == []


def test_a_server_that_closes_the_connection_may_have_sent_the_message(server, settings):
    server.way = "close"
    error = refused(HttpGateway(settings))
    assert isinstance(error, TryAgainError)
    assert error.maybe_sent
    assert "broke off without an answer" in str(error)


@pytest.mark.parametrize("way", ["silent", "drip"])
def test_a_server_that_is_too_slow_is_given_up(server, settings, way):
    server.way = way
    began = time.monotonic()
    error = refused(HttpGateway(replace(settings, timeout=0.3, connect_timeout=0.3)))
    assert isinstance(error, TryAgainError)
    assert error.maybe_sent
    assert "did not answer in time" in str(error)
    assert time.monotonic() - began < 30  # without a limit it would have been for ever


def test_a_server_that_is_not_there_was_sent_nothing(settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        error = refused(HttpGateway(replace(settings, url=nobody)))
    assert isinstance(error, TryAgainError)
    assert not error.maybe_sent
    assert "cannot be reached" in str(error)


def test_a_server_that_speaks_no_http_may_have_sent_the_message(settings):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        import threading

        def talk():
            connection, _ = listening.accept()
            with connection:
                connection.recv(100_000)
                connection.sendall(f"220 ready {TOKEN} {PHONE}\r\n".encode())

        talking = threading.Thread(target=talk)
        talking.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        error = refused(HttpGateway(replace(settings, url=url)))
        talking.join()
    assert isinstance(error, TryAgainError)
    assert error.maybe_sent


def test_proxies_of_the_environment_are_not_used(server, settings, monkeypatch):
    with SmsServer() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.address)
        HttpGateway(settings).send(PHONE, TEXT)
        assert proxy.asked == []
    assert len(server.asked) == 1


def test_only_a_trusted_certificate_is_sent_anything(tmp_path, settings):
    made = certified(tmp_path / "made")
    with SmsServer(made) as secure:
        trusting = replace(settings, url=secure.address, authority=made.authority)
        HttpGateway(trusting).send(PHONE, TEXT)
        assert len(secure.asked) == 1
        other = certified(tmp_path / "other").authority
        for mistrusting in (replace(trusting, authority=None), replace(trusting, authority=other)):
            error = refused(HttpGateway(mistrusting))
            assert isinstance(error, TryAgainError)
            assert "a certificate that is not trusted" in str(error)
            assert not error.maybe_sent
        # The certificate is for 127.0.0.1, and for no other name.
        named = replace(trusting, url=secure.address.replace("127.0.0.1", "localhost"))
        assert "a certificate that is not trusted" in str(refused(HttpGateway(named)))
        assert len(secure.asked) == 1


def test_logs_of_a_service_have_no_secrets(server, settings, caplog):
    caplog.set_level(logging.INFO)
    gateway = HttpGateway(settings)
    gateway.send(PHONE, TEXT)
    server.status, server.echoes = 500, True
    refused(gateway)
    for secret in (TOKEN, "048291", PHONE, PHONE[1:]):
        assert secret not in caplog.text


def test_a_thread_of_an_event_loop_is_not_held_up(settings):
    async def within():
        HttpGateway(settings).send(PHONE, TEXT)

    with pytest.raises(RuntimeError, match="event loop"):
        asyncio.run(within())


@pytest.mark.parametrize("content", ["", "two words", "naïve", "x" * 8193, "a\x7fb"])
def test_a_token_that_cannot_be_sent_is_refused_and_not_shown(settings, token_file, content):
    token_file.write_text(content)
    with pytest.raises(SettingError, match="token_file must hold a token") as raised:
        HttpGateway(settings)
    assert not content or content not in str(raised.value)


def test_a_token_that_is_not_there_is_named(settings, token_file, tmp_path, monkeypatch):
    monkeypatch.delenv("SMS_TOKEN", raising=False)
    with pytest.raises(SettingError, match="token_variable must hold a token"):
        HttpGateway(replace(settings, token_file=None, token_variable="SMS_TOKEN"))
    gateway = HttpGateway(settings)
    token_file.unlink()
    for fails in (lambda: gateway.send(PHONE, TEXT), lambda: HttpGateway(settings)):
        with pytest.raises(SettingError, match="token_file can't be read: No such file"):
            fails()


def test_a_token_that_others_can_read_is_refused(settings, token_file):
    token_file.chmod(0o644)
    with pytest.raises(ExposedFileError):
        HttpGateway(settings)


def test_an_authority_that_is_none_is_refused(settings, tmp_path):
    for path in (tmp_path / "missing.pem", tmp_path / "empty.pem", tmp_path / "text.pem"):
        if path.stem != "missing":
            path.write_text("" if path.stem == "empty" else "no certificate")
        with pytest.raises(SettingError, match="authority must be a file with certificates in PEM form"):
            HttpGateway(replace(settings, authority=path))
