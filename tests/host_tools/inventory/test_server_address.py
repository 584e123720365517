"""How the way to a database server is protected, as libpq does it, and as a server sees it that wants to know all."""

import socket
import threading

import pytest
from sqlalchemy import make_url

from host_tools.inventory.errors import UnusableDatabaseError
from host_tools.inventory.postgresql import is_there
from host_tools.inventory.server_address import protection

SSL_REQUEST = bytes.fromhex("0000000804d2162f")  # PostgreSQL manual, 54.7


@pytest.fixture
def nosy():
    """A server without TLS: its port, and what clients told it before and after it said so."""
    heard = []

    def serve():
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            with client:
                heard.append(client.recv(1000))
                if heard[-1] == SSL_REQUEST:
                    client.sendall(b"N")
                    heard.append(client.recv(1000))

    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve)
    thread.start()
    yield listening.getsockname()[1], heard
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("host=db.example&hostaddr=127.0.0.1", False),
        ("host=db.example&hostaddr=127.0.0.1&sslmode=prefer", True),
        ("host=db.example&hostaddr=127.0.0.1&sslmode=disable", True),
        ("host=127.0.0.1", True),
    ],
)
def test_a_server_elsewhere_hears_nothing_before_it_has_proved_itself(nosy, query, told):
    port, heard = nosy
    with pytest.raises(UnusableDatabaseError):
        is_there(make_url(f"postgresql://station@/inventory?port={port}&{query}"))
    assert any(b"station" in words for words in heard) == told


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://station@db.example/picodsc",
        "postgresql://station@192.0.2.1/picodsc",
        "postgresql://station@[2001:db8::1]/picodsc",
        "postgresql://station@localhost.example/picodsc",
        "postgresql://station@localhost/picodsc?host=db.example",
        "postgresql://station@localhost/picodsc?hostaddr=192.0.2.1",
        "postgresql://station@/picodsc?host=localhost:5432&host=db.example:5432",
        "postgresql://station@/picodsc?host=localhost,db.example",
        "postgresql://station@/picodsc?service=central",
    ],
)
def test_a_server_elsewhere_has_to_prove_who_it_is(address):
    assert protection(make_url(address), {}) == {"sslmode": "verify-full"}
    other = make_url(address).update_query_dict({"sslmode": "require"})
    assert protection(other, {}) == {}


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://station@localhost/picodsc",
        "postgresql://station@127.0.0.1:5433/picodsc",
        "postgresql://station@[::1]/picodsc",
        "postgresql://station@/picodsc",
        "postgresql:///picodsc?host=/run/postgresql",
        "postgresql://station@/picodsc?host=@abstract",
    ],
)
def test_a_server_on_this_machine_does_not(address):
    assert protection(make_url(address), {}) == {}


@pytest.mark.parametrize(
    ("environ", "here"),
    [
        ({}, True),
        ({"PGHOST": "/run/postgresql"}, True),
        ({"PGHOST": "localhost"}, True),
        ({"PGHOST": "db.example"}, False),
        ({"PGHOST": "localhost,db.example"}, False),
        ({"PGHOSTADDR": "192.0.2.1"}, False),
        ({"PGSERVICE": "central"}, False),
    ],
)
def test_an_address_without_a_host_has_the_one_of_the_environment(environ, here):
    assert (protection(make_url("postgresql://station@/picodsc"), environ) == {}) == here
    assert protection(make_url("postgresql://station@localhost/picodsc"), environ) == {}
