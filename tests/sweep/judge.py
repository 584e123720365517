"""What a boot after a power cut must come to: a first screen, the state before or after what was cut, no third one."""

from dsc.protocol.verified import SECRETS
from dsc.vault.store import SEALED, Vault
from fakes.nor_flash import CLEAR, PAGE, RANDOM, SET, NorFlash
from host_tools.engines.unit import FLASH_SIZE
from sweep.history import History
from sweep.rig import Boot

PIN_SCREEN = "PIN>"
CHOICE_SCREEN = "Which login?"
FACTORY_SCREEN = "FACTORY"
WRONG_SCREEN = "WRONG PIN"  # of verified mode, after failures, until their delay is over


CREDENTIALS, ATTEMPTS = 2, 3  # their places in a view


class JudgementError(AssertionError):
    """A boot has shown what it must not show."""


def view(cells: bytes, doubtful: tuple[tuple[int, int], ...] = (), doubt: str = SET) -> object:
    """All that a sealed vault holds, as something to compare; None if there is none."""
    flash = NorFlash(FLASH_SIZE, cells)
    for offset, bits in doubtful:
        mask = bytearray(flash.doubtful.get(offset // PAGE, bytes(PAGE)))
        mask[offset % PAGE] = bits
        flash.doubtful[offset // PAGE] = bytes(mask)
    flash.power_on(doubt)
    vault = Vault.mount(flash)
    if vault.state != SEALED:
        return None
    soft = vault.root.pin_limit == 0
    return (
        bytes(vault.root.encode()),
        bytes((vault.offset if soft else vault.wrapping).encode()),
        [(bytes(each.encode()), each.label, vault.counter(each.id)) for each in vault.credentials()],
        [] if soft else [(vault.attempts(secret), vault.failures(secret)) for secret in SECRETS],
    )


class Judge:
    """Knows what there was after each step of a history, and so what a cut of it may leave."""

    def __init__(self, history: History) -> None:
        ends = [0, *history.steps]
        self._views = [view(history.after(end)) for end in ends]
        self._history = history

    @property
    def views(self) -> list[object]:
        """What there was before the first step, and after each."""
        return list(self._views)

    def allowed(self, number: int, torn: bool) -> list[object]:
        """What may be there after so many changes, the next one torn or not: what was before the step, and after it.

        At the end of a step, only what was after it: the firmware has acted on it.
        """
        step = self._history.step(number + torn)
        if number == self._history.steps[step] and not torn:
            return [self._views[step + 1]]
        return [self._views[step], self._views[step + 1]]

    def check(self, boot: Boot, allowed: list[object]) -> object:
        """What a boot has left in the flash, as one of the views that are allowed. Raises JudgementError."""
        seen: list[object] = []
        for doubt in (SET, CLEAR, RANDOM) if boot.doubtful else (SET,):
            try:
                found = view(boot.cells, boot.doubtful, doubt)
            except Exception as error:
                raise JudgementError(f"no vault can be read: {error!r}; shown: {boot.text!r}") from error
            if found not in allowed:
                raise JudgementError(
                    f"a third state: {found!r}, not one of {allowed!r}; shown: {boot.text!r}"
                )
            seen.append(found)
        expected = {_first_screen(found) for found in seen}
        if not any(text in boot.text for text in expected):
            raise JudgementError(f"it shows {boot.text!r}, not {' or '.join(sorted(expected))}")
        return seen[0]


def _first_screen(found: object) -> str:
    if not isinstance(found, tuple):
        return FACTORY_SCREEN
    if found[ATTEMPTS] and found[ATTEMPTS][0][1]:
        return WRONG_SCREEN
    return PIN_SCREEN if len(found[CREDENTIALS]) == 1 else CHOICE_SCREEN
