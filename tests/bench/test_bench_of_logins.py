"""The measurements of a login service, on one of a page, with as little work as they can have."""

import asyncio
import math
import sys
from pathlib import Path

import pytest

from fakes.login_client import AnswerLostError, LoginClient, LoginFailedError, NoConnectionError, User
from fakes.login_load import Load, Service, load, quantile
from fakes.privacyidea_server import ADMIN, PASSWORD, MissingServerError, PrivacyIdeaServer
from fakes.tiny_login_service import KEY, REFUSES, WORD, tiny_service

USERS = [User(f"user{number}", "bank", KEY) for number in range(16)]


@pytest.fixture(autouse=True)
def found(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent)


@pytest.fixture
def tiny(tmp_path):
    with tiny_service(tmp_path) as running:
        yield running


def service_of(running):
    return Service(running.address, WORD, pid=running.pid)


def test_every_login_that_is_counted_was_accepted_by_the_service(tiny):
    done = asyncio.run(load(service_of(tiny), USERS, 8, count=100))
    assert done.errors == []
    assert sorted(login.transaction for login in done.logins) == sorted(tiny.accepted())
    assert len(done.logins) == 100
    assert done.rate == pytest.approx(100 / done.seconds)
    assert 0 < done.challenge_ms(0.5) <= done.challenge_ms(0.99)
    assert 0 < done.verification_ms(0.5) <= done.verification_ms(0.99)
    assert done.client_ms > 0


def test_a_refused_login_is_an_error_and_is_not_counted(tmp_path):
    with tiny_service(tmp_path, REFUSES) as running:
        done = asyncio.run(load(service_of(running), USERS, 2, count=4))
    assert done.logins == []
    assert len(done.errors) == 4
    assert "REJECT" in done.errors[0]


def test_a_client_that_has_not_signed_in_gets_no_challenge(tiny):
    async def ask():
        async with LoginClient(tiny.address) as client:
            with pytest.raises(LoginFailedError, match="not for everybody"):
                await client.challenge(USERS[0])
            assert await client.sign_in("desk", "password") == WORD
            await client.challenge(USERS[0])

    asyncio.run(ask())


def test_an_answer_that_does_not_come_is_told_apart_from_a_refusal():
    async def ask():
        hangs_up = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
        port = hangs_up.sockets[0].getsockname()[1]
        async with hangs_up, LoginClient(f"http://127.0.0.1:{port}", WORD) as client:
            with pytest.raises(AnswerLostError):
                await client.challenge(USERS[0])
        async with LoginClient(f"http://127.0.0.1:{port}", WORD) as client:
            with pytest.raises(NoConnectionError):
                await client.challenge(USERS[0])

    asyncio.run(ask())


def test_a_connection_that_was_idle_for_long_is_not_used_again(monkeypatch):
    opened = []

    async def serve(reader, writer):
        opened.append(writer)
        while await reader.readuntil(b"name=value"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async def ask():
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            async with LoginClient(address) as client:
                counts = []
                for idle in (60, 60, 0):
                    monkeypatch.setattr("fakes.login_client.IDLE_SECONDS", idle)
                    assert await client.post("/", {"name": "value"}) == (200, {})
                    counts.append(len(opened))
            for writer in opened:
                writer.close()
        return counts

    assert asyncio.run(ask()) == [1, 1, 2]


def test_quantiles_are_values_that_were_measured():
    values = [float(value) for value in range(100, 0, -1)]
    assert [quantile(values, share) for share in (0.5, 0.99, 1)] == [50, 99, 100]
    assert math.isnan(quantile([], 0.5))


def test_services_are_measured_by_turns_beside_their_disk(tiny, tmp_path):
    import on_login

    services = {name: (service_of(tiny), USERS) for name in ("ours", "theirs")}
    measured = on_login.measured(services, tmp_path, seconds=0.4, turns=2)
    assert measured.disk > 0
    assert measured.commits > 0
    figures = list(on_login.figures_of("ours", measured.loads["ours"], "theirs", measured.loads["theirs"]))
    assert [figure.what for figure in figures if figure.unit == "/s"] == [
        "ours, 1 at once: logins",
        "ours, 8 at once: logins",
    ]
    assert all(figure.reference == "theirs" and figure.its_value is not None for figure in figures)


def test_ours_has_to_be_ten_times_theirs_and_with_a_million_devices_at_most_a_fifth_slower():
    import on_login

    def loads(one, eight):
        return {1: Load([None] * one, [], 10, 0, 0), 8: Load([None] * eight, [], 10, 0, 0)}

    few, many = (on_login.name_of(on_login.sqlite(size)) for size in on_login.DEVICES)
    ours = {few: loads(1000, 4000), many: loads(800, 3199), "another": loads(1, 1)}
    found = list(on_login.bounds(ours, loads(80, 400), on_login.DEVICES))
    assert [(bound.ratio, bound.is_kept) for bound in found] == [
        (12.5, True), (10, True), (0.8, True), (10, True), (pytest.approx(7.9975), False),
        (pytest.approx(0.79975), False),
    ]  # fmt: skip
    assert str(found[0]) == (
        "kept: logins, SQLite, 1,000 devices, 1 at once, to privacyIDEA's: 12.50, at least 10"
    )
    assert str(found[-1]).startswith(
        "missed: logins, SQLite, 1,000,000 devices, 8 at once, to those with 1,000"
    )


@pytest.mark.parametrize(
    ("ratio", "word", "code"), [(10, "kept", 0), (9.99, "missed", 1), (math.nan, "missed", 1)]
)
def test_the_bench_ends_with_what_was_kept_and_fails_if_anything_was_missed(
    monkeypatch, capsys, ratio, word, code
):
    import bench

    bounded = bench.Bounded(bench.table("figures", "what"), [bench.Bound("ours", ratio, 10)])
    tables = {"login": lambda: bounded, "pico": lambda: bench.table("others", "what")}
    monkeypatch.setattr(bench, "TABLES", tables)
    monkeypatch.setattr(sys, "argv", ["bench.py", "login", "pico"])
    assert bench.main() == code
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"{word}: ours: ")


def test_a_service_that_refuses_has_no_rate(tmp_path):
    import on_login

    with (
        tiny_service(tmp_path, REFUSES) as running,
        pytest.raises(on_login.LoginsRefusedError, match="REJECT"),
    ):
        on_login.measured({"tiny": (service_of(running), USERS)}, tmp_path, seconds=0.1, turns=1)


def test_a_service_that_runs_is_measured_by_its_address(tiny, tmp_path, monkeypatch, capsys):
    import on_login

    users, password = tmp_path / "users.csv", tmp_path / "password"
    users.write_text("".join(f"{user.name},{user.realm},{user.key.hex()}\n" for user in USERS))
    password.write_text("the desk's\n")
    options = ["--address", tiny.address, "--admin", "desk", "--password-file", str(password)]
    monkeypatch.setattr(sys, "argv", ["on_login.py", *options, "--users", str(users), "--seconds", "0.2"])
    assert on_login.main() == 0
    assert "8 at once: logins" in capsys.readouterr().out


def test_privacyidea_accepts_what_the_load_answers_and_keeps_it_for_good():
    import on_login

    names = [f"user{number}" for number in range(2)]
    try:
        server = PrivacyIdeaServer(2, names, tls=False)
    except MissingServerError as error:
        pytest.skip(str(error))
    with server:
        word = on_login.authorization(server.address, ADMIN, PASSWORD)
        users = on_login.enrolled(server, names)
        done = asyncio.run(load(Service(server.address, word, pid=server.pid), users, 2, count=4))
        durability = server.durability()
    assert (len(done.logins), done.errors) == (4, [])
    assert done.service_ms > 0
    assert durability == ("delete", 2)
