"""How long a text message is on the air, as 3GPP TS 23.038 counts it."""

# Section 6.2.1, the default alphabet, without its escape; what the extension table adds takes two places each.
DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"
SEPTETS = 160  # of one segment
UCS2 = 70


def room_left(text: str) -> int:
    """How many more characters one segment would take; negative if it takes more than one."""
    if all(one in DEFAULT + EXTENSION for one in text):
        return SEPTETS - sum(2 if one in EXTENSION else 1 for one in text)
    return UCS2 - len(text.encode("utf-16-be")) // 2


def is_seven_bit(text: str) -> bool:
    """Whether the default alphabet has all of it."""
    return all(one in DEFAULT + EXTENSION for one in text)
