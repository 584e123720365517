"""Text on a keypad: a key's letters come one after the other, as often as it is pressed in a row."""

from dsc.app import screen, timing
from dsc.app.errors import Cancelled
from dsc.protocol.wire import LABEL_MAX_BYTES
from dsc.ui import texts
from dsc.ui.canvas import width_of
from dsc.ui.keypad import CLEAR, HOLD, OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token

MOST = 24  # characters, as many as a label has
CURSOR = "_"
WIDEST = 3  # bytes of any of the characters below

LATIN = (
    " 0",
    ".,-/&@()+:'!?1",
    "abc2àâäæç",
    "def3éèêë",
    "ghi4îï",
    "jkl5",
    "mno6öôœ",
    "pqrs7ß",
    "tuv8üùû",
    "wxyz9",
)
LATIN_CAPITALS = (
    " 0",
    ".,-/&@()+:'!?1",
    "ABC2ÀÂÄÆÇ",
    "DEF3ÉÈÊË",
    "GHI4ÎÏ",
    "JKL5",
    "MNO6ÖÔŒ",
    "PQRS7",
    "TUV8ÜÙÛ",
    "WXYZ9",
)
RUSSIAN = (
    " 0",
    ".,-/&@()+:№!?1",
    "абвг2",
    "деёжз3",
    "ийкл4",
    "мноп5",
    "рсту6",
    "фхцч7",
    "шщъы8",
    "ьэюя9",
)
RUSSIAN_CAPITALS = (
    " 0",
    ".,-/&@()+:№!?1",
    "АБВГ2",
    "ДЕЁЖЗ3",
    "ИЙКЛ4",
    "МНОП5",
    "РСТУ6",
    "ФХЦЧ7",
    "ШЩЪЫ8",
    "ЬЭЮЯ9",
)
SETS = (LATIN_CAPITALS, LATIN, RUSSIAN_CAPITALS, RUSSIAN)
CAPITALS, SMALL = 0, 1


class Entry:
    """A text as it is typed; `tap` and the rest are what keys do."""

    def __init__(self, text: str = "", capacity: int = MOST) -> None:
        self.text = text
        self.capacity = capacity
        self._set = CAPITALS if not text else SMALL
        self._key = ""  # whose letters come in turn, empty once another would begin
        self._turn = 0

    @property
    def letters(self) -> str:
        """Letters of the set in use, by which the user knows it."""
        return SETS[self._set][2][:3]

    @property
    def is_open(self) -> bool:
        """Whether the last character can still be changed by its key."""
        return bool(self._key)

    def tap(self, key: str) -> bool:
        """The digit `key`: the next letter in turn, or another character; False if there is no room for one."""
        choices = SETS[self._set][int(key)]
        if key == self._key:
            self._turn = (self._turn + 1) % len(choices)
            self.text = self.text[:-1] + choices[self._turn]
            return True
        self.close()
        if len(self.text) >= self.capacity or len(self.text.encode()) + WIDEST > LABEL_MAX_BYTES:
            return False
        self._key, self._turn = key, 0
        self.text += SETS[self._set][int(key)][0]  # as the set may have changed
        return True

    def close(self) -> None:
        """What comes next is another character; after the first capital mostly a small letter."""
        if self._key and len(self.text.strip(" ")) == 1 and self._set % 2 == CAPITALS:
            self._set += 1
        self._key = ""

    def switch(self) -> None:
        """Go to the next set of letters."""
        self._key = ""
        self._set = (self._set + 1) % len(SETS)

    def remove_last(self) -> None:
        """Take the last character back."""
        self._key = ""
        self.text = self.text[:-1]


def ask(token: "Token", prompt: str, text: str = "", capacity: int = MOST) -> str:
    """At least one and at most `capacity` characters, and no more bytes than a label has, blanks at the ends cut.

    `text` is there to begin with.

    Keys 2-9 give letters, 0 a blank, 1 punctuation; A changes to capitals, small letters, Russian; a moment without a
    key ends a letter. Raises Cancelled when C is held, TimedOut after 60 s without a key.
    """
    entry = Entry(text, capacity)
    notice = ""
    while True:
        _draw(token, prompt, entry, notice)
        begun = token.now()
        event = token.next_event(begun + (timing.TAP_MS if entry.is_open else timing.CHALLENGE_MS))
        if event is None and entry.is_open:
            entry.close()
            continue
        kind, key = event or token.next_key(begun)  # which raises that the time is up
        if kind == HOLD:
            if key == CLEAR:
                raise Cancelled
            continue
        notice = ""
        if key in "0123456789":
            if not entry.tap(key):
                notice = texts.text("text.full", len(entry.text))
        elif key == CLEAR:
            entry.remove_last()
        elif key == "A":
            entry.switch()
        elif key == OK:
            typed = entry.text.strip(" ")
            if typed:
                return typed
            notice = texts.text("text.empty")


def _draw(token: "Token", prompt: str, entry: Entry, notice: str) -> None:
    canvas = token.canvas
    layout = canvas.layout
    legend = texts.text("text.legend", entry.letters)
    screen.draw_frame(canvas, prompt, legend, notice)
    y = layout.body + 8
    shown = entry.text
    while width_of(shown + CURSOR) > canvas.width:
        shown = shown[1:]
    if entry.is_open:
        last = shown[-1]
        canvas.text(0, y, shown[:-1])
        canvas.text(width_of(shown[:-1]), y, last, inverse=True)
    else:
        canvas.text(0, y, shown + CURSOR)
    canvas.text_right(y + 8, texts.text("challenge.position", len(entry.text), entry.capacity))
    canvas.show()
