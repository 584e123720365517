"""The port through which text messages leave."""

from __future__ import annotations

from typing import Protocol


class Gateway(Protocol):
    """Sends text messages."""

    def send(self, phone: str, text: str) -> None:
        """Hand the text over for this number (E.164, see `phone.checked`); it was taken when this returns.

        Raises TryAgainError or NeverError.
        """
