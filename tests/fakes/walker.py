"""Walks through the whole application: any keys, any pauses, power cuts at any flash operation; and what must hold.

A walk is a list of steps, each a tuple of a word and its arguments: ("keys", "4 7 1 1 OK"), ("hold", "C"),
("wait", milliseconds), ("service", "page", "right"), ("type", "shown"), ("power", "C FD", milliseconds),
("cut", operations, torn).
"""

import re
from collections import Counter
from contextlib import ExitStack
from unittest import mock

from dsc.app import credential, response, review
from dsc.crypto import seal
from dsc.protocol import transaction
from dsc.protocol.records import KIND_PIN, MODE_VERIFIED
from dsc.protocol.verified import ATTEMPT_PIN
from dsc.vault.store import SEALED, Vault
from fakes import units
from fakes.nor_flash import NorFlash
from fakes.walked_board import HOLD_MS, TAP_MS, PowerOff, WalkedBoard, WalkEnded, live
from flows.service import Service
from host_tools.simulator.screen_reader import read_screen

REST_MS = (
    12 * 60_000
)  # in which a token that nobody touches is asleep: the ten minutes of a PIN change, and some
LOOK_MS = 1_000
MOST_LIVES = 60  # boots in one walk
BLANK_TOKEN = "Not provisioned yet"  # until its screen goes dark
NO_KEYS = ("", 0)  # that are held from power-on, and for how many ms
SIGNS = {"OK": "#", "C": "*"}  # of keys in what was typed; other keys are their last letter


class Walker:
    """One token on its way through a walk, over as many lives as the power has."""

    def __init__(self, flash: NorFlash, secret: bytes | None = None) -> None:
        self.flash = flash
        self.counts: Counter[str] = Counter()  # what the walk came to
        self._secret = secret
        self._service = Service()
        self._steps: list[tuple] = []
        # What is left of a step: press, release or pause, key, ms until the next.
        self._moves: list[tuple[str, str, int]] = []
        self._held = self._held_next = NO_KEYS
        self._rested_at: int | None = None  # when the last step was taken
        self._typed = ""  # digits and # since the token last rested
        self._page_proved = self._reviewed = self._signing = False
        self._used: set[tuple[bytes, int]] = set()
        self._letter_codes = 0
        self._before: tuple = ()
        self._mounted: tuple[int, Vault] | None = None

    def walk(self, steps: list[tuple]) -> None:
        """Take the steps, then none for as long as it takes the token to rest. Raises AssertionError."""
        self._steps = list(steps)
        with ExitStack() as spies:
            for module, name, spy in (
                (credential, "before_code", self._before_code),
                (response, "show", self._show),
                (review, "ask", self._review),
                (transaction, "question", self._question),
            ):
                real = getattr(module, name)
                spies.enter_context(mock.patch.object(module, name, _spied(spy, real)))
            while self._live() != "ended":
                pass

    def _live(self) -> str:
        """From power-on until the power goes, and why it did."""
        self.counts["boots"] += 1
        assert self.counts["boots"] < MOST_LIVES, "the token restarts again and again"
        self.flash.power_on()
        self._rest()
        board = WalkedBoard(self.flash, units.UID, self._hand, self._secret)
        self._held, self._held_next = self._held_next, NO_KEYS
        keys, milliseconds = self._held
        self._moves = [("pause", "", milliseconds), *(("release", key, TAP_MS) for key in keys.split())]
        for key in keys.split():
            board.press(key)
        self._begin(board)
        end = live(board)
        assert not board.errors, board.errors
        self._finish(end)
        return end

    @property
    def vault(self) -> Vault:
        """What the next boot would find."""
        if self._mounted is None or self._mounted[0] != self.flash.operations:
            copy = NorFlash(len(self.flash.cells), bytes(self.flash.cells))
            self._mounted = (self.flash.operations, Vault.mount(copy))
        return self._mounted[1]

    def _rest(self) -> None:
        self._typed = ""
        self._page_proved = self._reviewed = self._signing = False
        self._rested_at = None

    # What a walk of another kind looks at as well

    def _begin(self, board: WalkedBoard) -> None:
        """The power comes."""

    def _look(self, board: WalkedBoard) -> None:
        """The firmware waits: whatever the last key led to has happened."""

    def _finish(self, end: str) -> None:
        """The power is gone, for the reason that `live` gives."""

    # What the walker does

    def _hand(self, board: WalkedBoard) -> int:
        self._look(board)
        if board.asleep:
            self._rest_of(board)
        if self._moves:
            move, key, milliseconds = self._moves.pop(0)
            if move == "press":
                self._press(board, key)
            elif move == "release":
                board.release(key)
            return milliseconds
        if not self._steps:
            return self._wait_for_rest(board)
        word, *arguments = self._steps.pop(0)
        return getattr(self, f"_do_{word}")(board, *arguments)

    def _press(self, board: WalkedBoard, key: str) -> None:
        board.press(key)
        self._typed += SIGNS.get(key, key[-1])

    def _rest_of(self, board: WalkedBoard) -> None:
        self._typed = ""
        self._page_proved = self._reviewed = self._signing = False

    def _wait_for_rest(self, board: WalkedBoard) -> int:
        now = board.clock.now()
        if self._rested_at is None:
            self._rested_at = now
        if self.vault_is_gone:
            lines = read_screen(board.panel.frame()).lines
            assert not lines or BLANK_TOKEN in lines, "a wiped token comes up as blank"
        if board.asleep or self.vault_is_gone:
            raise WalkEnded
        assert now - self._rested_at < REST_MS, "the token does not come to rest"
        return LOOK_MS

    @property
    def vault_is_gone(self) -> bool:
        """Whether the token was wiped, and waits for its station."""
        return self.vault.state != SEALED

    def _do_keys(self, board: WalkedBoard, keys: str) -> int:
        for key in keys.split():
            self._moves += [("press", key, TAP_MS), ("release", key, TAP_MS)]
        return 1

    def _do_hold(self, board: WalkedBoard, key: str) -> int:
        self._moves += [("press", key, HOLD_MS), ("release", key, TAP_MS)]
        return 1

    def _do_wait(self, board: WalkedBoard, milliseconds: int) -> int:
        return milliseconds

    def _do_service(self, board: WalkedBoard, name: str, *arguments: str) -> int:
        screen = read_screen(board.panel.frame())
        if name == "page" and not (screen.large.isdigit() and len(screen.large) == 6):
            return 1
        if name == "confirm" and not (screen.large.isdigit() and len(screen.large) == 8):
            return 1
        if name == "page" and arguments[0] == "right":
            self._page_proved = True
        return self._do_keys(board, self._service.answer(name, screen, list(arguments)))

    def _do_type(self, board: WalkedBoard, truth: str) -> int:
        """The four digits that a screen asks for, or what is not quite them."""
        asked = re.search(r"(?<!\d)\d{4}(?!\d)", read_screen(board.panel.frame()).text)
        if not asked:
            return 1
        digits = asked[0]
        answers = {
            "shown": digits,
            "wrong": digits[:-1] + str((int(digits[-1]) + 1) % 10),
            "short": digits[:-1],
            "turned": digits[::-1],
        }
        return self._do_keys(board, " ".join([*answers[truth], "OK"]))

    def _do_power(self, board: WalkedBoard, keys: str, milliseconds: int) -> int:
        self._held_next = (keys, milliseconds)
        raise PowerOff

    def _do_cut(self, board: WalkedBoard, operations: int, torn: bool) -> int:
        halves = (
            (lambda bits: (bits[: len(bits) // 2] + bytes(len(bits) - len(bits) // 2), b"\x00"))
            if torn
            else None
        )
        self.flash.cut(operations, halves)
        return 1

    # What must hold

    def _before_code(self, real, token, chosen, counted):
        soft = token.vault.root.mode != MODE_VERIFIED
        by_letter = soft and chosen.kind == KIND_PIN and token.vault.offset.must_change
        counter = real(token, chosen, counted)
        self._before = (chosen, counter, by_letter)
        return counter

    def _review(self, real, token, entries):
        real(token, entries)
        self._reviewed = True

    def _question(self, real, *arguments):
        assert self._reviewed, "nothing is signed that was not shown"
        self._signing = True
        return real(*arguments)

    def _show(self, real, token, title, code, *more):
        chosen, counter, by_letter = self._before
        vault = self.vault
        self.counts["codes"] += 1
        if counter is not None:
            assert vault.counter(chosen.id) > counter, "the counter is on flash before its code is shown"
            assert (chosen.id, counter) not in self._used, "no code is shown twice"
            self._used.add((chosen.id, counter))
        if by_letter:
            self._letter_codes += 1
            assert self._letter_codes == 1, "a PIN from a letter gives one code"
        if chosen.kind == KIND_PIN:
            entered = [part.replace("*", "") for part in self._typed.split("#")[:-1]]
            assert any(len(part) >= vault.root.pin_length for part in entered), "no code without a PIN"
            if vault.root.mode == MODE_VERIFIED:
                assert vault.failures(ATTEMPT_PIN) == 0, "no code after a wrong PIN"
                assert any(units.PIN.decode() in part or "8305" in part for part in entered)
        if vault.server(chosen.id) and not self._signing:
            assert self._page_proved, "no code for a page that has not proved itself"
        self._reviewed = self._signing = False
        real(token, title, code, *more)


def opens(vault: Vault, *pins: bytes) -> bool:
    """Whether one of the PINs is in force on a soft token of `units`."""
    target = units.secrets_of()["target"]
    return any(seal.shift(pin, vault.offset.offset) == target for pin in pins)


def _spied(spy, real):
    return lambda *arguments, **options: spy(real, *arguments, **options)
