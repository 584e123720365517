"""Login keys on their way out: those that may go, each of the others with its reason, and nothing else."""

import pytest

from host_tools.inventory import NewCredential, TokenState
from host_tools.inventory.errors import UnknownSerialError
from host_tools.inventory.exporting import export_detail, exported_keys, note_exported, serials_in
from host_tools.inventory.lifecycle import assign, ship, take_back


def test_the_keys_of_tokens_come_in_their_order_and_are_wiped(inventory, record):
    for number in (3, 1, 2):
        record(f"DS-{number}", number)
        inventory.mark_sealed(f"DS-{number}")
    with exported_keys(inventory, ["DS-2", "DS-3", "DS-2"]) as (keys, refusals):
        assert [each.credential.serial for each in keys] == ["DS-2", "DS-3"]
        assert [bytes(each.key) for each in keys] == [bytes([2]) * 32, bytes([3]) * 32]
        assert refusals == []
    assert not any(any(each.key) for each in keys)


def test_more_than_go_into_one_query_all_come(inventory, record, monkeypatch):
    monkeypatch.setattr("host_tools.inventory.exporting.AT_ONCE", 2)
    for number in range(1, 6):
        record(f"DS-{number}", number)
        inventory.mark_sealed(f"DS-{number}")
    seen = []
    with exported_keys(inventory, serials_in(inventory), None, lambda *done: seen.append(done)) as (keys, _):
        assert len(keys) == 5
    assert seen == [(2, 5), (4, 5), (5, 5)]


def test_a_credential_with_a_duress_pin_does_not_go_and_is_named(inventory, record):
    record(alarm_key=bytearray(32))
    inventory.mark_sealed("DS-1001")
    with exported_keys(inventory, ["DS-1001"]) as (keys, refusals):
        assert keys == []
    assert str(refusals[0]).startswith("token DS-1001, credential 'Login' (")
    assert "duress PIN" in refusals[0].reason


def test_only_tokens_that_have_proved_themselves_and_did_not_come_back_go(inventory, record):
    record("DS-1", 1)
    record("DS-2", 2)
    inventory.mark_sealed("DS-2")
    assign(inventory, "DS-2", "ann")
    ship(inventory, "DS-2")
    assert serials_in(inventory) == ["DS-2"]
    assert serials_in(inventory, [TokenState.SEALED]) == []
    take_back(inventory, "DS-2")
    with exported_keys(inventory, ["DS-1", "DS-2"]) as (keys, refusals):
        assert keys == []
    assert ["in doubt" in refusals[0].reason, "returned" in refusals[1].reason] == [True, True]


def test_one_credential_alone_can_go(inventory):
    new = [NewCredential(id=bytes([n]) * 16, label=f"C{n}", key=bytearray([n] * 32)) for n in (1, 2)]
    inventory.record_in_doubt("DS-1", board="b", uid=b"u", firmware_version="1", credentials=new)
    inventory.mark_sealed("DS-1")
    with exported_keys(inventory, ["DS-1"], bytes([2]) * 16) as (keys, _):
        assert [each.credential.label for each in keys] == ["C2"]


def test_what_is_agreed_on_names_every_credential_and_all_means(inventory, record, monkeypatch):
    monkeypatch.setattr("host_tools.inventory.exporting.AT_ONCE", 1)
    for number in (2, 1):
        record(f"DS-{number}", number)
    subject, detail = export_detail(inventory, ["DS-2", "DS-1", "DS-2"], {"way": "pskc"})
    named = ", ".join(f"DS-{number} 'Login' ({bytes([number]).hex() * 16})" for number in (1, 2))
    assert (subject, detail) == (None, {"way": "pskc", "tokens": 2, "credentials": named})
    assert export_detail(inventory, ["DS-1"], {})[0] == "DS-1"
    assert export_detail(inventory, ["DS-1"], {}, bytes(16))[1]["credentials"] == ""
    with pytest.raises(UnknownSerialError):
        export_detail(inventory, ["DS-9"], {})


def test_an_unknown_serial_is_refused(inventory):
    with pytest.raises(UnknownSerialError), exported_keys(inventory, ["DS-9"]):
        pass


def test_every_key_that_goes_has_an_entry_in_a_chain_that_holds(inventory, record):
    for number in (1, 2):
        record(f"DS-{number}", number)
        inventory.mark_sealed(f"DS-{number}")
    with exported_keys(inventory, serials_in(inventory)) as (keys, _):
        note_exported(inventory, keys, "pskc", "ab" * 32)
    entries = [entry for entry in inventory.history() if entry.event == "key exported"]
    assert [(entry.serial, entry.detail["way"]) for entry in entries] == [("DS-1", "pskc"), ("DS-2", "pskc")]
    assert inventory.check_audit().sequence == 6
