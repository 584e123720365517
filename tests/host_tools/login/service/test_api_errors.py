"""Every refusal of the core is an answer with a status and a code, and none is a 500 or tells a secret."""

import importlib
import inspect
import pkgutil

import pytest

import host_tools.inventory
import host_tools.login
from host_tools.login.service.api.problems_of import BASES, KNOWN, known

# Modules that need what is not installed everywhere.
OPTIONAL = ("pkcs11",)


def imported(package):
    for one in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if "migrations" not in one.name and not any(name in one.name for name in OPTIONAL):
            importlib.import_module(one.name)


def below(kind):
    for one in kind.__subclasses__():
        yield one
        yield from below(one)


def all_errors():
    imported(host_tools.login)
    imported(host_tools.inventory)
    return sorted({one for base in BASES for one in (base, *below(base))}, key=lambda one: one.__name__)


def test_no_caller_is_sent_elsewhere_with_his_key_and_password(api):
    """A redirection names the host that the client named, and http where a proxy speaks TLS."""
    for method, path in (("POST", "/v1/logins/"), ("GET", "/healthz/"), ("POST", "/validate/check/")):
        answer = api.ask(method, path, headers={"host": "elsewhere.example"})
        assert (answer.status_code, answer.headers.get("location")) == (404, None)


def test_every_error_has_a_status_of_its_own_or_of_its_bases():
    found = all_errors()
    assert len(found) > 100
    for error in found:
        status, code, _ = known(error)
        assert 400 <= status < 500 or status == 503, error
        assert code == code.lower().replace("_", "-").replace(" ", "-")


@pytest.mark.parametrize("error", KNOWN, ids=lambda error: error.__name__)
def test_what_is_told_of_an_error_is_an_attribute_of_it(error):
    names = KNOWN[error][2]
    if names:
        assert set(names) <= set(inspect.signature(error.__init__).parameters)


def test_one_code_has_one_status():
    statuses = {}
    for status, code, _ in KNOWN.values():
        statuses.setdefault(code, set()).add(status)
    assert [code for code, some in statuses.items() if len(some) > 1] == []


def test_what_is_none_of_ours_is_no_problem_of_the_clients():
    with pytest.raises(LookupError):
        known(ValueError)
