"""`picodsc serve`: the service by the command, from its config file to its end."""

import os
import signal
import sqlite3
import threading
import tomllib
from contextlib import closing, suppress
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import create_engine

from fakes.login_house import House
from fakes.login_service import until
from fakes.picodsc_serve import PicodscServe
from host_tools.inventory import Inventory, Location
from host_tools.inventory.schema import SCHEMA_VERSION
from host_tools.inventory.upgrades import revision, upgrade
from host_tools.login import accounts, api_keys
from host_tools.login.api_keys import Scope
from host_tools.login.system import LoginSystem


@pytest.fixture
def config(tmp_path):
    """Writes a config file."""

    def config(text):
        path = tmp_path / "login.toml"
        path.write_text(text)
        return path

    return config


def test_it_answers_at_the_address_that_it_says_and_ends_in_order(start, home, tmp_path, config):
    Inventory.open(Location.inside(home)).close()
    (home / "inventory.db").rename(tmp_path / "elsewhere.db")
    file = config(f'[server]\nport = 0\n[inventory]\ndatabase = "{tmp_path}/elsewhere.db"\n')
    with (tmp_path / "log").open("wb") as log:
        service = start("serve", "--config", file, stderr=log)
        line = service.stdout.readline().decode()
    assert line.startswith("picodsc: the login service answers at http://127.0.0.1:")
    assert httpx.get(line.split()[-1] + "/healthz").json()["status"] == "ok"
    service.send_signal(signal.SIGTERM)
    assert service.wait(30) == 0
    assert '"event": "stopping"' in until((tmp_path / "log").read_text)


def test_the_config_that_it_prints_is_one(picodsc, config):
    ended = picodsc("serve", "--write-config")
    assert (ended.err, ended.code) == ("", 0)
    assert "server" in tomllib.loads(ended.out)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[server]\nprot = 1\n", "login.toml: server.prot: unknown; in [server] there are"),
        ("[server]\nport = 0\n", "no inventory"),
        ('[server]\nport = 0\n[inventory]\ndatabase = "mysql://x/y"\n', "mysql:// addresses"),
    ],
)
def test_what_can_not_be_ends_with_exit_code_2_and_says_why(process, config, text, said):
    ended = process("serve", "--config", config(text))
    assert (ended.out, ended.code) == ("", 2)
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_a_damaged_database_is_named(process, home, config):
    Inventory.open(Location.inside(home)).close()
    damaged = home / "inventory.db"
    damaged.write_bytes(b"SQLite format 3\0" + b"\xff" * 8192)
    ended = process("serve", "--config", config("[server]\nport = 0\n"))
    assert (ended.out, ended.code) == ("", 2)
    assert str(damaged) in ended.err
    assert "Traceback" not in ended.err


def test_a_database_of_a_newer_picodsc_is_left_alone(process, home, config):
    Inventory.open(Location.inside(home)).close()
    with closing(sqlite3.connect(home / "inventory.db")) as database:
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    ended = process("serve", "--config", config("[server]\nport = 0\n"))
    assert (ended.out, ended.code) == ("", 2)
    assert "newer" in ended.err


def test_an_older_database_is_brought_up_to_date(start, home, config):
    Inventory.open(Location.inside(home)).close()
    path = home / "inventory.db"
    with closing(sqlite3.connect(path)) as database:
        (known,) = database.execute("SELECT version, fingerprint FROM master_keys").fetchall()
        application = database.execute("PRAGMA application_id").fetchone()[0]
    path.unlink()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        upgrade(connection, to=revision(SCHEMA_VERSION - 1))
        connection.exec_driver_sql("INSERT INTO master_keys (version, fingerprint) VALUES (?, ?)", known)
        connection.exec_driver_sql(f"PRAGMA application_id = {application}")
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION - 1}")
    engine.dispose()
    path.chmod(0o600)
    service = start("serve", "--config", config("[server]\nport = 0\nworkers = 4\n"))
    line = service.stdout.readline().decode()
    assert httpx.get(line.split()[-1] + "/healthz").json()["status"] == "ok"
    with LoginSystem.open(Location.inside(home)) as system:
        assert accounts.add_user(system, "alice").name == "alice"


def test_a_policy_that_the_environment_names_wins_over_the_config_s(process, config, tmp_path, monkeypatch):
    wrong = tmp_path / "policy.toml"
    wrong.write_text("wrong = 1\n")
    (tmp_path / "right.toml").write_text("[[policy]]\neffective = 2020-01-01\n")
    monkeypatch.setenv("PICODSC_POLICY", str(wrong))
    ended = process("serve", "--config", config('[server]\nport = 0\n[login]\npolicy = "right.toml"\n'))
    assert (ended.out, ended.code) == ("", 2)
    assert f"{wrong}: there is no key wrong" in ended.err


@pytest.mark.parametrize("named_in", ["config", "environment"])
def test_a_policy_that_others_can_change_is_refused(process, config, tmp_path, monkeypatch, named_in):
    policy = tmp_path / "own.toml"
    policy.write_text("[[policy]]\neffective = 2020-01-01\n")
    policy.chmod(0o666)
    text = "[server]\nport = 0\n"
    if named_in == "config":
        text += '[login]\npolicy = "own.toml"\n'
    else:
        monkeypatch.setenv("PICODSC_POLICY", str(policy))
    ended = process("serve", "--config", config(text))
    assert (ended.out, ended.code) == ("", 2)
    assert f"{policy}: other users can change it (mode 0666" in ended.err


def test_the_policy_that_was_judged_is_the_one_that_is_read(process, config, tmp_path, monkeypatch):
    # What is opened a second time may be another file by then: a pipe has something else each time.
    policy = tmp_path / "pipe.toml"
    os.mkfifo(policy, 0o600)
    monkeypatch.setenv("PICODSC_POLICY", str(policy))

    def fill():
        for key in ("first", "second"):
            with suppress(BrokenPipeError), policy.open("w") as pipe:
                pipe.write(f"{key} = 1\n")

    threading.Thread(target=fill, daemon=True).start()
    ended = process("serve", "--config", config("[server]\nport = 0\n"))
    assert (ended.out, ended.code) == ("", 2)
    assert f"{policy}: there is no key first" in ended.err


POLICY = """[[policy]]
effective = 2020-01-01
[policy.withdrawals.limits]
none = {{ day = {}, window = 100_000 }}
"""


@pytest.fixture
def by_policy(tmp_path):
    """A service of one worker whose policy is a file; and what asks it for the limit of a day, in dollars."""
    location, file = Location.inside(tmp_path / "house"), tmp_path / "policy.toml"
    house = House(location, lambda: datetime.now(UTC))
    house.user()
    headers = {"authorization": f"Bearer {api_keys.add_key(house.system, 'op', [Scope.OPERATOR])}"}
    house.close()
    file.write_text(POLICY.format(1000))
    with PicodscServe(
        location, tmp_path / "serve", workers=1, tls=False, more='[login]\npolicy = "../policy.toml"\n'
    ) as service:

        def limit():
            answer = httpx.get(f"{service.address}/v1/users/alice/limits", headers=headers, timeout=20)
            return answer.json()[0]["day_cents"] // 100

        yield service, file, limit


def test_a_reload_brings_the_policy_anew_and_one_that_is_wrong_changes_nothing(by_policy):
    service, file, limit = by_policy
    assert limit() == 1000
    file.write_text(POLICY.format(2000))
    service.reload()
    until(lambda: service.events("reloaded") and service.events("worker ended"))
    assert limit() == 2000
    file.write_text("wrong = 1\n")
    service.reload()
    (refused,) = until(lambda: service.events("not reloaded"))
    assert f"{file.name}: there is no key wrong" in refused["reason"]
    assert limit() == 2000


def test_who_replaces_a_dead_worker_goes_by_the_policy_of_the_others(by_policy):
    service, file, limit = by_policy
    file.write_text(POLICY.format(2000))
    service.reload()
    until(lambda: service.events("reloaded") and service.events("worker ended"))
    file.write_text("wrong = 1\n")
    os.kill(service.events("worker started")[-1]["pid"], signal.SIGKILL)
    until(lambda: len(service.events("worker started")) == 3)
    assert limit() == 2000
