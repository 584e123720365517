"""Requests to a service of two workers: its limits, its errors, its logs and its sums."""

import json
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from ipaddress import ip_address

import httpx
import pytest

from fakes.login_service import until

LIMIT = 65_536


def chunked(size):
    """A body that does not say how long it is."""
    text = json.dumps({"a": "x" * (size - len('{"a": ""}'))}).encode()
    return iter([text[:1000], text[1000:]])


def pids(service):
    """Both workers', each asked on connections of its own until it has answered."""
    found = set()

    def both():
        found.add(httpx.get(service.url + "/pid").json())
        return len(found) == 2

    until(both)
    return found


def test_a_body_may_be_as_long_as_the_limit_and_no_longer_chunked_or_not(service):
    for body in (b"".join(chunked(LIMIT)), chunked(LIMIT)):
        taken = httpx.post(
            service.url + "/take/x", content=body, headers={"content-type": "application/json"}
        )
        assert (taken.status_code, taken.json()) == (200, LIMIT - len('{"a": ""}'))
    for body in (b"".join(chunked(LIMIT + 1)), chunked(LIMIT + 1)):
        refused = httpx.post(service.url + "/take/x", content=body)
        assert refused.status_code == 413
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["code"] == "body-too-large"
        assert refused.headers["connection"] == "close"


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", b""),
        (b"GET /pid HTT", b""),
        (b"GET /pid HTTP/1.1\r\nX: " + b"x" * 20_000, b"HTTP/1.1 400 Bad Request\r\n"),
        (
            b"POST /take/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
            b"HTTP/1.1 408 Request Timeout\r\n",
        ),
    ],
    ids=["nothing", "half a head", "an endless head", "half a body"],
)
def test_nobody_keeps_a_connection_by_sending_little_or_without_end(service, sent, answer):
    with socket.create_connection(service.address, timeout=10) as client:
        client.sendall(sent)
        received = b""
        while part := client.recv(4096):
            received += part
        assert received.startswith(answer)
        assert bool(received) == bool(answer)


def test_errors_are_problems_that_do_not_repeat_what_was_sent(service):
    absent = httpx.get(service.url + "/nowhere-s3cret")
    assert absent.json() == {
        "type": "urn:picodsc:problem:not-found",
        "title": "Not Found",
        "status": 404,
        "code": "not-found",
    }
    invalid = httpx.post(service.url + "/take/x", json={"a": {"s3cret": 1}})
    assert invalid.json()["errors"] == [{"at": "body.a", "reason": "string_type"}]
    failed = httpx.get(service.url + "/fails/s3cret")
    assert (failed.status_code, failed.json()["code"]) == (500, "internal")
    wrong = httpx.delete(service.url + "/pid")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET")
    for one in (absent, invalid, failed, wrong):
        assert one.headers["content-type"] == "application/problem+json"
        assert one.headers["cache-control"] == "no-store"
        assert one.headers["x-content-type-options"] == "nosniff"
        assert "s3cret" not in one.text


def test_a_line_is_logged_for_each_request_with_nothing_that_was_sent(service):
    marks = ("in-the-path", "in-the-query", "in-a-header", "in-the-body", "in-an-error")
    headers = {
        "authorization": "Bearer in-a-header",
        "x-forwarded-for": "203.0.113.9",
        "x-request-id": "in-a-header",
    }
    body = {"pin": "in-the-body"}
    answer = httpx.post(service.url + "/take/in-the-path?x=in-the-query", json=body, headers=headers)
    failed = httpx.get(service.url + "/fails/in-an-error")
    keyed = httpx.get(service.url + "/as/front-end")
    lines = until(
        lambda: (
            len(found := {one["id"]: one for one in service.lines("request")}) > 2
            and keyed.headers["x-request-id"] in found
            and found
        )
    )
    line = lines[answer.headers["x-request-id"]]
    assert (line["method"], line["route"], line["status"], line["key"]) == ("POST", "/take/{name}", 200, None)
    assert line["source"] == "127.0.0.1"
    assert line["ms"] > 0
    assert lines[keyed.headers["x-request-id"]]["key"] == "front-end"
    error = next(
        one for one in service.lines("request failed") if one["id"] == failed.headers["x-request-id"]
    )
    assert error["error"] == "ValueError"
    assert error["at"][-1].startswith("login_service.py:")
    assert [mark for mark in marks if mark in service.log] == []


def test_sums_are_over_all_workers_and_outlive_them(start):
    service = start("[server]\nport = 0\nworkers = 2\n").answers()

    def total():
        text = httpx.get(service.url + "/metrics").text
        name = 'picodsc_requests_total{method="GET",route="/slow",status="200"} '
        return next(float(line[len(name) :]) for line in text.splitlines() if line.startswith(name))

    with ThreadPoolExecutor(8) as pool:
        answered = [one.json() for one in pool.map(httpx.get, [service.url + "/slow"] * 24)]
    assert total() == 24
    if len(set(answered)) == 1:
        until(lambda: httpx.get(service.url + "/slow").json() not in answered)
    counted = total()
    assert counted >= 24
    os.kill(answered[0], signal.SIGKILL)
    until(lambda: len(service.lines("worker started")) == 3)
    assert total() == counted


def test_a_source_s_limit_is_exact_over_both_workers_and_so_is_a_key_s(start):
    limits = "[limits]\nsource_per_second = 1\nsource_burst = 60\nkey_per_second = 1\nkey_burst = 20\n"
    proxy = '[server]\nport = 0\nbehind_proxy = true\ntrusted_proxies = ["127.0.0.1"]\n'
    service = start(proxy + limits).answers()
    both = pids(service)
    assert len(both) == 2

    def hammer(path, source, count):
        began = time.monotonic()
        headers = {"x-forwarded-for": f"192.0.2.7, {source}"}
        url = service.url + path
        with ThreadPoolExecutor(6) as pool:  # a connection each: both workers take some
            asked = [pool.submit(httpx.get, url, headers=headers, verify=False) for _ in range(count)]
            answers = [one.result() for one in asked]
        return answers, time.monotonic() - began

    answers, took = hammer("/pid", "198.51.100.1", 110)
    passed = [one for one in answers if one.status_code == 200]
    assert {one.json() for one in passed} == both
    assert 60 <= len(passed) <= 60 + took + 1
    refused = next(one for one in answers if one.status_code == 429)
    assert refused.json()["code"] == "too-many-requests"
    assert refused.headers["retry-after"] == "1"
    assert httpx.get(service.url + "/pid", headers={"x-forwarded-for": "198.51.100.2"}).status_code == 200

    answers, took = hammer("/as/front-end", "198.51.100.3", 40)
    assert 20 <= sum(one.status_code == 200 for one in answers) <= 20 + took + 1
    sources = {line["source"] for line in service.lines("request")}
    assert "192.0.2.7" not in sources
    assert ip_address("198.51.100.3") in map(ip_address, sources - {"unknown"})


def test_connections_that_only_wait_have_nobody_refused(start):
    service = start("[server]\nport = 0\nworkers = 1\nconnections = 20\n").answers()
    with ExitStack() as held, httpx.Client() as kept:
        assert kept.get(service.url + "/pid").status_code == 200
        for _ in range(3):
            for _ in range(30):
                held.enter_context(socket.create_connection(service.address))
            assert kept.get(service.url + "/pid").status_code == 200
            assert httpx.get(service.url + "/pid").status_code == 200
