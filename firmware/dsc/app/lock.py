"""Whether too many wrong PINs have locked the token, and what it shows then; verified mode alone can tell."""

from dsc.protocol.records import MODE_VERIFIED
from dsc.protocol.verified import ATTEMPT_PIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token


def reached(token: "Token") -> bool:
    """Whether the limit of wrong PINs in a row, interrupted attempts included, is reached."""
    root = token.vault.root
    return root.mode == MODE_VERIFIED and token.vault.failures(ATTEMPT_PIN) >= root.pin_limit


def run(token: "Token") -> None:
    """What a token at its limit does: unlock, or wipe itself."""
    # The RP2040 has no verified mode, and would keep what this imports in memory for nothing.
    from dsc.app import unlock

    unlock.run(token)
