"""How wide texts are, and how they are shortened or broken into lines: all in pixels of small text."""

from dsc.ui.font import SMALL, WIDE, WIDE_FROM

ELLIPSIS = "…"


def _codes_of(characters: str) -> tuple[int, ...]:
    return tuple([ord(character) for character in characters])


# What a line may not begin with, or end with, though its neighbour is a wide glyph (after JIS X 4051).
NOT_FIRST = _codes_of("、。」・ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ!),.:;?…»")
NOT_LAST = _codes_of("「(«")


def code_points(text: "str | bytes | bytearray") -> "bytes | bytearray | list[int]":
    """The code points of a text; bytes are their own, and ASCII is given as bytes.

    Decoded by hand: each character of a str would become an interned string, which MicroPython keeps for ever.
    """
    if not isinstance(text, str):
        return text
    data = text.encode()
    if len(data) == len(text):
        return data
    codes: list[int] = []
    for byte in data:
        if byte < 0x80:
            codes.append(byte)
        elif byte < 0xC0:
            codes[-1] = codes[-1] << 6 | byte & 0x3F
        else:
            codes.append(byte & (0x1F if byte < 0xE0 else 0x0F if byte < 0xF0 else 0x07))
    return codes


def width_of_codes(codes: "bytes | bytearray | list[int]") -> int:
    """Pixels that the small text of these code points takes."""
    width = len(codes) * SMALL.width
    if isinstance(codes, list):
        for code in codes:
            if code >= WIDE_FROM:
                width += WIDE.width - SMALL.width
    return width


def width_of(text: "str | bytes | bytearray") -> int:
    """Pixels that small text takes; medium text takes twice as many."""
    return width_of_codes(code_points(text))


def fitted(text: str, width: int) -> str:
    """`text` if it takes at most `width` pixels, else its beginning and an ellipsis."""
    if width_of(text) <= width:
        return text
    return text[: _how_many(text, width - SMALL.width)] + ELLIPSIS


def wrap(text: str, width: int) -> list[str]:
    """The lines of a text, at most `width` pixels each, broken at spaces, line ends and beside wide glyphs.

    A line does not begin with a Japanese comma, full stop, long vowel or small kana, nor end with an opening bracket.
    A piece longer than a line is cut, so that nothing of it is lost.
    """
    lines = []
    for paragraph in text.split("\n"):
        line, used = "", 0
        for word in paragraph.split(" "):
            joint = " " if line else ""
            for piece in _pieces(word):
                wanted = width_of(joint + piece)
                if line and used + wanted <= width:
                    line, used = line + joint + piece, used + wanted
                else:
                    if line:
                        lines.append(line)
                    line, used = piece, width_of(piece)
                while used > width:
                    count = max(_how_many(line, width), 1)
                    lines.append(line[:count])
                    line = line[count:]
                    used = width_of(line)
                joint = ""
        lines.append(line)
    return lines


def _how_many(text: str, width: int) -> int:
    """How many characters from the first fit in `width` pixels."""
    count = 0
    for code in code_points(text):
        width -= WIDE.width if code >= WIDE_FROM else SMALL.width
        if width < 0:
            break
        count += 1
    return count


def _pieces(word: str) -> list[str]:
    """A word without spaces, cut wherever a line may break."""
    codes = code_points(word)
    if not isinstance(codes, list):
        return [word] if word else []
    pieces = []
    start = 0
    for index in range(1, len(codes)):
        before, after = codes[index - 1], codes[index]
        beside_wide = before >= WIDE_FROM or after >= WIDE_FROM
        if beside_wide and before not in NOT_LAST and after not in NOT_FIRST:
            pieces.append(word[start:index])
            start = index
    pieces.append(word[start:])
    return pieces
