"""An inventory of schema version 7, with a token whose codes follow the time: its used codes stay used."""

import pytest
from sqlalchemy import bindparam, text

from dsc.protocol.plain import Method, code
from fakes.old_inventories import make_old
from host_tools.inventory import Inventory
from host_tools.inventory.custody import Place
from host_tools.inventory.key_file import KeyFile
from host_tools.inventory.plain_codes import resynchronise, verify_code
from host_tools.inventory.schema import UtcTime
from host_tools.inventory.token_rows import credential_row
from host_tools.inventory.verify import Verdict

TOTP = "TOTP-SHA256-8-T30S"
KEY, ID = bytes([1]) * 32, bytes([1]) * 16
STEP = 30


def present(clock):
    return int(clock().timestamp()) // STEP


@pytest.fixture
def old(anywhere, clock):
    """Version 7: the token's last code was of the step before the present one."""

    def fill(connection):
        custody = KeyFile(anywhere.master_key)
        wrapped = custody.wrap(KEY, Place("DS-1001", ID, "login"), 1)
        custody.close()
        for statement, values in (
            (
                "INSERT INTO tokens (id, serial, board, uid, firmware_version, state, created_at) "
                "VALUES (1, 'DS-1001', 'b', :uid, '0', 'sealed', :at)",
                {"uid": b"u", "at": clock()},
            ),
            (
                "INSERT INTO credentials (id, token_id, credential_id, label, kind, login_suite, counter, "
                "challenge_index, last_step) VALUES (1, 1, :id, 'Login', 'totp', :suite, :counter, 0, :step)",
                {"id": ID, "suite": TOTP, "counter": bytes(8), "step": present(clock) - 1},
            ),
            (
                "INSERT INTO wrapped_keys (id, credential_id, role, key_version, nonce, ciphertext) "
                "VALUES (1, 1, 'login', 1, :nonce, :text)",
                {"nonce": wrapped.nonce, "text": wrapped.ciphertext},
            ),
        ):
            made = text(statement)
            connection.execute(
                made.bindparams(bindparam("at", type_=UtcTime)) if "at" in values else made, values
            )

    make_old(anywhere, 7, fill)
    return anywhere


def test_used_codes_stay_used_and_clocks_are_followed_from_now_on(old, clock):
    def at(off):
        return code(Method.parse(TOTP), KEY, (present(clock) + off) * STEP)

    for _ in range(2):  # it is upgraded once
        with Inventory.open(old, now=clock) as inventory, inventory.reading() as session:
            row = credential_row(session, inventory.credential("DS-1001"))
            assert (row.last_step, row.drift, row.lean) == (present(clock) - 1, 0, 0)
    with Inventory.open(old, now=clock) as inventory:
        assert verify_code(inventory, "DS-1001", at(-1)) is Verdict.REJECTED
        assert verify_code(inventory, "DS-1001", at(2)) is Verdict.REJECTED
        for _ in range(2):
            assert verify_code(inventory, "DS-1001", at(1)) is Verdict.ACCEPTED
            clock.advance(minutes=5)
        assert verify_code(inventory, "DS-1001", at(2)) is Verdict.ACCEPTED
        assert resynchronise(inventory, "DS-1001", at(49), at(50)) is Verdict.ACCEPTED
