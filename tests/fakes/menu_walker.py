"""A walk through the menu: what is kept changes one thing at a time, by the keys and screens that ask for it."""

from collections.abc import Iterator

from dsc.ui import texts
from dsc.vault.store import SEALED
from fakes.walked_board import WalkedBoard
from fakes.walked_tokens import Kept
from fakes.walker import Walker
from host_tools.display.frame import Frame
from host_tools.fonts.lookalikes import LATIN
from host_tools.simulator.screen_reader import read_screen

LANGUAGES = range(5)
BRIGHTNESSES = (1, 16, 48, 96, 160, 255)
AUTO_OFFS = (15, 30, 60, 120, 300)
FLAGS = 0x03
LABEL_CHARACTERS = 24
TOLD_APART = 6  # characters of a label, of which a list shows no more than its row has room for
INVERSE = 0xFF  # a column of a blank that is marked
SPARE = 8  # columns at the right, of which a mark does not take all
_TO_LATIN = str.maketrans(LATIN)


class MenuWalker(Walker):
    """A walker that knows by which screen each change was asked for."""

    def __init__(self, flash, secret=None) -> None:
        super().__init__(flash, secret)
        self.kept = Kept.of(self.vault)
        self._judged_at = flash.operations
        self._confirmed: list[Frame] = []  # the screens at which OK was pressed since the token last rested

    def _press(self, board: WalkedBoard, key: str) -> None:
        if key == "OK":
            self._confirmed.append(board.panel.frame())
        super()._press(board, key)

    def _look(self, board: WalkedBoard) -> None:
        self._judge()

    def _finish(self, end: str) -> None:
        self._judge()

    def _rest(self) -> None:
        super()._rest()
        self._confirmed = []

    def _judge(self) -> None:
        if self._judged_at == self.flash.operations:
            return
        self._judged_at = self.flash.operations
        assert self.vault.state == SEALED
        before, self.kept = self.kept, Kept.of(self.vault)
        changes = list(_changes(before, self.kept))
        assert len(changes) < 2, f"one thing at a time: {changes}"
        for name, *what in changes:
            self.counts[name] += 1
            assert self._typed.endswith("#"), "nothing is kept without OK"
            getattr(self, f"_judge_{name}")(*what)

    def _judge_deletion(self, login: bytes, label: str) -> None:
        digits = f"{int.from_bytes(login, 'big') % 10_000:04d}"
        asked = read_screen(self._confirmed[-1])
        assert digits in asked.text, "it was asked for"
        assert asked.large == digits, "it was typed"
        warning = read_screen(self._last_under("labels.delete"))
        assert _folded(label) in _folded(warning.text), "it was named"

    def _judge_rename(self, label: str, new: str) -> None:
        assert 1 <= len(new) <= LABEL_CHARACTERS
        assert new == new.strip()
        asked = _folded(read_screen(self._confirmed[-1]).text)
        assert _folded(texts.text("labels.name")) in asked, "it was asked for"
        assert _folded(new)[-TOLD_APART:] in asked, "it was typed"
        if len(self.kept.logins) > 1:
            chosen = next(filter(None, map(_marked, reversed(self._confirmed))))
            assert _folded(chosen).startswith(_folded(label)[:TOLD_APART]), "it was chosen"

    def _judge_setting(self, before: tuple[int, ...], after: tuple[int, ...]) -> None:
        language, brightness, auto_off, flags = after
        assert language in LANGUAGES
        assert brightness in BRIGHTNESSES
        assert auto_off in AUTO_OFFS
        assert flags & ~FLAGS == 0
        assert sum(was != now for was, now in zip(before, after, strict=True)) == 1
        assert (before[3] ^ flags).bit_count() < 2

    def _judge_count(self, by: int) -> None:
        assert by == 1, "a counter goes on by one"

    def _judge_pin(self) -> None:
        pass  # what a change of the PIN needs is for the walks over codes

    def _last_under(self, title: str) -> Frame:
        """The last screen with this title at which OK was pressed."""
        wanted = _folded(texts.text(title))
        for frame in reversed(self._confirmed):
            if _folded(read_screen(frame).text).startswith(wanted):
                return frame
        raise AssertionError(f"OK was never pressed at {title}")


def _changes(before: Kept, after: Kept) -> Iterator[tuple]:
    """What has become different, each with what its judge must know."""
    assert after.logins, "no token is without a login"
    assert set(after.logins) <= set(before.logins), "nothing comes from nowhere"
    for login, was in before.logins.items():
        now = after.logins.get(login)
        if now is None:
            yield "deletion", login, was.label
            continue
        if now.label != was.label:
            yield "rename", was.label, now.label
        if now.counter != was.counter:
            yield "count", now.counter - was.counter
        assert (now.key, now.page, now.form) == (was.key, was.page, was.form), (
            "nothing of a login changes else"
        )
    if after.settings != before.settings:
        yield "setting", before.settings, after.settings
    if after.pin != before.pin:
        yield ("pin",)


def _folded(text: str) -> str:
    """Without blanks and breaks, and with one letter for each picture."""
    return "".join(text.split()).translate(_TO_LATIN)


def _marked(frame: Frame) -> str:
    """The item that is marked, dark on lit from edge to edge; nothing if this is no list."""
    data = frame.vlsb()
    for start in range(0, len(data), frame.width):
        row = data[start : start + frame.width]
        if row[0] == row[frame.width - SPARE] == INVERSE:
            return read_screen(Frame.from_vlsb(row, frame.width, 8)).text
    return ""
