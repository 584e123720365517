"""The factory screen of a token without a vault, and the door through which the station comes in."""

from dsc.app import failure, screen, timing
from dsc.app.serving import Server
from dsc.ui import texts
from dsc.ui.canvas import fitted
from dsc.vault.store import UNSEALED
from dsc.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token

TICK_MS = 20
LAST_WORDS_MS = 500  # for the station to hear why a sealing failed, before the restart


class NotWaitingError(Exception):
    """There is no blank token here that a station could be served by."""

    def __init__(self) -> None:
        super().__init__("this token is not in its factory state; nothing is served")


class Factory:
    """A token that waits for its station: `tick` keeps its screen alive, `serve` talks to the station.

    Whoever has nothing else to do calls `serve`. A board whose link is a REPL calls `tick` every TICK_MS ms, and
    the station calls `serve` there.
    """

    def __init__(self, token: "Token") -> None:
        """Shows the screen."""
        self._token = token
        self._dark_at = token.now() + timing.FACTORY_MS
        self._shown = ""
        self._sealed = False
        self.tick()

    def tick(self, status: str = "factory.connect", heard: bool = False) -> None:
        """Show `status`, the name of a text; darken the screen when it is time, light it for a key or if `heard`.

        A board whose source of random bits has failed can make no token, whatever else the status is.
        """
        token = self._token
        if token.board.entropy.failed and not self._sealed:
            status = "factory.entropy"
        if token.keypad.poll() or heard:
            self._dark_at = token.now() + timing.FACTORY_MS
            self._shown = ""
            token.light()
        if token.now() >= self._dark_at:
            if self._shown != "dark":
                self._shown = "dark"
                token.blank()
        elif status != self._shown:
            self._shown = status
            self._draw(texts.text(status))

    def serve(self) -> None:
        """Serve the station until it leaves, then return; a token that was sealed meanwhile restarts instead."""
        try:
            self._converse()
        except Exception as error:  # noqa: BLE001 - whatever went wrong, it must not end in a REPL unseen
            failure.stop(self._token, error)

    def _converse(self) -> None:
        token = self._token
        link = token.board.link
        server = Server(token)
        link.open()
        try:
            while not server.finished:
                token.board.watchdog.feed()
                heard = server.poll()
                self._sealed = server.sealed
                self.tick(
                    "factory.sealed"
                    if server.sealed
                    else "factory.busy"
                    if server.busy
                    else "factory.connect",
                    heard,
                )
                token.board.clock.sleep(TICK_MS)
        finally:
            try:
                server.forget()
                token.board.power.clean_memory()
            finally:
                if server.sealed or server.doubtful:
                    self._restart(server)
        # Not after an error, whose screen needs the keypad for itself, and ends in a restart.
        link.close()

    def _restart(self, server: Server) -> None:
        """Whatever went wrong, a token that is or may be sealed leaves this door by a restart only."""
        token = self._token
        try:
            token.blank()
            if server.doubtful:
                token.board.clock.sleep(LAST_WORDS_MS)
            token.board.power.clean_memory()
        finally:
            token.board.power.reset()

    def _draw(self, status: str) -> None:
        token = self._token
        canvas = token.canvas
        identity = token.board.identity
        if self._sealed:
            state = texts.text("factory.serial", token.vault.root.serial)
        elif token.vault.state == UNSEALED:
            state = texts.text("factory.unfinished")
        else:
            state = texts.text("factory.blank")
        lines = [
            state,
            texts.text("factory.version", VERSION),
            texts.text("about.board", identity.board, identity.build),
            identity.uid.hex(),
        ]
        if canvas.layout.is_flat:
            del lines[2]  # what the board is can be seen
        screen.draw_frame(canvas, texts.text("factory.title"), "", status)
        for row, line in enumerate(lines):
            canvas.text(0, canvas.layout.body + 8 * row, fitted(line, canvas.width))
        canvas.show()


_waiting: "Factory | None" = None


def wait(token: "Token") -> Factory:
    """Show the factory screen, and let `serve` find it."""
    global _waiting
    _waiting = Factory(token)
    return _waiting


def serve() -> None:
    """Serve the station on the board's link: what the station calls on a token's REPL.

    Raises NotWaitingError if this token is not in its factory state.
    """
    if _waiting is None:
        raise NotWaitingError
    _waiting.serve()
