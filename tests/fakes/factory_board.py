"""As much of a board as provisioning needs, in the test's own process."""

import random

from dsc.crypto import kdf
from dsc.hal import EntropyError, SecretMissingError
from dsc.wall import WallClock
from fakes.nor_flash import NorFlash


class SeededEntropy:
    """Bytes that look random and are the same in every run; `drawn` remembers the buffers that were given out.

    Once `failed` names a health test, there are none.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.drawn: list[bytearray] = []
        self.failed = ""

    def read(self, length: int) -> bytearray:
        if self.failed:
            raise EntropyError(self.failed)
        self.drawn.append(bytearray(self._random.randbytes(length)))
        return self.drawn[-1]


class FixedIdentity:
    """A board without a real device secret."""

    board = "simulated"
    build = ""
    secure = False
    unsealable = ""

    def __init__(self, uid: bytes) -> None:
        self.uid = uid


class CoreKdf:
    """PBKDF2 as the core has it, with few rounds by default."""

    default_rounds = 3
    least_rounds = 2

    def pbkdf2_sha256(self, *arguments, **options):
        return kdf.pbkdf2_sha256(*arguments, **options)


class SleepyWatchdog:
    """Bites nobody."""

    def feed(self) -> None:
        pass


class FactoryBoard:
    """A board with blank flash; `seed` fixes its entropy and its unique id."""

    def __init__(self, seed: int = 1, flash: NorFlash | None = None) -> None:
        self.flash = flash or NorFlash()
        self.entropy = SeededEntropy(seed)
        self.identity = FixedIdentity(random.Random(seed + 1_000_000).randbytes(8))
        self.kdf = CoreKdf()
        self.wall = WallClock(lambda: 0)
        self.watchdog = SleepyWatchdog()
        self.device_secret = b""  # 32 bytes make it a board that keeps one

    def secret(self) -> bytearray:
        if not self.device_secret:
            raise SecretMissingError
        return bytearray(self.device_secret)
