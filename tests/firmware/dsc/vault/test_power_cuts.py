"""Power fails at every flash operation, in many ways, and again at every one of the recovery: before or after."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsc.vault.errors import VaultWriteError
from dsc.vault.store import SEALED, Vault
from fakes.cut_explorer import Explorer, Step
from fakes.cut_states import RecordingFlash, state_of
from fakes.nor_flash import SECTOR, TEARS, NorFlash
from fakes.vault_contents import contents, everything
from fakes.vault_histories import HISTORIES, explore, view

TESTS = Path(__file__).resolve().parents[3]
FIRMWARE = TESTS.parent / "firmware"
PROGRAM = TESTS / "fakes" / "programs" / "vault_histories.py"

pytestmark = [
    pytest.mark.exhaustive,
    pytest.mark.timeout(1200),  # seconds, on a machine that has more to do
]


def line(engine, name, cuts, second_cuts, boots):
    return (
        f"{name} on {engine}: {cuts:,} cuts, {second_cuts:,} second cuts, {boots:,} different states booted"
    )


@pytest.mark.parametrize("name", HISTORIES)
def test_a_boot_after_one_or_two_power_cuts_finds_the_vault_before_or_after_on_cpython(name, counted):
    explorer = explore(name, TEARS)
    assert explorer.second_cuts > explorer.cuts > 100
    counted(line("cpython", name, explorer.cuts, explorer.second_cuts, explorer.boots))


@pytest.mark.parametrize("name", HISTORIES)
def test_a_boot_after_one_or_two_power_cuts_finds_the_vault_before_or_after_on_micropython(
    name, micropython, counted
):
    done = subprocess.run(
        [micropython, "-X", "heapsize=256m", PROGRAM, name],
        env={**os.environ, "MICROPYPATH": f"{FIRMWARE}:{TESTS}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told, cuts, second_cuts, boots = json.loads(done.stdout)
    assert told == name
    assert second_cuts > cuts > 100
    counted(line("micropython", name, cuts, second_cuts, boots))


PLAIN = 0x20  # a type of record that this firmware does not know, and leaves alone
LONG, OTHER = bytes(range(256)) * 3, b"other" * 120


def plain_records(vault: Vault) -> object:
    return everything(vault), [record.payload for record in vault._log.records if record.kind == PLAIN]


def compact(flash: NorFlash, vault: Vault) -> Iterator[object]:
    vault.compact()
    yield plain_records(vault)


def append(flash: NorFlash) -> None:
    Vault.mount(flash)._log.append(PLAIN, 1, LONG)


def replace(flash: NorFlash) -> None:
    log = Vault.mount(flash)._log
    old = next(record for record in log.records if record.kind == PLAIN)
    log.append(PLAIN, 1, OTHER, old)


def test_a_record_of_several_pages_is_written_and_replaced_wholly_or_not_at_all(counted):
    flash = NorFlash(4 * SECTOR)
    assert Vault.provision(flash, **contents(credentials=1)).state == SEALED
    explorer = Explorer("several pages", plain_records, compact, TEARS)
    state = explorer.explore(state_of(flash), Step("append", append))
    explorer.explore(state, Step("replace", replace, gone=[LONG[100:150]]))
    counted(line("cpython", "records of several pages", explorer.cuts, explorer.second_cuts, explorer.boots))


class WearingOut(RecordingFlash):
    """A flash that has a sector wear out at an operation: that one and all later ones change nothing in it."""

    last = 0

    def _change(self, offset: int, length: int, targets: int, value: bool) -> None:
        if self.operations + 1 == self.last:
            self.broken.add(offset // SECTOR)
        super()._change(offset, length, targets, value)


@pytest.mark.parametrize("name", HISTORIES)
def test_a_sector_that_wears_out_at_any_operation_halts_the_vault_with_everything_still_there(name):
    flash, steps = HISTORIES[name]()
    state = state_of(flash)
    halts = 0
    for step in steps:
        whole = RecordingFlash(state)
        step.action(whole)
        possible = [view(Vault.mount(RecordingFlash(end))) for end in (state, whole.state())]
        possible += step.before or []
        for operation in range(1, len(whole.history) + 1):
            worn = WearingOut(state)
            worn.last = operation
            try:
                step.action(worn)
                assert view(Vault.mount(worn)) in possible, (step.name, operation)
            except VaultWriteError:
                halts += 1
            mended = RecordingFlash(worn.state())
            assert view(Vault.mount(mended)) in possible, (step.name, operation)
        state = whole.state()
    assert halts > 0
