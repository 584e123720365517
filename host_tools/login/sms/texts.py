"""What text messages say, each in one segment: {code} and {minutes} are filled in.

English, French and German use only what GSM 03.38 has (no ê, no lower-case ç), which gives a segment 160 characters;
Russian and Japanese have 70.
"""

from __future__ import annotations

from typing import Final

from host_tools.login.sms.errors import UnknownLanguageError

# The code comes first: a telephone shows the beginning of a message.
TEXTS: Final = {
    "en": "{code} is your login code, valid for {minutes} min. Type it only into the login page. Never tell it to "
    "anybody, not even to us.",
    "fr": "{code} est votre code de connexion, valable {minutes} min. Ne le tapez que dans la page de connexion. Ne le "
    "dites à personne, pas à nous non plus.",
    "de": "{code} ist Ihr Anmeldecode, gültig {minutes} Min. Nur in die Anmeldeseite eingeben. Niemandem sagen, auch "
    "uns nicht.",
    "ru": "{code} — код входа на {minutes} мин. Не говорите его никому, даже нам.",
    "ja": "{code} はログインコードです({minutes}分間有効)。誰にも、当社にも教えないでください。",
}


def message(language: str, code: bytearray, minutes: int) -> str:
    """The message with this code (ASCII digits), which is good for so many minutes. Raises UnknownLanguageError.

    Gateways take text, so the code is in a str from here on, which cannot be wiped.
    """
    if language not in TEXTS:
        raise UnknownLanguageError(language, list(TEXTS))
    return TEXTS[language].format(code=code.decode("ascii"), minutes=minutes)
