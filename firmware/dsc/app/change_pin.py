"""Changing the PIN: in soft mode a service confirms that the old one was right, before anything is written."""

from dsc.app import choose, groups, new_pin, notice, number, pin, screen, timing, unsealing
from dsc.crypto import seal
from dsc.crypto.memory import equal, wipe
from dsc.protocol.confirm import NUMBER_DIGITS, confirmation, random_question
from dsc.protocol.plain import is_plain
from dsc.protocol.records import KIND_PIN, MODE_VERIFIED, PinOffset
from dsc.ui import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token
    from dsc.protocol.records import Credential

TRIES = 3  # at the service's answer


def run(token: "Token") -> None:
    """Change the PIN, or leave everything as it was.

    Raises Cancelled, TimedOut, and LimitReached in verified mode; EntropyError without random numbers.
    """
    if token.vault.root.mode == MODE_VERIFIED:
        _change_verified(token)
        _tell(token, "change.done")
        return
    credential = _confirming(token)
    if credential is None:
        _tell(token, "change.nobody")
    elif _change_confirmed(token, credential):
        _tell(token, "change.done")
    else:
        _tell(token, "change.refused")


def _change_verified(token: "Token") -> None:
    """The token can tell the old PIN itself, counts it as any other, and needs no service."""
    from dsc.app import proving, wrapping

    opened = proving.ask(token, texts.text("change.old"))
    new = None
    try:
        new = new_pin.ask(token, opened.pin)
        wrapping.write_pin(token, opened.dek, new)
    finally:
        wipe(new)
        opened.wipe()


def _confirming(token: "Token") -> "Credential | None":
    """The credential whose service is to confirm; None if there is no service that can."""
    known = [each for each in token.vault.credentials() if each.kind == KIND_PIN and not is_plain(each.login)]
    if len(known) < 2:
        return known[0] if known else None
    return known[choose.ask(token, texts.text("choose.title"), [each.label or each.serial for each in known])]


def _change_confirmed(token: "Token", credential: "Credential") -> bool:
    """Whether the service has confirmed the old PIN, and the new one is in force.

    Nothing is written before. A mistyped old PIN would make a new offset that no known PIN goes with; the service's
    answer to another key does not come.
    """
    drawn = random_question(token.board.entropy.read, NUMBER_DIGITS)
    old = pin.ask(token, texts.text("change.old"), False)
    new = key = expected = target = None
    try:
        new = new_pin.ask(token, old)
        key = unsealing.open_key(token, credential, old)
        expected = bytearray(confirmation(key, token.vault.root.serial, drawn).encode())
        target = seal.shift(old, token.vault.offset.offset)
        offset = seal.offset_between(target, new)
        wipe(old, new, key, target)
        confirmed = _confirmed(token, drawn, expected)
    finally:
        wipe(old, new, key, target, expected)
    if confirmed:
        token.vault.replace_offset(PinOffset(offset, 0))
    return confirmed


def _confirmed(token: "Token", drawn: str, expected: bytearray) -> bool:
    """Whether the service's answer is the expected one, within three tries and ten minutes in all."""
    end = token.now() + timing.CONFIRM_MS
    show_number(token, drawn, end)
    title = texts.text("change.answer", drawn[:4] + " " + drawn[4:])
    for left in range(TRIES - 1, -1, -1):
        answer = number.ask_code(token, title, NUMBER_DIGITS, end)
        try:
            if equal(answer, expected):
                return True
        finally:
            wipe(answer)
        title = texts.text("change.wrong", left)
    return False


def show_number(token: "Token", drawn: str, end: int) -> None:
    """Show what the service is to be told, until OK. Raises Cancelled when C is held, TimedOut at the end."""
    layout = token.canvas.layout
    if layout.is_huge:
        groups.show(token, texts.text("change.number-short"), screen.groups_of(drawn), end)
        return
    name = "change.number-short" if layout.is_flat else "change.number"
    screen.draw_frame(token.canvas, texts.text(name), texts.text("challenge.legend"))
    token.canvas.large_centred(layout.digits, screen.groups_of(drawn))
    token.canvas.show()
    notice.wait(token, end - token.now())


def _tell(token: "Token", name: str) -> None:
    notice.show(token, texts.text("change.title"), texts.text(name))
