"""`picodsc serve` behind a real nginx, with settings and site as docs/login-service.md shows them."""

from __future__ import annotations

import itertools
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import httpx
import pytest

from fakes.documented import block
from fakes.login_house import PASSWORD, House
from fakes.login_service import until
from fakes.nginx_proxy import MissingNginxError, NginxProxy
from fakes.picodsc_serve import PicodscServe
from host_tools.inventory import Location
from host_tools.login import api_keys
from host_tools.login.api_keys import Scope
from host_tools.login.system import utc_now

PROXY, CLIENT, OTHER = "127.0.0.1", "127.0.0.2", "127.0.0.3"  # who connects: the first is the proxy's own
FORGED = "203.0.113.9"
MOST = 65_536
SECONDS = 100  # to wait on a machine that has much to do
SECTION = "[server]\n"
NOBODY_S = "0" * 32  # reference of a login that there is not


class Behind:
    """A service, the proxy before it, and those who ask."""

    def __init__(self, house: House, service: PicodscServe, proxy: NginxProxy) -> None:
        self.house, self.service, self.proxy = house, service, proxy
        self.trusted = ssl.create_default_context(cafile=proxy.authority)
        self.key = api_keys.add_key(house.system, "page", [Scope.LOGIN])
        self._numbers = itertools.count(1)

    def account(self) -> str:
        """A user with password and token, whom no other test locks out."""
        name = f"maria{next(self._numbers)}"
        self.house.user(name, PASSWORD)
        self.house.token(name)
        return name

    def client(self, source: str = CLIENT, *, past: bool = False) -> httpx.Client:
        """A client at this address, which asks the proxy, or goes past it."""
        return httpx.Client(
            base_url=self.service.address if past else self.proxy.address,
            transport=httpx.HTTPTransport(local_address=source, verify=self.trusted),
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=SECONDS,
        )

    def stream(self) -> ssl.SSLSocket:
        """A client's bare connection to the proxy."""
        bare = socket.create_connection((PROXY, self.proxy.port), SECONDS, (CLIENT, 0))
        return self.trusted.wrap_socket(bare, server_hostname=PROXY)

    def source_of(self, answer: httpx.Response) -> str:
        """What the service has in its log of where the request came from."""
        found = self.logged(answer.headers["x-request-id"])
        return str(found["source"])

    def logged(self, request: str) -> dict[str, object]:
        """The log's line of a request."""
        (line,) = until(lambda: [one for one in self.service.events("request") if one["id"] == request])
        return dict(line)


@contextmanager
def behind(folder: Path, more: str = "", workers: int = 2) -> Iterator[Behind]:
    """A service with the documentation's settings, and some more, behind nginx with the documentation's site."""
    shown = block("login-service.md", "toml", "behind_proxy")
    assert shown.startswith(SECTION)
    with ExitStack() as running:
        location = Location.inside(folder)
        house = House(location, utc_now)
        running.callback(house.close)
        settings = shown.removeprefix(SECTION) + more
        service = PicodscServe(location, folder / "service", workers=workers, tls=False, more=settings)
        running.enter_context(service)
        try:
            proxy = running.enter_context(NginxProxy(service.address))
        except MissingNginxError as error:
            pytest.skip(str(error))
        yield Behind(house, service, proxy)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    """One for the tests that leave it as it was."""
    with behind(tmp_path_factory.mktemp("login")) as made:
        yield made


def login(site: Behind, client: httpx.Client, user: str) -> str:
    """The session of a login with password and token."""
    asked = client.post("/v1/logins", json={"user": user, "password": PASSWORD})
    assert asked.status_code == 201, asked.text
    demand = asked.json()
    shown = site.house.hands[demand["serial"]].shows(demand["challenge"], site.house.now())
    verdict = client.post(f"/v1/logins/{demand['reference']}/response", json={"response": shown}).json()
    assert verdict["accepted"]
    return str(verdict["session"])


def received(stream: ssl.SSLSocket, count: int) -> list[tuple[int, dict[str, object]]]:
    """So many answers of one connection: status and JSON."""
    answers = []
    with stream.makefile("rb") as lines:
        for _ in range(count):
            status, length = int(lines.readline().split()[1]), 0
            while (line := lines.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            answers.append((status, json.loads(lines.read(length))))
    return answers


def test_a_login_by_the_proxy_opens_a_session_in_which_a_withdrawal_counts_once(site: Behind) -> None:
    with site.client() as client:
        client.headers["Picodsc-Session"] = login(site, client, site.account())
        withdrawal = {"cents": 250_000, "idempotency_key": "6f1d0a52-9c3e-4b7a-8f60-2d5e7b91c084"}
        first, again = (client.post("/v1/session/withdrawals", json=withdrawal).json() for _ in range(2))
        assert first["allowed"]
        assert first == again
        assert client.delete("/v1/session").status_code == 204
        assert client.get("/v1/session").json()["code"] == "no-session"


def test_a_wrong_response_and_a_missing_key_are_answered_as_without_a_proxy(site: Behind) -> None:
    with site.client() as client:
        asked = client.post("/v1/logins", json={"user": site.account(), "password": PASSWORD}).json()
        wrong = client.post(f"/v1/logins/{asked['reference']}/response", json={"response": "00000000"})
        assert (wrong.status_code, wrong.json()["accepted"]) == (200, False)
        del client.headers["Authorization"]
        refused = client.get("/v1/session")
        assert (refused.status_code, refused.json()["code"]) == (401, "no-api-key")
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["strict-transport-security"]
        assert refused.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("source", [CLIENT, OTHER])
def test_the_log_has_the_client_s_address_and_not_the_proxy_s(site: Behind, source: str) -> None:
    with site.client(source) as client:
        assert site.source_of(client.get("/healthz")) == source


@pytest.mark.parametrize(
    "forged",
    [
        [("X-Forwarded-For", FORGED)],
        [("X-Forwarded-For", FORGED), ("X-Forwarded-For", PROXY)],
        [("X-Forwarded-For", f"{FORGED}, {PROXY}")],
        [("X-Forwarded-For", "unknown")],
        [("X-Real-IP", FORGED)],
        [("Forwarded", f"for={FORGED}")],
    ],
)
@pytest.mark.parametrize("source", [CLIENT, PROXY])
def test_what_a_client_says_of_where_it_comes_from_is_not_believed(
    site: Behind, source: str, forged: list[tuple[str, str]]
) -> None:
    with site.client(source) as client:
        assert site.source_of(client.get("/healthz", headers=forged)) == source


def test_each_client_behind_the_proxy_has_a_limit_of_its_own(tmp_path: Path) -> None:
    limits = "[limits]\nsource_per_second = 1\nsource_burst = 20\n"
    with (
        behind(tmp_path, limits, workers=1) as site,
        site.client(CLIENT) as often,
        site.client(OTHER) as seldom,
    ):
        forged = (f"203.0.113.{n % 256}" for n in itertools.count())

        def refused() -> httpx.Response | None:
            answer = often.get("/healthz", headers={"X-Forwarded-For": next(forged)})
            return answer if answer.status_code == 429 else None

        assert until(refused).headers["retry-after"] == "1"
        assert seldom.get("/healthz").status_code == 200


def test_who_goes_past_the_proxy_is_judged_by_his_own_address(site: Behind) -> None:
    with site.client(CLIENT, past=True) as client:
        assert client.get("/metrics").status_code == 200
        forged = {"X-Forwarded-For": PROXY}
        closed = client.get("/metrics", headers=forged)
        assert closed.status_code == 404
        assert site.source_of(closed) == CLIENT
        assert (
            client.post("/validate/check", data={"user": "x", "pass": "y"}, headers=forged).status_code == 403
        )


def test_who_goes_past_the_proxy_from_a_trusted_address_is_believed_as_the_proxy_is(site: Behind) -> None:
    with site.client(PROXY, past=True) as client:
        assert site.source_of(client.get("/healthz", headers={"X-Forwarded-For": FORGED})) == FORGED


@pytest.mark.parametrize("path", ["/metrics", "//metrics", "/%6detrics", "/x/../metrics", "/metrics?x=1"])
@pytest.mark.parametrize("source", [CLIENT, PROXY])
def test_nobody_reads_the_metrics_by_the_proxy(site: Behind, source: str, path: str) -> None:
    with site.client(source) as client:
        # By itself, httpx would tidy the path up.
        address = httpx.URL(site.proxy.address).copy_with(raw_path=path.encode())
        assert client.get(address).status_code == 404


def chunked(size: int) -> Iterator[bytes]:
    """A body that does not say how long it is."""
    for start in range(0, size, 1000):
        yield b"x" * min(1000, size - start)


@pytest.mark.parametrize("made", [lambda size: b"x" * size, chunked], ids=["whole", "chunked"])
def test_a_body_as_long_as_may_be_comes_to_the_service_and_none_that_is_longer(
    site: Behind, made: Callable[[int], bytes | Iterator[bytes]]
) -> None:
    with site.client() as client:
        judged = client.post("/v1/logins", content=made(MOST))
        assert (judged.status_code, judged.json()["code"]) == (422, "invalid-request")
        refused = client.post("/v1/logins", content=made(MOST + 1))
        assert refused.status_code == 413
        assert "x-request-id" not in refused.headers


def test_the_proxy_writes_nothing_that_it_passes_on_into_a_file(site: Behind) -> None:
    with site.client() as client:
        for body in (b"x" * MOST, chunked(MOST)):
            assert client.post("/v1/logins", content=body).status_code == 422
        assert len(client.get("/openapi.json").content) > MOST
    assert "temporary file" not in site.proxy.log()


def test_slow_clients_keep_the_proxy_waiting_and_not_the_service(tmp_path: Path) -> None:
    with behind(tmp_path, "connections = 4\n", workers=1) as site, ExitStack() as held:
        body = json.dumps({"response": "12345678"}).encode()
        head = (
            f"POST /v1/logins/{NOBODY_S}/response HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {site.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        streams = [held.enter_context(site.stream()) for _ in range(40)]
        for n, stream in enumerate(streams):
            stream.sendall(head + body[:5] if n % 2 else head[:40])
        with site.client() as client:
            login(site, client, site.account())
        for n, stream in enumerate(streams):
            stream.sendall(body[5:] if n % 2 else head[40:] + body)
            ((status, problem),) = received(stream, 1)
            assert (status, problem["code"]) == (409, "not-open")


def test_requests_that_are_sent_ahead_are_answered_in_their_order(site: Behind) -> None:
    paths = [f"/v1/nothing/{n}" if n % 2 else "/healthz" for n in range(40)]
    with closing(site.stream()) as stream:
        stream.sendall(b"".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for path in paths))
        answers = received(stream, len(paths))
    assert [status for status, _ in answers] == [404 if n % 2 else 200 for n in range(40)]


def test_a_reload_under_load_loses_no_request_at_the_proxy(tmp_path: Path) -> None:
    with behind(tmp_path) as site:
        ended = threading.Event()

        def ask(session: str) -> list[tuple[int, str]]:
            """Read, and send what a proxy may not send twice, until it ends: status and id of each request."""
            answers = []
            with site.client() as client:
                client.headers["Picodsc-Session"] = session
                while not ended.is_set():
                    answers.append(client.get("/v1/session"))
                    answers.append(
                        client.post(f"/v1/logins/{NOBODY_S}/response", json={"response": "12345678"})
                    )
            return [(one.status_code, one.headers.get("x-request-id", "")) for one in answers]

        with site.client() as client:
            sessions = [login(site, client, site.account()) for _ in range(4)]
        with ThreadPoolExecutor(len(sessions)) as pool:
            asking = [pool.submit(ask, one) for one in sessions]
            try:
                for reloads in (1, 2):
                    site.service.reload()
                    until(lambda: len(site.service.events("reloaded")) == reloads, SECONDS)  # noqa: B023
            finally:
                ended.set()
            answers = [one for each in asking for one in each.result()]
        assert {status for status, _ in answers} == {200, 409}
        requests = {request for _, request in answers}
        assert len(requests - {""}) == len(answers)
