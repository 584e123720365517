"""Connections to a service: what they may bring, how long they may wait, and that they keep nobody out."""

import json
import socket
import ssl
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from fakes.certificates import certified
from fakes.login_service import until
from host_tools.login.serving.connection import HEAD_BYTES, PIPELINED

CHUNKED = b"POST /take/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
FEW = "[server]\nport = 0\nworkers = 1\nconnections = 20\n"
MANY = 60  # connections, where FEW are held
LONG = 10**8  # bytes that nobody should take


def connected(service):
    return socket.create_connection(service.address, timeout=20)


def answers(client):
    """All that comes until the end."""
    received = b""
    with suppress(ConnectionResetError):
        while part := client.recv(65_536):
            received += part
    return received


def sent(client, part):
    """How many bytes are taken of a part that is sent again and again, before the connection ends."""
    taken = 0
    with suppress(OSError):
        while taken < LONG:
            client.sendall(part)
            taken += len(part)
    return taken


def sockets_of(pid):
    """How many sockets the process has."""
    found = 0
    for one in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            found += str(one.readlink()).startswith("socket:")
    return found


@pytest.fixture
def secure(start, tmp_path):
    """Starts a service that speaks TLS; and what its clients trust."""
    made = certified(tmp_path)
    made.key.chmod(0o600)

    def start_secure(config):
        tls = f'tls_certificate = "{made.certificate}"\ntls_key = "{made.key}"\n'
        return start(config + tls).answers(), ssl.create_default_context(cafile=made.authority)

    return start_secure


@pytest.mark.parametrize(
    ("head", "part"),
    [
        (b"GET /pid HTTP/1.1\r\n", b"".join(b"a%d: b\r\n" % one for one in range(9000))),
        (CHUNKED + b"\r\n0\r\n", b"".join(b"a%d: b\r\n" % one for one in range(9000))),
        (CHUNKED + b"\r\n0\r\na: ", b"x" * 65_536),
        (CHUNKED + b"\r\n1;", b"x" * 65_536),
        (CHUNKED + b"\r\n", b"1\r\n{\r\n" * 10_000),
    ],
    ids=["a head", "trailers", "one trailer", "an extension", "chunks"],
)
def test_what_has_no_end_ends_the_connection(service, head, part):
    with connected(service) as client:
        client.sendall(head)
        assert sent(client, part) < LONG / 5
    assert httpx.get(service.url + "/pid").status_code == 200


def test_a_head_may_be_as_long_as_the_limit_in_one_piece_or_in_many(service):
    for length, status in ((HEAD_BYTES - 100, b"200"), (4 * HEAD_BYTES, b"400")):
        with connected(service) as client:
            client.sendall(b"GET /pid HTTP/1.1\r\nConnection: close\r\nX: " + b"x" * length + b"\r\n\r\n")
            assert answers(client).startswith(b"HTTP/1.1 " + status)


def test_a_key_behind_the_body_is_none(service):
    body = b'{"user": "alice"}'
    asked = b"POST /v1/logins HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    for trailer in (b"", b"Authorization: Bearer picodsc_x\r\n"):
        with connected(service) as client:
            client.sendall(asked + b"%x\r\n%s\r\n0\r\n%s\r\n" % (len(body), body, trailer))
            answer = answers(client)
        assert answer.startswith(b"HTTP/1.1 401")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "no-api-key"


def test_a_few_requests_may_wait_for_the_answer_to_one_before_them(service):
    with connected(service) as client:
        client.sendall(b"GET /slow HTTP/1.1\r\n\r\n" + b"GET /pid HTTP/1.1\r\n\r\n" * (PIPELINED - 1))
        client.sendall(b"GET /pid HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert answers(client).count(b"HTTP/1.1 200") == 1 + PIPELINED


def test_of_requests_without_end_the_first_are_answered_and_the_connection_is_closed(service):
    with connected(service) as client:
        client.sendall(b"GET /slow HTTP/1.1\r\n\r\n" + b"GET /pid HTTP/1.1\r\n\r\n" * 5000)
        answer = answers(client)
    assert 1 <= answer.count(b"HTTP/1.1 200") <= 1 + PIPELINED
    assert b"connection: close" in answer.rpartition(b"HTTP/1.1 200")[2]


@pytest.mark.parametrize("more", [b"\0\r\n\r\n", b"GET /pid HTTP/1.1\r\nX: " + b"x" * 4 * HEAD_BYTES])
def test_what_is_wrong_behind_a_request_takes_nothing_from_its_answer(service, more):
    with connected(service) as client:
        client.sendall(b"GET /slow HTTP/1.1\r\n\r\n" + more)
        answer = answers(client)
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.count(b"HTTP/1.1") == 1


def test_who_asks_for_a_tunnel_is_answered_and_no_more(service):
    with connected(service) as client:
        client.sendall(b"CONNECT x:1 HTTP/1.1\r\n\r\n")
        assert b"connection: close" in answers(client)


@pytest.mark.parametrize("by", [1, 7, 10_000])
@pytest.mark.parametrize(
    "body",
    [b'Content-Length: 9\r\n\r\n{"a":"b"}', b'Transfer-Encoding: chunked\r\n\r\n9\r\n{"a":"b"}\r\n0\r\n\r\n'],
)
def test_who_asks_for_another_protocol_is_answered_as_if_he_did_not(service, body, by):
    # As Java's client asks at first on each plain connection, and curl --http2.
    asked = b"HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"
    every = (
        b"POST /take/x " + asked + b"Content-Type: application/json\r\n" + body
        + b"GET /pid " + asked + b"\r\n"
        + b"POST /take/x HTTP/1.1\r\nConnection: close\r\nContent-Type: application/json\r\n" + body
    )  # fmt: skip
    with connected(service) as client:
        for start in range(0, len(every), by):
            client.sendall(every[start : start + by])
        answer = answers(client)
    assert answer.count(b"HTTP/1.1 200") == 3
    assert answer.count(b"HTTP/1.1") == 3


@pytest.mark.parametrize(
    "body", [b"Transfer-Encoding: gzip", b"Content-Length: 9\r\nTransfer-Encoding: chunked"]
)
def test_what_is_no_request_is_none_for_who_asks_for_another_protocol(service, body):
    with connected(service) as client:
        client.sendall(
            b"POST /take/x HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n" + body + b"\r\n\r\n"
        )
        client.sendall(b"0\r\n\r\nGET /pid HTTP/1.1\r\n\r\n")
        answer = answers(client)
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1") == 1


def test_bounds_are_the_same_for_who_asks_for_another_protocol(service):
    with connected(service) as client:
        client.sendall(CHUNKED + b"Connection: upgrade\r\nUpgrade: h2c\r\n\r\n0\r\n")
        assert sent(client, b"".join(b"a%d: b\r\n" % one for one in range(9000))) < LONG


@pytest.mark.parametrize("before", [b"", b"GET /pid HTTP/1.1\r\n\r\n", b"GET /slow HTTP/1.1\r\n\r\n"])
def test_empty_lines_without_end_end_the_connection_after_the_answer_that_is_due(service, before):
    with connected(service) as client:
        client.sendall(before + b"\r\n" * HEAD_BYTES)
        answer = answers(client)
    assert answer.count(b"HTTP/1.1 200") == bool(before)
    if not before:
        assert answer.startswith(b"HTTP/1.1 400")


def test_a_few_empty_lines_before_a_request_are_nothing(service):
    with connected(service) as client:
        client.sendall((b"\r\n" * 4000 + b"GET /pid HTTP/1.1\r\n\r\n") * 5)
        client.sendall(b"GET /pid HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert answers(client).count(b"HTTP/1.1 200") == 6


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (b"FOO / HTTP/1.1\r\nX-Secret: s3cret\r\n\r\n", "The request is no HTTP."),
        (b"GET /s3cret HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", "The request is too long."),
    ],
    ids=["no HTTP", "too long"],
)
def test_what_is_no_request_is_logged_once_with_its_source_and_without_its_content(start, asked, reason):
    service = start().answers()
    with connected(service) as client:
        client.sendall(asked * 3)
        assert answers(client).count(b"HTTP/1.1 400") == 1
    (line,) = until(lambda: service.lines("malformed request"))
    assert (line["level"], line["reason"], line["source"]) == ("info", reason, "127.0.0.1")
    assert "s3cret" not in service.log


def test_nobody_keeps_a_connection_by_an_empty_line_after_an_answer(start):
    service = start("[server]\nport = 0\nrequest_seconds = 1\nidle_seconds = 1\n").answers()
    with connected(service) as client:
        client.sendall(b"GET /pid HTTP/1.1\r\n\r\n")
        time.sleep(0.3)
        client.sendall(b"\r\n")
        assert answers(client).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "asked",
    [
        b"GET /pid HTTP/1.1\r\n\r\n",
        b"POST /take/x HTTP/1.1\r\nContent-Length: 9\r\n\r\n{",
        b"GET /openapi.json HTTP/1.1\r\n\r\n",
    ],
    ids=["idle after an answer", "half a body", "an answer that nobody reads"],
)
def test_clients_that_keep_us_waiting_keep_nobody_out(start, asked):
    service = start(FEW).answers()
    with ExitStack() as held:
        for _ in range(MANY):
            client = held.enter_context(connected(service))
            client.sendall(asked)
        time.sleep(0.5)
        for _ in range(3):
            assert httpx.get(service.url + "/pid").status_code == 200


def test_clients_that_do_not_begin_with_tls_keep_nobody_out(secure):
    service, trust = secure(FEW)
    with ExitStack() as held, httpx.Client(verify=trust) as kept:
        pid = kept.get(service.url + "/pid").json()
        for _ in range(MANY):
            held.enter_context(connected(service))
        assert kept.get(service.url + "/pid").status_code == 200
        assert httpx.get(service.url + "/pid", verify=trust).status_code == 200
        assert sockets_of(pid) < MANY


def test_tls_has_to_begin_in_time_and_to_end_in_time(secure):
    service, trust = secure("[server]\nport = 0\nrequest_seconds = 1\nworkers = 1\n")
    pid = httpx.get(service.url + "/pid", verify=trust).json()
    time.sleep(2)
    before = sockets_of(pid)
    with connected(service) as silent:
        assert answers(silent) == b""
    with trust.wrap_socket(connected(service), server_hostname=service.address[0]):  # and says no goodbye
        until(lambda: sockets_of(pid) > before)
        until(lambda: sockets_of(pid) == before)


def test_an_answer_has_to_be_taken_in_time(start):
    service = start("[server]\nport = 0\nrequest_seconds = 1\nworkers = 1\n").answers()
    pid = httpx.get(service.url + "/pid").json()
    time.sleep(0.5)
    before = sockets_of(pid)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(20)
        client.connect(service.address)
        sent, earlier = 0, len(service.lines("request"))

        # Until the system takes no more for us; never so many at once that this is what ends the connection.
        def answered():
            return len(service.lines("request")) - earlier >= sent

        with suppress(AssertionError):
            while sent < 1000:
                client.sendall(b"GET /openapi.json HTTP/1.1\r\n\r\n" * 2)
                sent += 2
                until(answered, seconds=0.5)
        assert not answered()
        until(lambda: sockets_of(pid) == before)


def test_a_stop_does_not_wait_for_who_does_not_begin_with_tls(secure):
    service, _ = secure("[server]\nport = 0\nrequest_seconds = 60\n")
    with connected(service), connected(service):
        time.sleep(0.2)
        began = time.monotonic()
        service.stop()
        assert service.process.returncode == 0
        assert time.monotonic() - began < 10
