"""PBKDF2 with a progress bar: what every way from digits to a key goes through."""

from dsc.ui import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dsc.app.token import Token
    from dsc.hal import Buffer

PROGRESS_STEPS = 20


def pbkdf2(token: "Token") -> "Callable[[Buffer, Buffer, int, int], bytearray]":
    """PBKDF2 of the board, with the progress bar on the canvas."""

    def stretch(password: "Buffer", salt: "Buffer", rounds: int, length: int) -> bytearray:
        drawn = -1
        canvas = token.canvas
        canvas.clear()
        canvas.text_centred(canvas.layout.wait, texts.text("wait"))

        def progress(done: int) -> None:
            nonlocal drawn
            token.board.watchdog.feed()
            step = done * PROGRESS_STEPS // rounds
            if step != drawn:
                drawn = step
                canvas.bar(14, canvas.layout.wait + 14, 100, 6, step * 1000 // PROGRESS_STEPS)
                canvas.show()

        progress(0)
        return token.board.kdf.pbkdf2_sha256(password, salt, rounds, length, progress)

    return stretch
