"""The about screen: what this token is, in facts that are no secret."""

from dsc.app import screen, timing
from dsc.ui import texts
from dsc.ui.canvas import fitted
from dsc.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token


def show(token: "Token") -> None:
    """Show serial, version, board and build, self-test, free vault space, supply; until a key that turns no page.

    Raises TimedOut after 30 s.
    """
    vault = token.vault
    canvas = token.canvas
    identity = token.board.identity
    lines = [
        texts.text("about.version", VERSION),
        texts.text("about.board", identity.board, identity.build),
        texts.text("about.selftest"),  # a token that failed it never comes here
        texts.text("about.free", vault.free_bytes() // 1024),
        texts.text("about.development" if token.is_development() else "about.rounds", vault.root.rounds),
    ]
    supply = token.board.power.battery()
    if supply is not None:
        tenths = (supply + 50) // 100
        lines.append(texts.text("about.supply", f"{tenths // 10}.{tenths % 10}"))
    if canvas.layout.is_flat:
        title = texts.text("factory.serial", vault.root.serial)
        _show_pages(token, screen.Pages(canvas, title, lines, ""))
        return
    canvas.clear()
    canvas.text(0, 0, fitted(texts.text("about.serial", vault.root.serial), canvas.width))
    canvas.rule(10)
    for row, line in enumerate(lines):
        canvas.text(0, 16 + 8 * row, fitted(line, canvas.width))
    canvas.show()
    token.next_key(token.now() + timing.ABOUT_MS)


def _show_pages(token: "Token", pages: screen.Pages) -> None:
    while True:
        pages.draw()
        _, key = token.next_key(token.now() + timing.ABOUT_MS)
        if not pages.turn(key):
            return
