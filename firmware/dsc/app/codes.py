"""What a credential does when its turn comes, which its suites, its kind and what is linked to it say."""

from dsc.app import credential, login
from dsc.protocol.plain import is_plain
from dsc.protocol.records import KIND_OPEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token
    from dsc.protocol.records import Credential


def run(token: "Token") -> None:
    """One code, from the choice of a credential to the blank screen. Raises Cancelled, TimedOut, MenuWanted."""
    give(token, credential.ask(token, token.vault.credentials(), is_first=True))


def give(token: "Token", chosen: "Credential") -> None:
    """The flow that a credential calls for: a plain code, mutual mode if it can check its page, else a login.

    There is no way around the check of a page: one would be enough for a page that pretends.
    """
    if chosen.kind == KIND_OPEN:
        from dsc.app import possession

        possession.show(token, chosen)
    page = token.vault.server(chosen.id)
    if is_plain(chosen.login):
        from dsc.app import plain_code

        plain_code.run(token, chosen)
    elif page:
        from dsc.app import mutual

        mutual.run(token, chosen, page)
    else:
        login.run(token, chosen)
