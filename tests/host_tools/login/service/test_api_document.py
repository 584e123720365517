"""The OpenAPI document against the application, by Schemathesis: whatever is sent, what it says is what is answered."""

import pytest

from fakes.login_api import api_in
from fakes.login_schema import NEGATIVE, POSITIVE, SchemaWalk

EXAMPLES = 6  # of an operation; `make fuzz` tries many more


@pytest.fixture
def walk(tmp_path):
    with api_in(tmp_path) as api:
        yield SchemaWalk(api)


def test_what_the_document_allows_is_answered_as_it_says(walk):
    assert walk.try_all(POSITIVE, EXAMPLES) > 100


def test_what_the_document_allows_of_users_that_there_are_is_answered_as_it_says(walk):
    assert walk.try_all(POSITIVE, EXAMPLES, known=True) > 100


def test_what_the_document_does_not_allow_is_refused_as_it_says(walk):
    assert walk.try_all(NEGATIVE, EXAMPLES) > 100
