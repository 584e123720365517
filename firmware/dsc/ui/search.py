"""Finds labels by the digits of their letters, as on a telephone (ITU-T E.161; Russian letters as is usual there)."""

# The letters of each digit, in both cases: a token's interpreter knows cases of ASCII only. Accents make no difference.
LETTERS = (
    "",
    "",
    "abcABCàâäæçÀÂÄÆÇабвгАБВГ",
    "defDEFèéêëÈÉÊËдеёжзДЕЁЖЗ",
    "ghiGHIîïÎÏийклИЙКЛ",
    "jklJKLмнопМНОП",
    "mnoMNOôöœÔÖŒрстуРСТУ",
    "pqrsPQRSßẞфхцчФХЦЧ",
    "tuvTUVùûüÙÛÜшщъыШЩЪЫ",
    "wxyzWXYZÿŸьэюяЬЭЮЯ",
)


def digit_of(character: str) -> int | None:
    """The digit that stands for a character: its own for a digit; None if there is none."""
    if "0" <= character <= "9":
        return ord(character) - ord("0")
    for digit in range(2, 10):
        if character in LETTERS[digit]:
            return digit
    return None


def matches(label: str, typed: str) -> bool:
    """Whether a word of the label begins with what these digits stand for; the empty text begins any.

    A word begins where something with a digit follows something without.
    """
    if not typed:
        return True
    wanted = [ord(digit) - ord("0") for digit in typed]
    digits = [digit_of(character) for character in label]
    for start in range(len(digits)):
        begins = start == 0 or digits[start - 1] is None
        if begins and digits[start : start + len(wanted)] == wanted:
            return True
    return False
