"""Plain one-time codes, by counter or by time: no challenge is typed."""

from dsc.app import credential, notice, response, timing
from dsc.crypto.memory import wipe
from dsc.protocol import plain
from dsc.ui import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token
    from dsc.protocol.records import Credential

GROUPS = {6: 3, 9: 3}  # digits of the code: of a group, where four would leave an uneven one


def run(token: "Token", chosen: "Credential") -> None:
    """One code, from the PIN to the blank screen; from a possession-only credential without a PIN.

    A token that does not know the time says so, before a PIN is asked for: a time that somebody sets by hand gives
    codes of any day he likes. Raises Cancelled or TimedOut, MethodError, VaultError if the counter cannot be kept.
    """
    method = plain.Method.parse(chosen.login)
    if method.timed and token.board.wall.read() is None:
        _without_time(token)
        return
    key = credential.open_key(token, chosen)
    try:
        moving = credential.before_code(token, chosen, not method.timed)
        if method.timed:
            moving = token.board.wall.read()
        code = plain.code(method, key, moving) if moving is not None else ""
    finally:
        wipe(key)
    if code:
        response.show(token, credential.title(token, chosen), code, timing.PLAIN_MS, GROUPS.get(len(code), 4))
    else:
        _without_time(token)


def _without_time(token: "Token") -> None:
    notice.show(token, texts.text("plain.title"), texts.text("plain.no-time"), is_first=True)
