"""Renaming and deleting logins."""

from dsc.app import choose, confirmation, multitap, notice
from dsc.ui import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token
    from dsc.protocol.records import Credential


def rename(token: "Token") -> None:
    """Let the user give a login another name. Raises Cancelled, TimedOut, VaultError if it cannot be kept."""
    chosen = _choose(token)
    label = multitap.ask(token, texts.text("labels.name"), chosen.label)
    if label != chosen.label:
        token.vault.rename(chosen.id, label)


def delete(token: "Token") -> None:
    """Let the user delete a login with its key, after a typed confirmation; the last one stays.

    Raises Cancelled, TimedOut, VaultError if it cannot be deleted.
    """
    title = texts.text("labels.delete")
    if len(token.vault.credentials()) < 2:
        notice.show(token, title, texts.text("labels.last"))
        return
    chosen = _choose(token)
    warning = texts.text("labels.warning", chosen.label or chosen.serial)
    confirmation.ask(token, title, warning, chosen.id)
    token.vault.delete(chosen.id)


def _choose(token: "Token") -> "Credential":
    credentials = token.vault.credentials()
    if len(credentials) == 1:
        return credentials[0]
    names = [each.label or each.serial for each in credentials]
    return credentials[choose.ask(token, texts.text("choose.title"), names)]
