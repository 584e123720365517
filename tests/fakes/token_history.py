"""The life of one token, driven by a seed, with a dump of its flash after each operation and at each power cut."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dsc.app.provisioning import NewToken
from dsc.crypto import seal
from dsc.protocol.duress import moved
from dsc.protocol.errors import PinError
from dsc.protocol.orders import MUST_CHANGE, CredentialOrder
from dsc.protocol.pin import check_pin
from dsc.protocol.records import KIND_OPEN, KIND_PIN, PinOffset
from dsc.protocol.settings import GERMAN, Settings
from dsc.vault.store import SEALED, Vault
from fakes.factory_board import FactoryBoard
from fakes.factory_link import credential, order
from fakes.nor_flash import CLEAR, SECTOR, SET, TEARS, NorFlash, PowerCut
from fakes.vault_contents import SIGN

SECTORS: Final = 8
ROUNDS: Final = 2
FIELDS: Final = ((1, "Betrag", 2, "EUR"), (4, "Nummer", 0, ""))
SERVER: Final = "OCRA-1:HOTP-SHA1-8:QN06"
COUNTING: Final = "OCRA-1:HOTP-SHA256-8:C-QN06"
CUTS: Final = 8  # powers of two among which a cut is planned; an action of fewer operations goes through


class WatchedFlash(NorFlash):
    """Flash of which somebody takes a dump after every operation, interrupted ones included."""

    dumps: list[bytes]

    def program(self, offset, data):
        self._watched(super().program, offset, data)

    def erase(self, offset):
        self._watched(super().erase, offset)

    def _watched(self, operation, *arguments):
        try:
            operation(*arguments)
        finally:
            self.dumps.append(bytes(self.cells))


@dataclass
class Opened:
    """What the right PIN opens at one time."""

    target: bytes
    kek: bytes
    dek: bytes
    keys: dict[bytes, bytes]  # by credential id


class Made:
    """What a new token consisted of before it was written."""

    def __init__(self, new: NewToken) -> None:
        self.root, self.offset, self.keys = new._root, new._offset, new.keys
        self.credentials, self.servers = list(new._credentials), list(new._servers)


class TokenHistory:
    """A unit that is provisioned, used, changed, loses power, and is reset and provisioned anew."""

    maker: type[NewToken] = NewToken  # a broken build has its own

    def __init__(self, seed: int = 1, cutting: bool = False, other: bytes = b"") -> None:
        """`other` is added to each PIN, digit by digit: the life of another user, who does the same."""
        self.source = random.Random(f"history {seed}")
        self.other = other
        self.flash = WatchedFlash(SECTORS * SECTOR)
        self.flash.dumps = [bytes(self.flash.cells)]
        self.board = FactoryBoard(seed, self.flash)
        self.cutting = cutting
        self.cuts = 0
        self.pin = b""
        self.pins: list[bytes] = []  # all that were ever in force, each once
        self.made: list[Made] = []  # each attempt at provisioning, with its keys
        self.made_for: list[bytes] = []  # and its PIN

    @property
    def uid(self) -> bytes:
        return self.board.identity.uid

    @property
    def dumps(self) -> list[bytes]:
        return self.flash.dumps

    @property
    def unit(self) -> tuple[bytes, list[bytes]]:
        """What an attacker holds."""
        return self.uid, self.dumps

    def vault(self) -> Vault:
        """Boot."""
        return Vault.mount(self.flash)

    def orders(self) -> list[CredentialOrder]:
        """One of everything: with a counter, a form and a server key, without, one to be deleted, one without PIN."""
        home = credential(login=COUNTING, sign=SIGN, server=SERVER, label="Home", form=FIELDS)
        return [
            home,
            credential(),
            credential(key_length=20),
            credential(kind=KIND_OPEN, login="HOTP-SHA1-6"),
        ]

    def provision(self, pin: bytes | None = None) -> None:
        """Make the token, with a new attempt after each power cut."""
        pin = pin or self.new_pin()
        while True:
            new = self.maker(
                self.board,
                order(
                    *self.orders(),
                    pin=pin,
                    delta=delta_for(pin),
                    flags=MUST_CHANGE,
                    language=GERMAN,
                    rounds=ROUNDS,
                    entropy=self.source.randbytes(32),
                ),
            )
            self.made.append(Made(new))
            self.made_for.append(pin)
            self.act(new.write)
            if self.vault().state == SEALED:
                break
        self.keep(pin)

    def keep(self, pin: bytes) -> None:
        """This PIN is in force from now on."""
        self.pin = pin
        if pin not in self.pins:
            self.pins.append(pin)

    def new_pin(self) -> bytes:
        """The next PIN of this user."""
        pin = new_pin(self.source)
        return bytes(seal.shift(pin, self.other)) if self.other else pin

    def log_in(self) -> None:
        """What a login does to the flash: one more in the counter."""
        self.act(lambda: self.vault().advance_counter(self.vault().credentials()[0].id))

    def change_pin(self, new: bytes | None = None) -> None:
        """Rewrite the offset, which is all that a change rewrites."""
        new = new or self.new_pin()
        target = self.opened().target
        offset = seal.offset_between(target, new)
        self.act(lambda: self.vault().replace_offset(PinOffset(offset)))
        if bytes(self.vault().offset.offset) == offset:
            self.keep(new)

    def rename(self) -> None:
        """Give the first credential another label."""
        label = f"Label {self.source.randrange(1000)}"
        self.act(lambda: self.vault().rename(self.vault().credentials()[0].id, label))

    def choose(self) -> None:
        """Other settings."""
        settings = Settings(self.source.randrange(5), self.source.randrange(256))
        self.act(lambda: self.vault().replace_settings(settings))

    def delete(self) -> None:
        """Delete the last credential under the PIN."""
        last = [each.id for each in self.vault().credentials() if each.kind == KIND_PIN][-1]
        self.act(lambda: self.vault().delete(last))

    def compact(self) -> None:
        """Compact the log."""
        self.act(lambda: self.vault().compact())

    def erase(self) -> None:
        """A factory reset, begun again if power failed before it was begun for good."""
        while self.vault().state == SEALED:
            self.act(lambda: Vault.erase(self.flash))

    def act(self, action: Callable[[], object]) -> None:
        """Do it; where power may fail, it does at a random operation, in a random way, and again at the next boot."""
        if self.cutting:
            self._plan_cut()
        try:
            action()
        except PowerCut:
            self._boot()
        self.flash.power_on()

    def opened(self) -> Opened:
        """What the PIN in force opens."""
        vault = self.vault()
        root = vault.root
        target = bytes(seal.shift(self.pin, vault.offset.offset))
        kek = bytes(seal.key_encryption_key(target, root.salt, root.rounds, root.device_secret, self.uid))
        dek = bytes(seal.open_dek(root.sealed_dek, kek))
        keys = {
            bytes(each.id): bytes(seal.open_key(each.sealed_key, dek, each.id, each.nonce, each.header()))
            for each in vault.credentials()
            if each.kind == KIND_PIN
        }
        return Opened(target, kek, dek, keys)

    def _plan_cut(self) -> None:
        if self.source.random() < 0.5:
            return
        name = self.source.choice(sorted(TEARS))
        self.flash.cut(int(2 ** self.source.uniform(0, CUTS)), TEARS[name], self.source.random() < 0.2)

    def _boot(self) -> None:
        while True:
            self.cuts += 1
            for doubt in (SET, CLEAR):
                self.flash.power_on(doubt)
                self.dumps.append(self.flash.read(0, self.flash.size))
            self.flash.power_on()
            self._plan_cut()
            try:
                self.vault()
            except PowerCut:
                continue
            return


def delta_for(pin: bytes) -> bytes:
    """The digits of a duress PIN that the rules allow: those of the default if they do."""
    for number in (8, 4, 2, 1, 12, 10, 9, 6, 5, 3, 14, 13, 11, 7, 15):
        delta = f"{number:04b}".replace("1", "5").encode()
        try:
            check_pin(moved(pin, delta))
        except PinError:
            continue
        return delta
    raise AssertionError("each of fifteen duress PINs is weak")


def new_pin(source: random.Random) -> bytes:
    """A PIN of four digits, each that the rules allow as likely as any other."""
    while True:
        pin = b"%04d" % source.randrange(10_000)
        try:
            check_pin(pin)
        except PinError:
            continue
        return pin


def whole_life(seed: int, other: bytes = b"", build: type[TokenHistory] = TokenHistory) -> TokenHistory:
    """Two provisionings of one unit, and all that can be done to it in each, with power cuts everywhere."""
    history = build(seed, True, other)
    history.provision()
    steps = [
        history.log_in, history.log_in, history.change_pin, history.change_pin, history.rename, history.compact,
        history.choose,
    ]  # fmt: skip
    history.source.shuffle(steps)
    for step in (*steps, history.erase):
        step()
    history.provision()
    steps += [history.delete, history.rename]
    history.source.shuffle(steps)
    for step in steps:
        step()
    return history
