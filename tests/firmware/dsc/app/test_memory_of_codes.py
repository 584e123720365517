"""No secret stays in memory after mutual mode, a signature or a plain code, however they end."""

import pytest

from dsc.crypto import seal
from dsc.crypto.ocra import Suite, mutual
from dsc.protocol.records import KIND_OPEN
from dsc.protocol.transaction import AMOUNT, Field
from fakes import login_secrets, secret_forms, signing, units
from fakes.desk import Desk
from fakes.probe import ProbedEngine
from fakes.units import Made

PIN = b"90210763"
TYPED = PIN.decode()
SERVER = "OCRA-1:HOTP-SHA512-8:QN06"
SIGN = "OCRA-1:HOTP-SHA256-8:QH64"
CREDENTIALS = {
    "mutual": Made(units.LOGIN, server=SERVER),
    "sign": Made(units.LOGIN, sign=SIGN, form=(Field(AMOUNT, "Amount", 2, "EUR"),)),
    "plain": Made("HOTP-SHA1-6"),
    "possession": Made("HOTP-SHA1-6", kind=KIND_OPEN),
}


def secrets():
    """What these flows bring into memory: all that a login does, and the keys that no PIN guards."""
    known = login_secrets.of_unit(PIN)
    known["key of server keys"] = bytes(
        seal.device_key(units.fixed("device secret", 32), units.UID, "server")
    )
    known["key of open keys"] = bytes(seal.device_key(units.fixed("device secret", 32), units.UID, "open"))
    known["server key"] = units.server_key(0, SERVER)
    return known


def to_the_page_code(desk):
    number = desk.screen.large
    desk.do("press OK")
    desk.type("123457")
    return mutual(Suite.parse(SERVER), units.server_key(0, SERVER), number, "123457")


def a_mutual_login(desk):
    desk.type(to_the_page_code(desk))
    desk.type(TYPED)
    desk.do("read RESPONSE")


def a_false_page(desk):
    to_the_page_code(desk)
    desk.type("00000000")
    desk.do('expect "WARNING"')


def a_right_page_and_no_pin(desk):
    desk.type(to_the_page_code(desk))
    desk.do("press 9 0 2 1\nhold C 2s")


def a_signature(desk):
    signing.begin(desk)
    desk.type(TYPED)
    desk.type("100")
    signing.confirm(desk)
    desk.do("read RESPONSE")


def a_review_that_is_cancelled(desk):
    signing.begin(desk)
    desk.type(TYPED)
    desk.type("100")
    desk.do("hold C 2s")


def a_field_that_nobody_types(desk):
    signing.begin(desk)
    desk.type(TYPED)
    desk.do('wait 61s\nexpect ""')


def a_plain_code(desk):
    desk.type(TYPED)
    desk.do("read RESPONSE")


def a_possession_only_code(desk):
    desk.do("press OK\nread RESPONSE")


ENDS = [
    ("mutual", a_mutual_login),
    ("mutual", a_false_page),
    ("mutual", a_right_page_and_no_pin),
    ("sign", a_signature),
    ("sign", a_review_that_is_cancelled),
    ("sign", a_field_that_nobody_types),
    ("plain", a_plain_code),
    ("possession", a_possession_only_code),
]


@pytest.mark.parametrize("memory", ["reused", "hoarding"])
@pytest.mark.parametrize(("credential", "end"), ENDS, ids=lambda value: getattr(value, "__name__", value))
def test_no_secret_is_in_memory_after(credential, end, memory, tmp_path):
    unit = units.sealed_unit(tmp_path, (CREDENTIALS[credential],), pin=PIN)
    with ProbedEngine(unit, tmp_path, memory) as engine:
        end(Desk(engine))
        assert engine.faults == []
        assert engine.search(secret_forms.of_all(secrets())) == {}


@pytest.mark.parametrize(
    ("credential", "end", "left"),
    [
        ("mutual", a_false_page, {"server key", "key of server keys"}),
        ("possession", a_possession_only_code, {"key", "key of open keys"}),
    ],
)
def test_without_overwriting_it_stays(credential, end, left, tmp_path):
    unit = units.sealed_unit(tmp_path, (CREDENTIALS[credential],), pin=PIN)
    with ProbedEngine(unit, tmp_path, "negligent", "hoarding") as engine:
        end(Desk(engine))
        assert secret_forms.kinds(engine.search(secret_forms.of_all(secrets()))) == left
