"""What is seen in images that the real vault leaves: every record, and every trace of one."""

import pytest

from dsc.protocol.layout import PAGE_SIZE
from dsc.protocol.records import PinOffset
from dsc.protocol.verified import ATTEMPT_CODE, ATTEMPT_PIN
from dsc.vault.store import Vault
from fakes.nor_flash import SECTOR, TEARS, NorFlash
from fakes.raw_vault import new_log
from fakes.vault_contents import complete_contents, contents, identity, verified_contents, wrapping
from fakes.vault_views import NEW, SMALL, cut, entries, listed, made, secrets, seen, values
from host_tools.engines.unit import FLASH_SIZE
from host_tools.vault_image.boot import State
from host_tools.vault_image.headers import HalfState, Mark
from host_tools.vault_image.view import Status

FIRST, SECOND = identity(0), identity(1)


# What is there


def test_a_new_flash_is_blank():
    shown = seen(NorFlash(SMALL))
    assert (shown.boot.state, shown.boot.half) == (State.BLANK, None)
    assert [half.header.state for half in shown.halves] == [HalfState.BLANK, HalfState.BLANK]
    assert [(sector.blank, sector.erase_count) for sector in shown.sectors] == [(True, None)] * 2
    assert shown.marks == (Mark.NONE, Mark.NONE)


def test_a_new_vault_is_seen_record_by_record():
    flash, _ = made(size=FLASH_SIZE)
    shown = seen(flash)
    assert shown.boot.state is State.SEALED
    assert listed(shown) == NEW
    assert [entry.pages for entry in entries(shown)] == [(page,) for page in range(2, 10)]
    assert [entry.sequence for entry in entries(shown)] == list(range(1, 9))
    assert entries(shown)[0].offset == 2 * PAGE_SIZE
    first, second = shown.halves
    assert (first.in_use, first.header.state, first.header.generation) == (True, HalfState.COMMITTED, 1)
    assert (second.in_use, second.header.state, second.entries) == (False, HalfState.BLANK, ())
    assert (first.live, first.free, first.pages) == (8, 231, 239)
    assert [sector.erase_count for sector in shown.sectors] == [1] * 32
    assert shown.marks == (Mark.NONE, Mark.COMPLETED)


def test_the_fields_of_a_soft_vault_are_its_records_and_those_that_help_a_thief_are_marked():
    made_of = contents()
    root, offset, credential, _, label, counter, *_ = entries(seen(made(made_of)[0]))
    assert values(root) == {
        "serial": "PD-000000",
        "mode": "soft",
        "flags": 0,
        "pin_digits": 4,
        "rounds": 10_000,
        "salt": made_of["root"].salt,
        "device_secret": bytes(made_of["root"].device_secret),
        "sealed_dek": made_of["root"].sealed_dek,
    }
    assert secrets(root) == {"salt", "device_secret", "sealed_dek"}
    assert values(offset) == {"must_change": True, "answered": False, "offset": b"\x01\x02\x03\x00"}
    assert secrets(offset) == {"offset"}
    assert values(credential) == {
        "id": FIRST,
        "serial": "PD-000000",
        "kind": "PIN",
        "flags": 0,
        "login": "OCRA-1:HOTP-SHA256-8:C-QN06",
        "sign": "",
        "server": "",
        "nonce": made_of["credentials"][0].nonce,
        "sealed_key": made_of["credentials"][0].sealed_key,
    }
    assert secrets(credential) == {"nonce", "sealed_key"}
    assert values(label) == {"id": FIRST, "label": "Büro"}
    assert values(counter) == {"id": FIRST, "base": 5, "counter": 5}
    assert secrets(label) == secrets(counter) == set()


def test_what_belongs_to_a_credential_and_the_settings_are_seen_and_help_no_thief():
    found = {entry.type: entry for entry in entries(seen(made(complete_contents())[0]))}
    assert values(found["form"]) == {
        "id": FIRST,
        "field_1": "amount Betrag (2 decimals, EUR)",
        "field_2": "account Empfänger",
        "field_3": "reference Nummer",
    }
    assert values(found["link"]) == {"login_id": FIRST, "server_id": identity(9)}
    assert values(found["settings"]) == {
        "language": "German",
        "brightness": 128,
        "auto_off": 60,
        "large_mode": True,
        "key_ticks": False,
    }
    assert [secrets(found[name]) for name in ("form", "link", "settings")] == [set()] * 3
    assert values(found["credential"])["kind"] == "server"  # the last one


def test_the_fields_of_a_verified_vault_are_its_records():
    flash, vault = made(verified_contents(credentials=1))
    for _ in range(3):
        vault.begin_attempt(ATTEMPT_PIN)
    vault.begin_attempt(ATTEMPT_CODE)
    shown = seen(flash)
    root, wrapped, begun, forgiven, code, _, *_ = entries(shown)
    assert (values(root)["mode"], values(root)["pin_limit"], values(root)["code_limit"]) == (
        "verified",
        10,
        5,
    )
    assert secrets(root) == set()
    made_of = wrapping()
    assert values(wrapped) == {
        "must_change": False,
        "answered": False,
        "unlock_number": 1,
        "pin_attempts": 0,
        "code_attempts": 0,
        "salt": made_of.salt,
        "sealed_dek": made_of.sealed_dek,
        "unlock_salt": made_of.unlock_salt,
        "unlock_dek": made_of.unlock_dek,
        "unlock_secret": made_of.unlock_secret,
        "tag": made_of.tag,
    }
    assert secrets(wrapped) == {
        "salt",
        "sealed_dek",
        "unlock_salt",
        "unlock_dek",
        "unlock_secret",
        "tag",
    }
    assert values(begun) == {"of": "PIN", "event": "begun", "base": 0, "attempts": 3}
    assert values(forgiven) == {"of": "PIN", "event": "forgiven", "base": 0, "attempts": 0}
    assert values(code) == {"of": "unlock code", "event": "begun", "base": 0, "attempts": 1}
    assert begun.marks == (3, 218)
    assert shown.boot.contents.failures(ATTEMPT_PIN) == 3


def test_a_counter_shows_its_used_marks():
    flash, vault = made()
    for _ in range(7):
        vault.advance_counter(FIRST)
    counter = entries(seen(flash))[5]
    assert (counter.marks, values(counter)["counter"]) == ((7, 204), 12)


def test_a_record_of_several_pages_is_one_and_may_step_over_a_sector_s_header():
    flash = NorFlash(4 * SECTOR)
    log = new_log(flash)
    for _ in range(13):
        log.append(0x20, 1, b"one page")
    log.append(0x20, 1, bytes(300))
    last = entries(seen(flash))[-1]
    assert last.pages == (15, 17)
    assert values(last) == {"payload": bytes(300)}


# Traces


def test_what_was_replaced_is_zeroed_and_the_new_record_says_what_it_replaced():
    flash, vault = made()
    vault.rename(FIRST, "Zürich")
    shown = seen(flash)
    old, new = entries(shown)[4], entries(shown)[-1]
    assert (old.status, old.zeroed, old.type, old.fields) == (Status.VOID, True, None, ())
    assert (new.status, new.replaces, values(new)["label"]) == (Status.VALID, 5, "Zürich")
    assert (shown.halves[0].live, shown.halves[0].free) == (8, 5)


def test_a_record_that_power_kept_from_being_voided_is_replaced_and_readable():
    flash, vault = made()
    shown = cut(flash, lambda: vault.replace_offset(PinOffset(b"\x09\x08\x07\x06")), 4)
    assert shown.boot.state is State.SEALED
    old, new = entries(shown)[1], entries(shown)[-1]
    assert (old.status, values(old)["offset"]) == (Status.REPLACED, b"\x01\x02\x03\x00")
    assert (new.status, values(new)["offset"]) == (Status.VALID, b"\x09\x08\x07\x06")
    assert shown.halves[0].live == 8


def test_a_record_that_is_void_and_not_yet_zeroed_is_readable_still():
    flash, vault = made()
    shown = cut(flash, lambda: vault.replace_offset(PinOffset(b"\x09\x08\x07\x06")), 6)
    old = entries(shown)[1]
    assert (old.status, old.zeroed, values(old)["offset"]) == (Status.VOID, False, b"\x01\x02\x03\x00")


def test_a_half_zeroed_record_is_void_and_what_is_left_helps_a_thief():
    flash, vault = made()
    shown = cut(flash, lambda: vault.rename(FIRST, "Zürich"), 6, TEARS["front"])
    old = entries(shown)[4]
    assert (old.status, old.zeroed, old.type, secrets(old)) == (Status.VOID, False, None, {"written"})


@pytest.mark.parametrize(
    ("operation", "tear", "readable"), [(2, TEARS["front"], False), (2, None, False), (3, None, True)]
)
def test_a_record_that_was_begun_and_not_committed_is_torn(operation, tear, readable):
    flash, vault = made()
    shown = cut(flash, lambda: vault.replace_offset(PinOffset(b"\x09\x08\x07\x06")), operation, tear)
    assert shown.boot.state is State.SEALED
    torn = entries(shown)[-1]
    assert torn.status is Status.TORN
    if readable:
        assert (torn.reason, values(torn)["offset"]) == ("", b"\x09\x08\x07\x06")
    else:
        assert (torn.reason, secrets(torn)) == ("not all of it was written", {"written"})
    assert shown.halves[0].live == 8


def test_all_zeroed_neighbours_are_one_entry():
    flash, vault = made()
    for number in range(4):
        vault.rename(SECOND, f"label {number}")
    shown = seen(flash)
    zeroed, last = entries(shown)[-2:]
    assert (zeroed.pages, zeroed.zeroed) == ((10, 11, 12), True)
    assert values(last)["label"] == "label 3"


# Two halves


def test_a_compaction_that_was_not_committed_leaves_an_open_half_with_records_that_do_not_count():
    flash, vault = made()
    shown = cut(flash, vault.compact, 9)
    assert (shown.boot.state, shown.boot.half) == (State.SEALED, 0)
    assert listed(shown) == NEW
    other = shown.halves[1]
    assert (other.header.state, other.header.generation, other.in_use) == (HalfState.OPEN, 2, False)
    assert other.entries
    assert {entry.status for entry in other.entries} <= {Status.UNUSED, Status.TORN}
    assert (other.live, other.free) == (0, 0)


def test_what_a_compaction_left_in_the_old_half_is_seen_until_it_is_erased():
    flash, vault = made()
    whole = flash.copy()
    Vault.mount(whole).delete(FIRST)
    operations = whole.operations
    shown = cut(flash, lambda: vault.delete(FIRST), operations - 5)
    assert (shown.boot.state, shown.boot.half) == (State.SEALED, 1)
    assert shown.halves[0].header.state in (HalfState.COMMITTED, HalfState.VOID)
    left = [entry for entry in entries(shown, 0) if entry.type == "credential"]
    assert [(entry.status, values(entry)["id"]) for entry in left] == [
        (Status.UNUSED, FIRST),
        (Status.UNUSED, SECOND),
    ]
    assert [values(entry)["id"] for entry in entries(shown, 1) if entry.type == "credential"] == [SECOND]
    assert entries(seen(whole), 0) == ()


def test_after_a_compaction_the_other_half_is_in_use_and_sectors_count_their_erases():
    flash, vault = made()
    vault.advance_counter(FIRST)
    vault.compact()
    shown = seen(flash)
    assert (shown.boot.half, shown.halves[1].header.generation) == (1, 2)
    assert shown.halves[0].header.state is HalfState.BLANK
    assert [sector.erase_count for sector in shown.sectors] == [2, 1]
    counter = next(entry for entry in entries(shown, 1) if entry.type == "counter")
    assert (values(counter), counter.marks) == ({"id": FIRST, "base": 6, "counter": 6}, (0, 204))
