"""The about screen: what this token is, in facts that are no secret."""

from dsc.app import timing
from dsc.ui import texts
from dsc.ui.canvas import fitted
from dsc.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token


def show(token: "Token") -> None:
    """Show serial, version, board and build, self-test, free vault space until a key. Raises TimedOut after 30 s."""
    vault = token.vault
    identity = token.board.identity
    canvas = token.canvas
    lines = [
        texts.text("about.serial", vault.root.serial),
        texts.text("about.version", VERSION),
        texts.text("about.board", identity.board, identity.build),
        texts.text("about.selftest"),  # a token that failed it never comes here
        texts.text("about.free", vault.free_bytes() // 1024),
        texts.text("about.development" if token.is_development() else "about.rounds", vault.root.rounds),
    ]
    canvas.clear()
    canvas.text(0, 0, texts.text("about.title"))
    canvas.rule(10)
    for row, line in enumerate(lines):
        canvas.text(0, 16 + 8 * row, fitted(line, canvas.width))
    canvas.show()
    token.next_key(token.now() + timing.ABOUT_MS)
