"""Code cards in English."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    "title.security-code-card": "Security Code Card",
    "title.online-security-code-card": "Online Security Code Card",
    "serial": "Card",
    "user": "User",
    "expires": "Valid until",
    "use.title": "How to log in with it",
    "use": "The login page shows two numbers. Find both on this card, and type the codes beside them together, without "
    "a space, in the order asked for. If 100 stands beside A3D and 50 beside Z3V, the answer to 100 and 50 is A3DZ3V. "
    "Small letters are as good as capitals.",
    "keep.title": "Keep it to yourself",
    "keep": "Keep this card apart from your password. Do not copy it or take a picture of it. No more than two codes "
    "are ever asked for, and only by the login page: not by telephone, mail or message.",
    "lost.title": "If it is lost",
    "lost": "Call the service at once, and the card is blocked. Call also if somebody may have seen or copied it.",
    "end": "A card that is no longer valid is cut up; it need not be sent back.",
}
