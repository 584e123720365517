"""The way through the signing screens."""

from fakes.desk import Desk

MOST_PAGES = 5


def begin(desk: Desk) -> None:
    """From the first screen to the choice of a credential, or to its PIN."""
    desk.do('press D\nexpect "Sign"\npress OK')


def confirm(desk: Desk) -> None:
    """Turn to the review's last page, and sign."""
    desk.do(f"press {'B ' * MOST_PAGES}\npress OK")


def review(desk: Desk) -> list[tuple[str, str]]:
    """What the review shows on all its pages: (label, value) of each field, for labels that begin with a letter."""
    desk.do(f"press {'A ' * MOST_PAGES}")
    fields: list[tuple[str, str]] = []
    shown: list[str] = []
    for _ in range(MOST_PAGES):
        lines = desk.screen.lines
        assert lines[0].startswith("Sign this?")
        if lines == shown:
            break
        shown = lines
        for line in lines[1:-1]:
            if line[0].isdigit():
                label, value = fields.pop()
                fields.append((label, f"{value} {line}".strip()))
            elif not fields or fields[-1][0] != line:
                fields.append((line, ""))
        desk.do("press B")
    return fields
