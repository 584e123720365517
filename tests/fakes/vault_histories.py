"""The standard histories of a vault: what is done to one between its making and its end, one step after the other.

Runs under CPython and under MicroPython.
"""

from dsc.protocol.records import MODE_VERIFIED, TYPE_SEAL, PinOffset
from dsc.protocol.settings import FRENCH, JAPANESE, Settings
from dsc.protocol.verified import ATTEMPT_CODE, ATTEMPT_PIN, SECRETS
from dsc.vault.store import BLANK, SEALED, UNSEALED, Vault
from fakes.cut_explorer import Explorer, Step
from fakes.cut_states import state_of
from fakes.nor_flash import SECTOR, TEARS, NorFlash, PowerCut
from fakes.vault_contents import (
    complete_contents,
    contents,
    everything,
    identity,
    verified_contents,
    wrapping,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from fakes.nor_flash import Tear

    # The flash before the first step, and the steps.
    History = tuple[NorFlash, list[Step]]

FIRST, SECOND = identity(0), identity(1)
COUNTER_MARKS = 204  # of a counter's page
ATTEMPT_MARKS = 218
LOGINS = 50
SMALL, LARGE = 2 * SECTOR, 4 * SECTOR


# Enough for an interpreter that takes three times as long.
FEWER_TEARS = {
    name: TEARS[name]
    for name in (
        "front",
        "back",
        "all-but-one-bit",
        "odd-bits",
        "high-bits",
        "noise",
        "sparse-noise",
        "all-in-doubt",
        "low-bits-in-doubt",
        "last-bit-in-doubt",
        "back-in-doubt",
        "all-but-the-first-bytes-in-doubt",
        "noise-in-doubt",
    )
}


def explore(name: str, tears: "dict[str, Tear]") -> Explorer:
    """Cut a standard history everywhere; raises AssertionError unless all is well."""
    flash, steps = HISTORIES[name]()
    explorer = Explorer(name, view, go_on, tears)
    state = state_of(flash)
    for step in steps:
        state = explorer.explore(state, step)
    return explorer


def view(vault: Vault) -> "Any":
    """All that a vault holds, and how many seals it has."""
    records = vault._log.records if vault.state == SEALED else []
    return everything(vault), [record.kind for record in records].count(TYPE_SEAL)


def go_on(flash: NorFlash, vault: Vault) -> "Iterator[Any]":
    """Use a vault once more in several ways, or make one if there is none; yield what it holds after each of them."""
    if vault.state == SEALED:
        for action in (use_marks, add_label, Vault.compact):
            action(vault)
            yield view(vault)
    else:
        yield view(Vault.provision(flash, **contents(7)))


def use_marks(vault: Vault) -> None:
    """Use the next mark of each kind: any that was in doubt is used for sure then."""
    for credential in vault.credentials():
        vault.advance_counter(credential.id)
    if vault.root.mode == MODE_VERIFIED:
        for secret in SECRETS:
            vault.begin_attempt(secret)
            vault.forgive(secret)


def add_label(vault: Vault) -> None:
    vault.rename(vault.credentials()[0].id, "one more label")


def made(size: int, of: "dict[str, Any]") -> "tuple[NorFlash, Vault]":
    flash = NorFlash(size)
    return flash, Vault.provision(flash, **of)


def filled(flash: NorFlash) -> NorFlash:
    """Rename a credential until the next record needs a compaction."""
    vault = Vault.mount(flash)
    number = 0
    while True:
        generation = vault._generation
        before = flash.copy()
        number += 1
        vault.rename(FIRST, f"label {number}")
        if vault._generation != generation:
            return before


def unfinished(size: int = SMALL) -> NorFlash:
    """Provisioning was cut after some records."""
    flash = NorFlash(size)
    flash.cut(30)
    try:
        Vault.provision(flash, **contents(20))
    except PowerCut:
        flash.power_on()
    return flash


def login(flash: NorFlash) -> None:
    Vault.mount(flash).advance_counter(FIRST)


def provision(flash: NorFlash) -> None:
    Vault.provision(flash, **contents(credentials=1))


def provision_complete(flash: NorFlash) -> None:
    Vault.provision(flash, **complete_contents())


def choose_french(flash: NorFlash) -> None:
    Vault.mount(flash).replace_settings(Settings(FRENCH, 77))


def choose_japanese(flash: NorFlash) -> None:
    Vault.mount(flash).replace_settings(Settings(JAPANESE, 78, 90))


def provision_verified(flash: NorFlash) -> None:
    Vault.provision(flash, **verified_contents(credentials=1))


def second_credential(flash: NorFlash) -> None:
    Vault.mount(flash).advance_counter(SECOND)


def change_offset(flash: NorFlash) -> None:
    Vault.mount(flash).replace_offset(PinOffset(b"\x09\x08\x07\x06"))


def change_wrapping(flash: NorFlash) -> None:
    vault = Vault.mount(flash)
    vault.replace_wrapping(wrapping(9, 1, (vault.attempts(ATTEMPT_PIN), 0)))


def unlock(flash: NorFlash) -> None:
    vault = Vault.mount(flash)
    vault.replace_wrapping(wrapping(8, 2, (vault.attempts(ATTEMPT_PIN), vault.attempts(ATTEMPT_CODE))))


def try_pin(flash: NorFlash) -> None:
    Vault.mount(flash).begin_attempt(ATTEMPT_PIN)


def try_code(flash: NorFlash) -> None:
    Vault.mount(flash).begin_attempt(ATTEMPT_CODE)


def forgive(flash: NorFlash) -> None:
    Vault.mount(flash).forgive(ATTEMPT_PIN)


def rename(flash: NorFlash) -> None:
    Vault.mount(flash).rename(FIRST, "Zürich")


def rename_second(flash: NorFlash) -> None:
    Vault.mount(flash).rename(SECOND, "first label")


def delete(flash: NorFlash) -> None:
    Vault.mount(flash).delete(FIRST)


def compact(flash: NorFlash) -> None:
    Vault.mount(flash).compact()


def secrets(of: "dict[str, Any]") -> "list[bytes]":
    """What nothing may be left of when a vault is gone."""
    parts = [of["root"].serial.encode()]
    parts += [credential.nonce for credential in of["credentials"]]
    parts += [of["wrapping"].sealed_dek] if "wrapping" in of else [bytes(of["root"].device_secret)]
    return parts


NO_VAULT = [(BLANK, 0), (UNSEALED, 0)]
FIRST_OFFSET = b"\x01\x04\x01\x02\x03\x00"  # as its record has it


def provisioning() -> "History":
    """A new chip, a soft vault; its reset; a verified one."""
    return NorFlash(SMALL), [
        Step("provision", provision, before=NO_VAULT),
        Step("reset", Vault.erase, gone=secrets(contents(credentials=1))),
        Step("provision in verified mode", provision_verified, before=NO_VAULT),
    ]


def retry_of_provisioning() -> "History":
    """Provisioning was cut, and is repeated with everything new."""
    return unfinished(), [Step("provision again", provision, before=NO_VAULT, gone=secrets(contents(20)))]


def logins() -> "History":
    """Fifty logins, which use up the marks of the counter's page."""
    flash, vault = made(SMALL, contents())
    for _ in range(COUNTER_MARKS - LOGINS // 2):
        vault.advance_counter(FIRST)
    steps = [Step(f"login {number + 1}", login, drifting=True) for number in range(LOGINS)]
    steps.append(Step("first login with another credential", second_credential, drifting=True))
    return flash, steps


def login_that_compacts() -> "History":
    """The counter's marks are used up in a log that is full."""
    flash, vault = made(SMALL, contents())
    for _ in range(COUNTER_MARKS - 1):
        vault.advance_counter(FIRST)
    return filled(flash), [
        Step("last mark", login, drifting=True),
        Step("login", login),
        Step("login after it", login, drifting=True),
    ]


def pin_change() -> "History":
    """A new PIN offset, appended and by compaction."""
    flash, _ = made(SMALL, contents())
    return flash, [Step("change", change_offset, gone=[FIRST_OFFSET])]


def pin_change_that_compacts() -> "History":
    """A new PIN offset in a log that is full."""
    flash, _ = made(SMALL, contents())
    return filled(flash), [Step("change", change_offset, gone=[FIRST_OFFSET])]


def verified_pin_change() -> "History":
    """Three wrong attempts, the right one, and a new PIN."""
    flash, _ = made(SMALL, verified_contents(credentials=1))
    steps = [Step(f"attempt {number + 1}", try_pin, drifting=True) for number in range(4)]
    steps += [
        Step("forgive", forgive, drifting=True),
        Step("change", change_wrapping, gone=[wrapping().sealed_dek, wrapping().salt]),
        Step("attempt after it", try_pin, drifting=True),
    ]
    return flash, steps


def attempts_without_marks() -> "History":
    """The marks for attempts are used up, while some are still to be forgiven, and then those for forgiving."""
    flash, vault = made(SMALL, verified_contents(credentials=1))
    for _ in range(ATTEMPT_MARKS - 2):
        vault.begin_attempt(ATTEMPT_PIN)
    vault.forgive(ATTEMPT_PIN)
    steps = [Step(f"attempt {number + 1}", try_pin, drifting=True) for number in range(5)]
    steps += [
        Step("forgive", forgive, drifting=True),
        Step("attempt after it", try_pin, drifting=True),
    ]
    return flash, steps


def unlocking() -> "History":
    """Failed attempts, one at the unlock code that is wrong, one that is right; the last one in a full log."""
    flash, vault = made(SMALL, verified_contents(credentials=1))
    for _ in range(10):
        vault.begin_attempt(ATTEMPT_PIN)
    return flash, [
        Step("wrong code", try_code, drifting=True),
        Step("right code", try_code, drifting=True),
        Step("unlock", unlock, gone=[wrapping().sealed_dek, wrapping().unlock_dek]),
    ]


def unlocking_that_compacts() -> "History":
    """An unlocking in a full log, with attempts to be forgiven."""
    flash, vault = made(SMALL, verified_contents(credentials=1))
    for _ in range(3):
        vault.begin_attempt(ATTEMPT_PIN)
        vault.begin_attempt(ATTEMPT_CODE)
    return filled(flash), [Step("unlock", unlock, gone=[wrapping().sealed_dek, wrapping().unlock_dek])]


def renaming() -> "History":
    """A label replaces another one, a first label, and one that needs a compaction."""
    flash, _ = made(SMALL, contents())
    return flash, [
        Step("rename", rename, gone=["Büro".encode()]),
        Step("first label", rename_second),
    ]


def deletion() -> "History":
    """A credential with label and counter is deleted, and the vault goes on."""
    flash, _ = made(SMALL, contents())
    old = contents()["credentials"][0]
    return flash, [
        Step("delete", delete, gone=[old.nonce, bytes(old.id), "Büro".encode()]),
    ]


def compaction() -> "History":
    """From the first half into the second."""
    flash, vault = made(SMALL, contents(credentials=1))
    old = contents()["labels"][0].label.encode()
    vault.rename(FIRST, "kept")
    return flash, [Step("compact", compact, same=True, gone=[old]), Step("login", login, drifting=True)]


def compaction_back() -> "History":
    """From the second half into the first."""
    flash, vault = made(SMALL, contents(credentials=1))
    vault.compact()
    old = contents()["labels"][0].label.encode()
    vault.rename(FIRST, "kept")
    return flash, [Step("compact", compact, same=True, gone=[old]), Step("login", login, drifting=True)]


def deletion_from_two_sectors() -> "History":
    """The old half's second sector holds what is deleted."""
    few = contents()
    few["labels"] = few["counters"] = []
    flash, vault = made(LARGE, few)
    for number in range(8):
        vault.rename(SECOND, f"label {number}")
    vault.rename(FIRST, "deleted")
    return flash, [Step("delete", delete, gone=[few["credentials"][0].nonce, b"deleted"])]


def provisioning_of_everything() -> "History":
    """A vault with a form, a server key, a link and settings."""
    return NorFlash(SMALL), [Step("provision", provision_complete, before=NO_VAULT)]


def choices() -> "History":
    """The first settings of a vault, and others in their place."""
    flash, _ = made(SMALL, contents(credentials=1))
    return flash, [
        Step("first settings", choose_french),
        Step("other settings", choose_japanese),
    ]


def choice_that_compacts() -> "History":
    """Settings in a full log, in which there is one of everything."""
    flash, _ = made(SMALL, complete_contents())
    return filled(flash), [Step("settings", choose_french)]


def deletion_with_all_that_belongs_to_it() -> "History":
    """A credential is deleted with its form and its server key."""
    flash, _ = made(SMALL, complete_contents())
    old, _, server = complete_contents()["credentials"]
    gone = [bytes(old.id), old.nonce, bytes(server.id), server.nonce, "Empfänger".encode()]
    return flash, [Step("delete", delete, gone=gone)]


def reset_after_compaction() -> "History":
    """A factory reset of a vault in the second half, with old records in it."""
    flash, vault = made(SMALL, contents(credentials=1))
    vault.compact()
    vault.rename(FIRST, "other")
    vault.replace_offset(PinOffset(b"\x09\x08\x07\x06"))
    return flash, [Step("reset", Vault.erase, gone=secrets(contents(credentials=1)))]


HISTORIES = {
    "provisioning": provisioning,
    "retry of provisioning": retry_of_provisioning,
    "logins": logins,
    "login that compacts": login_that_compacts,
    "PIN change": pin_change,
    "PIN change that compacts": pin_change_that_compacts,
    "PIN change in verified mode": verified_pin_change,
    "attempts without marks": attempts_without_marks,
    "unlocking": unlocking,
    "unlocking that compacts": unlocking_that_compacts,
    "renaming": renaming,
    "deletion": deletion,
    "deletion from two sectors": deletion_from_two_sectors,
    "deletion with all that belongs to it": deletion_with_all_that_belongs_to_it,
    "provisioning of everything": provisioning_of_everything,
    "choices": choices,
    "choice that compacts": choice_that_compacts,
    "compaction": compaction,
    "compaction back": compaction_back,
    "reset after compaction": reset_after_compaction,
}
