"""No picture of small or medium text has two readings: proved for every sequence of glyphs, at every offset."""

from collections import deque
from collections.abc import Iterable

import pytest

from host_tools.fonts.art import load
from host_tools.fonts.lookalikes import LATIN
from host_tools.simulator.glyph_rows import Glyph, Tables, medium_glyphs, read_row, small_glyphs

Columns = tuple[int, ...]
# What may stand between cells, column by column: dark ground, and lit ground around dark text.
DARK, LIT = (0,), (0xFF,)


def words_of(tables: Tables) -> set[Columns]:
    return {columns for table in tables.values() for columns in table}


def ambiguous_ends(words: Iterable[Columns]) -> set[Columns]:
    """The words in which two different sequences of words end that are the same columns (Sardinas and Patterson).

    A state is what the longer of two sequences has beyond the shorter one; an empty rest is an ambiguity.
    """
    code = set(words)
    beginning_with: dict[Columns, list[Columns]] = {}
    for word in code:
        for length in range(1, len(word)):
            beginning_with.setdefault(word[:length], []).append(word)
    ends = set()
    rests = {word[length:] for word in code for length in range(1, len(word)) if word[:length] in code}
    queue = deque(rests)
    while queue:
        rest = queue.popleft()
        following = [word[len(rest) :] for word in beginning_with.get(rest, [])]
        for length in range(1, len(rest) + 1):
            if rest[:length] in code:
                if length == len(rest):
                    ends.add(rest)
                else:
                    following.append(rest[length:])
        fresh = set(following) - rests
        rests |= fresh
        queue.extend(fresh)
    return ends


def may_be_part(columns: Columns, words: set[Columns]) -> bool:
    """Whether the columns may be cut out of some sequence of words."""
    if any(columns == word[i : i + len(columns)] for word in words for i in range(len(word))):
        return True
    tails = {word[i:] for word in words for i in range(len(word))}
    heads = {word[:i] for word in words for i in range(1, len(word))}
    lengths = {len(word) for word in words}
    reached = {0} | {end for end in lengths | set(range(max(lengths))) if columns[:end] in tails}
    for place in range(len(columns)):
        if place in reached:
            if columns[place:] in heads:
                return True
            reached |= {place + length for length in lengths if columns[place : place + length] in words}
    return len(columns) in reached


def test_the_search_finds_a_glyph_that_is_another_one_moved():
    assert ambiguous_ends([(0, 1, 2, 0), (1, 2, 0, 0), DARK])
    assert not ambiguous_ends([(0, 1, 2, 0), (1, 3, 0, 0), DARK])


def test_the_search_finds_a_glyph_that_is_two_others():
    assert ambiguous_ends([(1, 0, 2, 0), (1, 0), (2, 0)])
    assert not ambiguous_ends([(1, 0, 2, 0), (1, 0), (3, 0)])


def test_small_text_has_one_reading():
    assert ambiguous_ends(words_of(small_glyphs()) | {DARK, LIT}) == set()


def test_medium_text_has_one_reading():
    assert ambiguous_ends(words_of(medium_glyphs()) | {DARK}) == set()


def test_no_medium_glyph_can_be_two_rows_of_small_text():
    small = words_of(small_glyphs()) | {DARK, LIT}
    cut = tuple(load("small").columns("A")[2:])
    assert may_be_part(cut, small)
    assert not may_be_part((0, *cut), small)
    for columns in words_of(medium_glyphs()):
        # A medium glyph stands after a dark column.
        upper, lower = ((0, *(column >> shift & 0xFF for column in columns)) for shift in (0, 8))
        assert not (may_be_part(upper, small) and may_be_part(lower, small))


@pytest.mark.parametrize(("tables", "looks"), [(small_glyphs(), 2), (medium_glyphs(), 1)])
def test_every_character_is_in_the_tables_but_blanks_and_shared_pictures(tables, looks):
    known = [glyph.character for table in tables.values() for glyph in table.values()]
    drawn = (set(load("small").glyphs) | set(load("wide").glyphs)) - set(LATIN) - {" "}
    assert sorted(known) == sorted([*drawn] * looks)


def test_of_two_readings_the_one_that_explains_more_strokes_is_taken():
    tables = {2: {(1, 0): Glyph("a", 2, 1, 0)}, 4: {(1, 0, 2, 0): Glyph("b", 4, 2, 0)}}
    assert [(placed.x, placed.glyph.character) for placed in read_row((1, 0, 2, 0, 1, 0), tables)] == [
        (0, "b"),
        (4, "a"),
    ]


def test_a_glyph_that_does_not_stand_free_is_not_read():
    tables = {2: {(1, 0): Glyph("a", 2, 1, 0)}}
    assert read_row((7, 1, 0), tables) == []
    assert [placed.x for placed in read_row((7, 0, 1, 0, 1, 0), tables)] == [2, 4]
