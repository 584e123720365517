"""Letters that two alphabets share a picture of, and which of them is read: decided word by word."""

import re

# Each Cyrillic letter that small.txt draws as it draws a Latin one. The picture alone reads as the Latin letter.
LATIN = dict(zip("АВЕЁКМНОРСТХаеёорсух", "ABEËKMHOPCTXaeëopcyx", strict=True))
CYRILLIC = {latin: cyrillic for cyrillic, latin in LATIN.items()}
_TO_LATIN = str.maketrans(LATIN)
_TO_CYRILLIC = str.maketrans(CYRILLIC)
_WORD = re.compile(r"[^\W\d_]+")


def as_read(text: str) -> str:
    """`text` as it reads from its picture: what is compared with what a screen says.

    A word (letters without a break) is Cyrillic if it has a letter that only Cyrillic has and, beside such letters,
    shared ones only; every other word is read with its Latin letters. So a Russian word of shared letters alone,
    such as «оса», reads as Latin.
    """
    return _WORD.sub(_settled, text.translate(_TO_LATIN))


def _settled(word: re.Match[str]) -> str:
    in_cyrillic = word[0].translate(_TO_CYRILLIC)
    cyrillic = [_is_cyrillic(character) for character in in_cyrillic]
    has_its_own = any(_is_cyrillic(character) for character in word[0])
    return in_cyrillic if has_its_own and all(cyrillic) else word[0]


def _is_cyrillic(character: str) -> bool:
    return "\u0400" <= character <= "\u04ff"
