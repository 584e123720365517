"""The first screen of a possession-only credential: whoever holds the token gets its codes, and here is told so."""

from dsc.app import credential, notice, screen
from dsc.ui import texts
from dsc.ui.canvas import wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token
    from dsc.protocol.records import Credential


def show(token: "Token", chosen: "Credential") -> None:
    """Show name and kind until OK. Raises Cancelled when C is held, TimedOut after 30 s, MenuWanted."""
    canvas = token.canvas
    lines = wrap(texts.text("possession.message"), canvas.width)
    title = credential.title(token, chosen)
    legend = texts.text("notice.legend-first")
    if canvas.layout.is_flat:
        screen.draw_frame(canvas, title, legend)
    else:
        canvas.clear()
        canvas.text(0, 0, title)
        canvas.text(0, canvas.layout.bottom, legend)
    y = 16 if len(lines) + 2 < canvas.rows else 8
    for line in lines:
        canvas.text(0, y, line)
        y += 8
    canvas.show()
    notice.wait(token, token.patience_ms, is_first=True)
