"""The vault's log without the vault: for tests that write records of any kind, or headers by hand."""

from dsc.vault import halves, reset
from dsc.vault.log import Log
from dsc.vault.region import Region
from fakes.nor_flash import NorFlash


def new_log(flash: NorFlash, half: int = 0, generation: int = 1) -> Log:
    """An empty log in a half of a flash that is erased first."""
    region = Region(flash)
    reset.run(region)
    halves.commit(region, half, halves.begin(region, half, generation))
    return Log(region, half)


def mount_log(flash: NorFlash, known: dict[int, int]) -> Log:
    """The log as a boot finds it, settled and recovered, that knows these types and their newest versions."""
    region = Region(flash)
    found = halves.survey(region)
    log = Log.read(region, found.half, known)
    halves.settle(region, found)
    log.recover()
    return log
