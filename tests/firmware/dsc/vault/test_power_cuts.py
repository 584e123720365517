"""Power fails at every flash operation, in many ways; the next boot finds the vault before or after."""

import random
from collections.abc import Callable, Iterator

import pytest

from dsc.protocol.records import TYPE_SEAL, PinOffset
from dsc.vault.errors import VaultWriteError
from dsc.vault.store import BLANK, SEALED, UNSEALED, Vault
from fakes.nor_flash import CLEAR, RANDOM, SECTOR, SET, TEARS, NorFlash, PowerCut
from fakes.vault_contents import contents, fields, identity

REGION = 4 * SECTOR
OLD = identity(0)
MARKS = 204  # of a counter's page


def new_vault(**more: int) -> NorFlash:
    flash = NorFlash(REGION)
    Vault.provision(flash, **contents(**more))
    return flash


def worn_counter(used: int) -> NorFlash:
    flash = new_vault()
    vault = Vault.mount(flash)
    for _ in range(used):
        vault.advance_counter(OLD)
    return flash


def seals(vault: Vault) -> int:
    return [record.kind for record in vault._log.records].count(TYPE_SEAL) if vault._log else 0


def cuts(start: NorFlash, action: Callable[[NorFlash], object]) -> Iterator[tuple[str, NorFlash]]:
    """The flash after each way in which power can fail during an action."""
    whole = start.copy()
    action(whole)
    assert whole.operations > 0
    for operation in range(1, whole.operations + 1):
        ways = {"before": (None, False), "after": (None, True)} | {
            name: (tear, False) for name, tear in TEARS.items()
        }
        for name, (tear, after) in ways.items():
            flash = start.copy()
            flash.cut(operation, tear, after)
            with pytest.raises(PowerCut):
                action(flash)
            yield f"operation {operation} {name}", flash


def boots(flash: NorFlash) -> Iterator[Vault]:
    """The vault at several boots that read doubtful bits differently."""
    for doubt in (SET, CLEAR, RANDOM, SET, CLEAR):
        flash.power_on(doubt)
        yield Vault.mount(flash)


def boots_differently(flash: NorFlash) -> Iterator[list[Vault]]:
    for order in ((SET, CLEAR, SET), (CLEAR, SET, CLEAR), (RANDOM, RANDOM, RANDOM)):
        copy = flash.copy()
        vaults = []
        for doubt in order:
            copy.power_on(doubt)
            vaults.append(Vault.mount(copy))
        yield vaults


def test_provisioning_a_blank_token_ends_blank_unsealed_or_sealed_and_can_be_repeated():
    first, second = contents(1), contents(2)
    complete = fields(Vault.provision(NorFlash(REGION), **first))
    retried = fields(Vault.provision(NorFlash(REGION), **second))
    for where, flash in cuts(NorFlash(REGION), lambda flash: Vault.provision(flash, **first)):
        for vaults in boots_differently(flash):
            states = [vault.state for vault in vaults]
            assert states[0] in (BLANK, UNSEALED, SEALED), where
            for vault in vaults:
                assert (vault.state == SEALED) == (states[0] == SEALED), where
                assert fields(vault) == (complete if vault.state == SEALED else None), where
                assert seals(vault) == (2 if vault.state == SEALED else 0), where
        flash.power_on()
        if Vault.mount(flash).state != SEALED:
            assert fields(Vault.provision(flash, **second)) == retried, where
            assert b"PD-000001" not in flash.cells, where


def test_writing_the_second_seal_at_a_boot_is_interrupted_in_turn():
    whole = NorFlash(REGION)
    complete = fields(Vault.provision(whole, **contents()))
    # The second seal's three operations, and the boot's own first one.
    for operation in range(whole.operations - 3, whole.operations + 1):
        for name in ("odd-bits", "all-in-doubt", "noise-in-doubt"):
            flash = NorFlash(REGION)
            flash.cut(operation, TEARS[name])
            with pytest.raises(PowerCut):
                Vault.provision(flash, **contents())
            flash.power_on(CLEAR)
            for where, torn in cuts(flash, Vault.mount):
                for vaults in boots_differently(torn):
                    for vault in vaults:
                        assert fields(vault) == complete, (operation, name, where)
                        assert seals(vault) == 2, (operation, name, where)


class WearingOut(NorFlash):
    """Flash that keeps nothing any more from its n-th operation on."""

    last = 0

    def _change(self, *change: int) -> None:
        if self.operations + 1 >= self.last:
            self.broken.update(range(len(self.wear)))
        super()._change(*change)


def test_flash_that_wears_out_during_a_boot_halts_with_everything_still_there():
    start = worn_counter(3)
    operations = 0
    for where, flash in cuts(start, lambda flash: Vault.mount(flash).replace_offset(PinOffset(bytes(4)))):
        flash.power_on(CLEAR)
        probe = flash.copy()
        whole = fields(Vault.mount(probe))
        for last in range(1, probe.operations + 1):
            wearing = WearingOut(REGION, bytes(flash.cells))
            wearing._doubtful[:] = flash._doubtful
            wearing.doubt, wearing.last = CLEAR, last
            try:
                Vault.mount(wearing)
            except VaultWriteError:
                operations += 1
            wearing.last, wearing.broken = 1 << 30, set()
            assert fields(Vault.mount(wearing)) == whole, (where, last)
    assert operations > 100


def test_a_retry_after_an_interrupted_provisioning_is_interrupted_in_turn():
    flash = NorFlash(REGION)
    flash.cut(30)
    with pytest.raises(PowerCut):
        Vault.provision(flash, **contents(1))
    flash.power_on()
    assert Vault.mount(flash).state == UNSEALED
    complete = fields(Vault.provision(NorFlash(REGION), **contents(2)))
    for where, torn in cuts(flash, lambda flash: Vault.provision(flash, **contents(2))):
        for vault in boots(torn):
            assert fields(vault) == (complete if vault.state == SEALED else None), where


def test_erasing_a_sealed_vault_leaves_the_old_one_whole_or_nothing():
    start = new_vault()
    old = fields(Vault.mount(start.copy()))
    for where, flash in cuts(start, Vault.erase):
        for vaults in boots_differently(flash):
            assert len({vault.state for vault in vaults}) == 1, where
            assert vaults[0].state in (SEALED, BLANK), where
            assert all(fields(vault) == (old if vault.state == SEALED else None) for vault in vaults), where


@pytest.mark.parametrize("used", [0, 1, 7, MARKS - 1, MARKS])
def test_a_counter_is_the_old_or_the_new_one_and_never_goes_back(used):
    start = worn_counter(used)
    before = Vault.mount(start.copy()).counter(OLD)
    assert before == 5 + used
    for where, flash in cuts(start, lambda flash: Vault.mount(flash).advance_counter(OLD)):
        for vaults in boots_differently(flash):
            values = [vault.counter(OLD) for vault in vaults]
            assert values[0] in (before, before + 1), where
            assert values == sorted(values), where
            assert values[-1] <= before + 1, where
            assert vaults[-1].advance_counter(OLD) == values[-1] + 1, where


@pytest.mark.parametrize("used", [3, MARKS])
def test_a_cut_while_the_next_boot_recovers_changes_nothing(used):
    start = worn_counter(used)
    source = random.Random(used)
    for where, flash in cuts(start, lambda flash: Vault.mount(flash).advance_counter(OLD)):
        flash.power_on(RANDOM)
        for second, torn in cuts(flash, Vault.mount):
            if source.random() < 0.85:
                continue
            values = [vault.counter(OLD) for vault in boots(torn)]
            assert values[0] in (5 + used, 6 + used), (where, second)
            assert values == sorted(values), (where, second)


def test_a_reset_that_is_interrupted_twice_is_completed():
    start = new_vault()
    source = random.Random(1)
    for where, flash in cuts(start, Vault.erase):
        flash.power_on(RANDOM)
        if Vault.mount(flash.copy()).state == SEALED or source.random() < 0.85:
            continue
        flash.power_on(RANDOM)
        probe = flash.copy()
        Vault.mount(probe)
        for operation in range(1, probe.operations + 1):
            torn = flash.copy()
            torn.cut(operation, TEARS["noise-in-doubt"])
            with pytest.raises(PowerCut):
                Vault.mount(torn)
            assert [vault.state for vault in boots(torn)] == [BLANK] * 5, (where, operation)


def test_a_new_offset_replaces_the_old_one_whole_and_leaves_no_trace_of_it():
    start = new_vault(variant=3)
    old, new = bytes([1, 2, 3, 3]), bytes([9, 8, 7, 6])
    for where, flash in cuts(start, lambda flash: Vault.mount(flash).replace_offset(PinOffset(new))):
        for vaults in boots_differently(flash):
            offsets = [vault.offset.offset for vault in vaults]
            assert offsets[0] in (old, new), where
            assert len(set(offsets)) == 1, where
        flash.power_on()
        if Vault.mount(flash).offset.offset == new:
            assert b"\x01\x04" + old not in bytes(flash.cells), where


def test_a_record_of_several_pages_is_written_wholly_or_not_at_all():
    flash = new_vault()
    payload = bytes(range(256)) * 3

    def append(flash: NorFlash) -> None:
        Vault.mount(flash)._log.append(0x20, 1, payload)

    for where, torn in cuts(flash, append):
        for vaults in boots_differently(torn):
            kept = [
                record.payload for vault in vaults for record in vault._log.records if record.kind == 0x20
            ]
            assert kept in ([], [payload] * len(vaults)), where


def test_replacing_a_record_of_several_pages_is_finished_after_any_cut():
    flash = new_vault()
    record = Vault.mount(flash)._log.append(0x20, 1, bytes(range(256)) * 3)

    def replace(flash: NorFlash) -> None:
        log = Vault.mount(flash)._log
        old = next(r for r in log.records if r.sequence == record.sequence)
        log.append(0x20, 1, b"new" * 200, old)

    for where, torn in cuts(flash, replace):
        for vaults in boots_differently(torn):
            for vault in vaults:
                kept = [r.payload for r in vault._log.records if r.kind == 0x20]
                assert kept in ([record.payload], [b"new" * 200]), where
            assert len({vault._log.records[-1].sequence for vault in vaults}) == 1, where


def test_a_long_history_with_random_cuts_never_goes_back():
    source = random.Random(20)
    tears = [*TEARS.values(), None]
    flash = NorFlash()
    Vault.provision(flash, **contents())
    shown = Vault.mount(flash).counter(OLD)
    offset = wanted = Vault.mount(flash).offset.offset
    cut = 0
    while True:
        flash.cut(source.randrange(1, 30), source.choice(tears), source.random() < 0.2)
        try:
            vault = Vault.mount(flash)
            assert shown <= vault.counter(OLD) <= shown + 1
            assert vault.offset.offset in (offset, wanted)
            shown, offset = vault.counter(OLD), vault.offset.offset
            if vault.free_bytes() < 4 * 256:
                break
            while True:
                if source.random() < 0.02:
                    wanted = bytes(source.randrange(10) for _ in range(4))
                    vault.replace_offset(PinOffset(wanted))
                    offset = wanted
                shown = vault.advance_counter(OLD)
        except PowerCut:
            cut += 1
            flash.power_on(source.choice([SET, CLEAR, RANDOM]))
    assert cut > 50
