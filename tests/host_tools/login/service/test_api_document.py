"""The OpenAPI document against the application, by Schemathesis: whatever is sent, what it says is what is answered."""

from ipaddress import ip_network

import pytest

from fakes.login_api import api_in
from fakes.login_schema import NEGATIVE, POSITIVE, SchemaWalk

EXAMPLES = 6  # of an operation; `make fuzz` tries many more


@pytest.fixture
def walk(tmp_path):
    with api_in(tmp_path, privacyidea_from=(ip_network("192.0.2.0/24"),)) as api:
        yield SchemaWalk(api)


def test_what_the_document_allows_is_answered_as_it_says(walk):
    assert walk.try_all(POSITIVE, EXAMPLES) > 100


def test_what_the_document_allows_of_users_that_there_are_is_answered_as_it_says(walk):
    assert walk.try_all(POSITIVE, EXAMPLES, known=True) > 100


def test_what_the_document_does_not_allow_is_refused_as_it_says(walk):
    assert walk.try_all(NEGATIVE, EXAMPLES) > 100


def test_the_document_is_made_once_and_then_served_as_it_is(tmp_path, monkeypatch):
    with api_in(tmp_path) as api:
        made = []
        make = api.app.openapi
        monkeypatch.setattr(api.app, "openapi", lambda: made.append(1) or make())
        served = [api.ask("GET", "/openapi.json", key=None) for _ in range(3)]
        assert {(one.status_code, one.headers["content-type"]) for one in served} == {
            (200, "application/json")
        }
        assert [one.json() for one in served] == [make()] * 3
        assert made == [1]
