"""Attempts at PIN and unlock code in verified mode: each one is on the flash before the secret is tried."""

import pytest

from dsc.protocol.records import Counter, PinOffset
from dsc.protocol.verified import ATTEMPT_CODE, ATTEMPT_PIN, TYPE_ATTEMPTS, Attempts
from dsc.vault.errors import ContentError, VaultDamagedError, VaultStateError, VaultWriteError
from dsc.vault.store import Vault
from fakes.nor_flash import SECTOR, NorFlash
from fakes.vault_contents import contents, everything, identity, verified_contents, wrapping

SIZE = 4 * SECTOR
MARKS = 218  # of a page of attempts


def verified() -> tuple[NorFlash, Vault]:
    flash = NorFlash(SIZE)
    return flash, Vault.provision(flash, **verified_contents())


def counts(vault: Vault) -> list[tuple[int, int]]:
    return everything(vault)[2]


def test_a_new_vault_has_seen_no_attempt():
    flash, vault = verified()
    assert counts(vault) == counts(Vault.mount(flash)) == [(0, 0), (0, 0)]


def test_an_attempt_is_on_the_flash_when_it_may_be_made():
    flash, vault = verified()
    assert vault.begin_attempt(ATTEMPT_PIN) == 1
    assert counts(Vault.mount(flash.copy())) == [(1, 1), (0, 0)]
    assert vault.begin_attempt(ATTEMPT_PIN) == 2
    assert vault.begin_attempt(ATTEMPT_CODE) == 1
    assert counts(vault) == counts(Vault.mount(flash)) == [(2, 2), (1, 1)]


def test_an_attempt_that_the_flash_does_not_keep_is_an_error_and_no_attempt():
    flash, vault = verified()
    flash.broken.update(range(4))
    with pytest.raises(VaultWriteError):
        vault.begin_attempt(ATTEMPT_PIN)


def test_a_right_secret_forgives_its_own_failures_and_no_others():
    flash, vault = verified()
    for _ in range(5):
        vault.begin_attempt(ATTEMPT_PIN)
    vault.begin_attempt(ATTEMPT_CODE)
    operations = flash.operations
    vault.forgive(ATTEMPT_PIN)
    assert flash.operations == operations + 1  # whatever the number: no cut forgives a part
    assert counts(vault) == counts(Vault.mount(flash)) == [(5, 0), (1, 1)]
    assert vault.begin_attempt(ATTEMPT_PIN) == 1


def test_forgiving_where_there_is_nothing_to_forgive_writes_nothing():
    flash, vault = verified()
    operations = flash.operations
    vault.forgive(ATTEMPT_PIN)
    assert flash.operations == operations


@pytest.mark.parametrize("failures", [1, MARKS - 1, MARKS, MARKS + 1, 2 * MARKS + 7])
def test_attempts_go_on_over_many_pages(failures):
    flash, vault = verified()
    for number in range(failures):
        assert vault.begin_attempt(ATTEMPT_CODE) == number + 1
    assert Vault.mount(flash).failures(ATTEMPT_CODE) == failures
    vault.forgive(ATTEMPT_CODE)
    assert counts(vault) == counts(Vault.mount(flash)) == [(0, 0), (failures, 0)]
    assert vault.begin_attempt(ATTEMPT_CODE) == 1


def test_a_new_wrapping_forgives_what_it_names_at_once():
    flash, vault = verified()
    for _ in range(4):
        vault.begin_attempt(ATTEMPT_PIN)
    vault.begin_attempt(ATTEMPT_CODE)
    vault.replace_wrapping(wrapping(1, 2, (4, 1)))
    assert counts(vault) == counts(Vault.mount(flash)) == [(4, 0), (1, 0)]
    assert vault.begin_attempt(ATTEMPT_PIN) == 1
    vault.forgive(ATTEMPT_PIN)
    vault.begin_attempt(ATTEMPT_PIN)
    vault.replace_wrapping(wrapping(2, 3, (4, 1)))  # of the PIN, fewer than were forgiven: they stay so
    assert counts(vault) == counts(Vault.mount(flash)) == [(6, 1), (1, 0)]


@pytest.mark.parametrize(("number", "attempts"), [(1, (4, 1)), (2, (3, 1)), (2, (4, 0))])
def test_neither_the_number_of_the_unlock_code_nor_what_was_forgiven_goes_back(number, attempts):
    flash, vault = verified()
    for _ in range(4):
        vault.begin_attempt(ATTEMPT_PIN)
    vault.begin_attempt(ATTEMPT_CODE)
    vault.replace_wrapping(wrapping(1, 2, (4, 1)))
    before = everything(vault)
    with pytest.raises(ContentError):
        vault.replace_wrapping(wrapping(2, number, attempts))
    assert everything(vault) == everything(Vault.mount(flash)) == before


@pytest.mark.parametrize("secret", [0, 3])
def test_other_secrets_are_not_counted(secret):
    vault = verified()[1]
    for call in (vault.attempts, vault.failures, vault.begin_attempt, vault.forgive):
        with pytest.raises(ValueError, match=str(secret)):
            call(secret)


@pytest.mark.parametrize("attempts", [(1, 0), (0, 1)])
def test_a_wrapping_cannot_forgive_what_was_not_attempted(attempts):
    vault = verified()[1]
    with pytest.raises(ContentError, match="forgiven"):
        vault.replace_wrapping(wrapping(1, 2, attempts))
    made = verified_contents()
    made["wrapping"] = wrapping(0, 1, attempts)
    with pytest.raises(ContentError):
        Vault.provision(NorFlash(SIZE), **made)


def test_a_replaced_wrapping_leaves_no_trace():
    flash, vault = verified()
    old = bytes(vault.wrapping.encode())
    assert old in bytes(flash.cells)
    vault.replace_wrapping(wrapping(1, 2))
    assert old not in bytes(flash.cells)
    assert vault.wrapping.unlock_number == Vault.mount(flash).wrapping.unlock_number == 2


def test_soft_mode_counts_no_attempts_and_has_no_wrapping():
    vault = Vault.provision(NorFlash(SIZE), **contents())
    for call in (vault.begin_attempt, vault.failures, vault.forgive):
        with pytest.raises(VaultStateError, match="wrapping"):
            call(ATTEMPT_PIN)
    with pytest.raises(ContentError):
        vault.replace_wrapping(wrapping())
    made = contents()
    made["wrapping"] = wrapping()
    with pytest.raises(ContentError):
        Vault.provision(NorFlash(SIZE), **made)


def test_a_verified_vault_needs_a_wrapping_and_takes_no_offset():
    for change in ({"wrapping": None}, {"offset": PinOffset(bytes(4))}):
        with pytest.raises(ContentError):
            Vault.provision(NorFlash(SIZE), **(verified_contents() | change))


def attempts_record(vault: Vault, secret: int, event: int):
    return next(
        record
        for record in vault._log.records
        if record.kind == TYPE_ATTEMPTS and record.payload[:2] == bytes((secret, event))
    )


def test_more_forgiven_than_made_is_damage():
    flash, vault = verified()
    vault._log.mark(attempts_record(vault, 1, 2), 1)
    with pytest.raises(VaultDamagedError, match="forgiven"):
        Vault.mount(flash)


def test_a_verified_vault_that_lacks_one_of_its_counts_is_damaged():
    flash, vault = verified()
    record = attempts_record(vault, 2, 1)
    vault._log.append(0x11, 1, b"", record)
    with pytest.raises(VaultDamagedError, match="counted"):
        Vault.mount(flash)


def test_a_soft_vault_that_counts_attempts_is_damaged():
    flash = NorFlash(SIZE)
    vault = Vault.provision(flash, **contents())
    vault._log.append(Attempts.TYPE, 1, Attempts(1, 1, 0).encode())
    with pytest.raises(VaultDamagedError, match="soft"):
        Vault.mount(flash)


def test_counters_and_attempts_of_one_vault_do_not_meet():
    flash, vault = verified()
    vault.advance_counter(identity(0))
    vault.begin_attempt(ATTEMPT_PIN)
    again = Vault.mount(flash)
    assert (again.counter(identity(0)), again.failures(ATTEMPT_PIN)) == (6, 1)
    assert [record.used for record in again._log.records if record.kind == Counter.TYPE] == [1]


def test_a_pin_change_keeps_the_number_of_the_unlock_code():
    flash, vault = verified()
    vault.replace_wrapping(wrapping(1, vault.wrapping.unlock_number))
    assert Vault.mount(flash).wrapping.encode() == wrapping(1).encode()
