"""Which PINs are refused where one is set: the rules that need no personal data."""

from dsc.protocol.errors import PinAlphabetError, PinLengthError, WeakPinError

PIN_MIN_DIGITS = 4
PIN_MAX_DIGITS = 8

REPEATED_DIGIT = "repeated-digit"
STRAIGHT_RUN = "straight-run"
REPEATED_PATTERN = "repeated-pattern"
YEAR = "year"
COMMON = "common"

_ZERO = 0x30
_LONG = 6  # digits from which one other digit among equal ones is no better than none
_FIRST_YEAR = 1900
_LAST_YEAR = 2029

# Those among the most frequently chosen PINs that no other rule catches: mirrored and doubled digits, odd and
# even rows, lines and shapes on the keypad, words spelled on a telephone's keys.
_COMMON = (
    b"0007", b"0070", b"0110", b"0420", b"0852", b"1001", b"1004", b"1100", b"1112", b"1122", b"1123",
    b"1221", b"1230", b"1235", b"1236", b"1245", b"1254", b"1337", b"1342", b"1357", b"1470", b"1478",
    b"1590", b"2112", b"2211", b"2233", b"2255", b"2468", b"2580", b"3690", b"4200", b"5683", b"7410",
    b"7531", b"7788", b"8520", b"8642", b"9630", b"9874",
    b"11223", b"12321", b"12344", b"13579", b"24680", b"25800", b"97531",
    b"010203", b"102030", b"111222", b"112211", b"112233", b"121314", b"123321", b"123450", b"123654",
    b"123789", b"135790", b"142536", b"147258", b"147369", b"147852", b"159357", b"159753", b"246810",
    b"258000", b"321654", b"741852", b"789456",
    b"1122334", b"1212123", b"1234321", b"1236987", b"1314520", b"1472583", b"1478963", b"5201314", b"8675309",
    b"11112222", b"11223344", b"12131415", b"12344321", b"12345687", b"13572468", b"14725836",
    b"31415926", b"98761234", b"98765421",
)  # fmt: skip


def check_pin(pin: bytes | bytearray) -> None:
    """Refuse a PIN that is malformed or guessed first.

    `pin` is ASCII digits, 4 to 8 of them; it is looked at in place, never copied.
    Raises PinLengthError, PinAlphabetError, or WeakPinError with the name of the rule.
    """
    length = len(pin)
    if not PIN_MIN_DIGITS <= length <= PIN_MAX_DIGITS:
        raise PinLengthError(length, PIN_MIN_DIGITS, PIN_MAX_DIGITS)
    for code in pin:
        if not _ZERO <= code <= _ZERO + 9:
            raise PinAlphabetError
    if _repeats_after(pin, 1) or (length >= _LONG and _all_but_one_equal(pin)):
        raise WeakPinError(REPEATED_DIGIT)
    if _runs_by(pin, 1) or _runs_by(pin, 9):
        raise WeakPinError(STRAIGHT_RUN)
    for period in range(2, length // 2 + 1):
        if _repeats_after(pin, period):
            raise WeakPinError(REPEATED_PATTERN)
    if _is_year(pin):
        raise WeakPinError(YEAR)
    for candidate in _COMMON:
        if pin == candidate:
            raise WeakPinError(COMMON)


def _repeats_after(pin: bytes | bytearray, period: int) -> bool:
    return all(pin[index] == pin[index - period] for index in range(period, len(pin)))


def _all_but_one_equal(pin: bytes | bytearray) -> bool:
    # Of three digits at least two are the one that repeats, if any does.
    usual = pin[0] if pin[0] in (pin[1], pin[2]) else pin[1]
    return sum([code != usual for code in pin]) <= 1


def _runs_by(pin: bytes | bytearray, step: int) -> bool:
    # Modulo ten, so that 7890 and 2109 are runs as well; a step of 9 runs downwards.
    return all((pin[index] - pin[index - 1]) % 10 == step for index in range(1, len(pin)))


def _is_year(pin: bytes | bytearray) -> bool:
    if len(pin) != 4:
        return False
    value = 0
    for code in pin:
        value = value * 10 + code - _ZERO
    return _FIRST_YEAR <= value <= _LAST_YEAR
