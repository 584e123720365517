"""Workers die, are reloaded, are told to stop, lose their parent: no answer is lost, no process is left."""

import os
import signal
import socket
import ssl
import threading
import time

import httpx
import pytest

from fakes.certificates import certified
from fakes.login_service import SLOW_SECONDS, until

CLIENTS = 8


class Load:
    """Clients that ask one request after another, each on its connection, until told or sent away."""

    def __init__(self, url, path="/slow", verify=True):
        self.answers, self.errors = [], []
        self._url, self._verify, self._over = url + path, verify, threading.Event()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(CLIENTS)]
        for one in self._threads:
            one.start()
        until(lambda: len(self.answers) >= CLIENTS)

    def _ask(self):
        with httpx.Client(verify=self._verify, timeout=20) as client:
            while not self._over.is_set():
                try:
                    answer = client.get(self._url)
                    self.answers.append(answer.json())
                    if self._stops and answer.headers.get("connection") == "close":
                        return
                except httpx.HTTPError as error:
                    self.errors.append(error)

    _stops = False

    def until_sent_away(self):
        """Each client goes on until an answer says that the connection closes."""
        self._stops = True

    def end(self):
        """End it."""
        self._over.set()
        self.join()

    def join(self):
        """Wait until all clients have ended."""
        for one in self._threads:
            one.join()


def workers(service):
    """Their process ids."""
    return {line["pid"] for line in service.lines("worker started")}


def lives(pid):
    """Whether there is such a process, dead ones that nobody asked after left out."""
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_killed_worker_is_replaced_while_the_others_go_on(start):
    service = start().answers()
    before = workers(service)
    load = Load(service.url)
    os.kill(load.answers[0], signal.SIGKILL)
    (new,) = until(lambda: workers(service) - before)
    # Each on a connection of its own, for those that are there stay where they are.
    until(lambda: httpx.get(service.url + "/pid").json() == new)
    load.end()
    # What the dead one was at is lost, and nothing else.
    assert len(load.errors) <= CLIENTS
    assert service.lines("worker died")[0]["reason"] == "signal 9"
    assert httpx.get(service.url + "/healthz").json()["workers"] == 2


def test_sigterm_loses_no_request_that_runs_nor_one_on_its_way_on_an_idle_connection(start):
    service = start().answers()
    load = Load(service.url)
    load.until_sent_away()
    with socket.create_connection(service.address) as idle:
        time.sleep(SLOW_SECONDS)  # until it is accepted
        service.signal(signal.SIGTERM)
        until(lambda: service.lines("stopping"))
        time.sleep(SLOW_SECONDS)
        idle.sendall(b"GET /pid HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(100).startswith(b"HTTP/1.1 200 OK\r\n")
    load.join()
    assert load.errors == []
    assert service.ended() == (0, "")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(service.address)
    assert not any(map(lives, workers(service)))


def test_whoever_comes_after_sigterm_is_turned_away_and_not_left_without_an_answer(start):
    service = start().answers()
    with socket.create_connection(service.address):
        time.sleep(SLOW_SECONDS)  # until it is accepted: the workers wait a second for what it may have sent
        service.signal(signal.SIGTERM)
        until(lambda: service.lines("stopping"))
        time.sleep(SLOW_SECONDS)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(service.address)


def test_a_request_that_takes_longer_than_a_stop_may_is_cut_off_and_said(start):
    service = start("[server]\nport = 0\nworkers = 1\nstop_seconds = 1\n").answers()
    with socket.create_connection(service.address) as client:
        client.sendall(b"POST /take/x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
        time.sleep(SLOW_SECONDS)
        service.signal(signal.SIGTERM)
        assert service.ended() == (0, "")
    assert service.lines("Cancel %s running task(s), timeout graceful shutdown exceeded")


def test_sighup_brings_new_workers_and_certificates_without_a_gap(start, tmp_path):
    first, second = certified(tmp_path / "first"), certified(tmp_path / "second")
    for one in (first, second):
        one.key.chmod(0o600)
    config = '[server]\nport = 0\ntls_certificate = "{0}/server.pem"\ntls_key = "{0}/server.key"\n'
    service = start(config.format("first")).answers()
    trust = ssl.create_default_context(cafile=first.authority)
    trust.load_verify_locations(second.authority)
    load = Load(service.url, verify=trust)
    before = workers(service)
    service.config.write_text(config.format("second"))
    service.signal(signal.SIGHUP)
    until(lambda: service.lines("reloaded"))
    until(lambda: not any(map(lives, before)))
    load.end()
    assert load.errors == []
    only_second = ssl.create_default_context(cafile=second.authority)
    answer = httpx.get(service.url + "/pid", verify=only_second)
    assert answer.json() in workers(service) - before
    assert answer.headers["strict-transport-security"].startswith("max-age=")

    service.config.write_text(config.format("third"))
    service.signal(signal.SIGHUP)
    (refused,) = until(lambda: service.lines("not reloaded"))
    assert "server.tls_key: can't read" in refused["reason"]
    assert httpx.get(service.url + "/pid", verify=only_second).status_code == 200

    old = ssl.create_default_context(cafile=second.authority)
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(service.address) as plain, pytest.raises(ssl.SSLError):
        old.wrap_socket(plain, server_hostname="127.0.0.1")
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection(service.address) as plain,
        old.wrap_socket(plain, server_hostname="127.0.0.1") as secure,
    ):
        assert secure.version() == "TLSv1.2"


def test_a_reload_whose_workers_do_not_start_leaves_the_old_ones(start, tmp_path):
    service = start().answers()
    before = workers(service)
    (tmp_path / "master.key").rename(tmp_path / "moved.key")
    service.signal(signal.SIGHUP)
    until(lambda: service.lines("not reloaded: a new worker could not start; the old ones go on"))
    assert httpx.get(service.url + "/pid").json() in before
    assert all(map(lives, before))


def test_no_worker_outlives_a_parent_that_was_killed(start):
    service = start().answers()
    service.process.kill()
    until(lambda: not any(map(lives, workers(service))))
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(service.address)
        again.listen()


def test_where_no_worker_can_start_it_ends_and_says_why(start):
    service = start(BROKEN="s3cret")
    assert service.ended() == (2, "no worker of 2 could start: RuntimeError\n")
    assert "s3cret" not in service.log
    (failed, *_) = service.lines("worker failed")
    assert failed["error"] == "RuntimeError"


def test_an_inventory_that_does_not_open_is_said_once(start, tmp_path):
    start().stop()
    (tmp_path / "inventory.db").write_bytes(b"no database" * 100)
    code, out = start().ended()
    assert code == 2
    assert "inventory.db" in out
    assert out.count("\n") == 1


def test_the_passphrase_is_asked_for_once_and_serves_workers_that_come_later(start):
    service = start("[server]\nport = 0\nworkers = 1\n", "passphrase").answers()
    assert service.asked == ["passphrase"]
    (first,) = workers(service)
    os.kill(first, signal.SIGKILL)
    assert httpx.get(service.url + "/pid", timeout=20).json() in workers(service) - {first}
    assert "words that nobody" not in service.log


def test_where_processes_can_not_be_forked_one_answers(start):
    service = start("[server]\nport = 0\n", "alone").answers()
    assert httpx.get(service.url + "/pid").json() == service.process.pid
    assert "picodsc_requests_total" in httpx.get(service.url + "/metrics").text
    service.signal(signal.SIGTERM)
    assert service.ended() == (0, "")
