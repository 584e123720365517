"""A bit that decays by itself never turns a sealed token into a blank one, and never turns a counter back."""

from collections.abc import Iterator

import pytest

from dsc.protocol.records import TYPE_SEAL, PinOffset
from dsc.vault.errors import VaultDamagedError, VaultError
from dsc.vault.store import SEALED, Vault
from fakes.nor_flash import SECTOR, NorFlash, PowerCut
from fakes.vault_contents import contents, fields, identity

SIZE = 2 * SECTOR
PAGE = 256
MARKS = 204  # of a counter's page


def sealed() -> NorFlash:
    flash = NorFlash(SIZE)
    Vault.provision(flash, **contents())
    return flash


def used(marks: int, number: int) -> NorFlash:
    flash = sealed()
    vault = Vault.mount(flash)
    for _ in range(marks):
        vault.advance_counter(identity(number))
    return flash


def with_new_offset() -> NorFlash:
    flash = used(2, 0)
    Vault.mount(flash).replace_offset(PinOffset(b"\x09\x09\x08\x08"))
    return flash


def cut_between_the_seals() -> NorFlash:
    """Power failed when the first seal had been committed; the next boot has seen it."""
    whole = sealed()
    for operation in range(whole.operations, 0, -1):
        flash = NorFlash(SIZE)
        flash.cut(operation)
        with pytest.raises(PowerCut):
            Vault.provision(flash, **contents())
        flash.power_on()
        if seals(flash) == 1:
            Vault.mount(flash)
            return flash
    raise AssertionError("no cut leaves one seal")


def seals(flash: NorFlash) -> int:
    """How many committed seals there are, without a boot."""
    pages = [bytes(flash.cells[start : start + PAGE]) for start in range(0, SECTOR, PAGE)]
    return sum(page[0:4] == b"\x5a\xc3\x0f\x96" and page[5] == TYPE_SEAL for page in pages)


HISTORIES = {
    "fresh": sealed(),
    "cut between the seals": cut_between_the_seals(),
    "marks used": used(7, 0),
    "first use of a counter": used(1, 1),
    "counter in a new record": used(MARKS + 1, 0),
    "new offset": with_new_offset(),
}


def written_pages(flash: NorFlash) -> list[int]:
    return [page for page in range(SIZE // PAGE) if bytes(flash.cells[page * PAGE :][:PAGE]).strip(b"\xff")]


PLACES = [(name, page) for name, flash in HISTORIES.items() for page in written_pages(flash)]


def decayed(image: bytes, page: int) -> Iterator[tuple[int, int]]:
    """Each byte of a page with one bit changed, or all bits of it clear, or all set: (offset, value)."""
    for offset in range(page * PAGE, (page + 1) * PAGE):
        # Sorted and without repetition; the byte as it is would be no decay.
        values = {image[offset] ^ 1 << bit for bit in range(8)} | {0x00, 0xFF}
        for value in sorted(values - {image[offset]}):
            yield offset, value


@pytest.mark.parametrize(("name", "page"), PLACES)
def test_one_decayed_byte_leaves_a_sealed_vault_as_it_was_or_halts(name, page):
    flash = HISTORIES[name]
    image = bytes(flash.cells)
    whole = fields(Vault.mount(flash.copy()))
    for offset, value in decayed(image, page):
        torn = NorFlash(SIZE, image)
        torn.cells[offset] = value
        try:
            vault = Vault.mount(torn)
        except VaultError:
            continue
        assert vault.state == SEALED, (offset, value)
        root, digits, credentials = fields(vault)
        assert (root, digits, [c[:2] for c in credentials]) == (*whole[:2], [c[:2] for c in whole[2]])
        # All eight bits of the last used mark, set again, are the one change that nothing can tell.
        back = int(image[offset] == 0 and value == 0xFF and image[offset + 1] == 0xFF)
        for now, then in zip(credentials, whole[2], strict=True):
            assert now[2] >= then[2] - back, (offset, value)


@pytest.mark.parametrize("name", ["fresh", "cut between the seals", "marks used"])
def test_a_decayed_commit_word_of_the_last_seal_is_repaired_and_of_the_first_one_halts(name):
    flash = HISTORIES[name]
    first, second = [page for page in written_pages(flash) if flash.cells[page * PAGE + 5] == TYPE_SEAL]
    assert bytes(flash.cells[(second + 1) * PAGE : SECTOR]).strip(b"\xff") == b""
    for bit in range(32):
        torn = flash.copy()
        torn.cells[first * PAGE + bit // 8] ^= 1 << bit % 8
        with pytest.raises(VaultDamagedError):
            Vault.mount(torn)
        torn = flash.copy()
        torn.cells[second * PAGE + bit // 8] ^= 1 << bit % 8
        assert fields(Vault.mount(torn)) == fields(Vault.mount(flash.copy()))
        assert seals(torn) == 2
        torn.cells[first * PAGE + bit // 8] ^= 1 << bit % 8
        with pytest.raises(VaultDamagedError):
            Vault.mount(torn)
