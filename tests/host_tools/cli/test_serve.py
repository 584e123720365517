"""`picodsc serve`: the service by the command, from its config file to its end."""

import signal
import sqlite3
import tomllib
from contextlib import closing

import httpx
import pytest
from sqlalchemy import create_engine

from fakes.login_service import until
from host_tools.inventory import Inventory, Location
from host_tools.inventory.schema import SCHEMA_VERSION
from host_tools.inventory.upgrades import revision, upgrade
from host_tools.login import accounts
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
