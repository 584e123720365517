"""Code cards in German."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    "title.security-code-card": "Sicherheitscodekarte",
    "title.online-security-code-card": "Online-Sicherheitscodekarte",
    "serial": "Karte",
    "user": "Benutzer",
    "expires": "Gültig bis",
    "use.title": "So melden Sie sich an",
    "use": "Die Anmeldeseite zeigt zwei Nummern. Suchen Sie beide auf dieser Karte, und tippen Sie die Codes daneben "
    "zusammen ein, ohne Leerzeichen, in der verlangten Reihenfolge. Steht neben 100 A3D und neben 50 Z3V, so ist die "
    "Antwort auf 100 und 50: A3DZ3V. Groß oder klein ist gleich.",
    "keep.title": "Nur für Sie",
    "keep": "Bewahren Sie die Karte getrennt vom Passwort auf. Kopieren und fotografieren Sie sie nicht. Nie werden "
    "mehr als zwei Codes verlangt, und nur von der Anmeldeseite: nicht am Telefon, per Post oder in Nachrichten.",
    "lost.title": "Bei Verlust",
    "lost": "Rufen Sie sofort den Dienst an, er sperrt die Karte. Rufen Sie auch an, wenn jemand sie gesehen oder "
    "kopiert haben kann.",
    "end": "Eine Karte, die nicht mehr gilt, wird zerschnitten; zurückschicken müssen Sie sie nicht.",
}
