"""What may have been meant by a mistyped serial, found without going through all of them."""

import pytest
from sqlalchemy import event, insert

from host_tools.inventory.errors import UnknownSerialError
from host_tools.inventory.nearest import NEIGHBOURS, nearest, slips
from host_tools.inventory.schema import TokenRow
from host_tools.inventory.serials import Batch

TOKENS = 5000


@pytest.fixture
def many(inventory, clock):
    """Serials of a large batch."""
    serials = [Batch("PD").serial(number) for number in range(1, TOKENS + 1)]
    rows = [
        {
            "serial": serial, "board": "b", "uid": b"u", "firmware_version": "0", "state": "sealed",
            "created_at": clock.time,
        }
        for serial in serials
    ]  # fmt: skip
    with inventory.writing() as session:
        session.execute(insert(TokenRow), rows)
    return serials


def test_one_slip_anywhere_is_found_unless_three_others_are_as_near(inventory, many):
    meant = many[TOKENS // 2]
    with inventory.reading() as session:
        alone = 0
        for place in range(len(meant) - 1):
            missing = meant[:place] + meant[place + 1 :]
            swapped = meant[:place] + meant[place + 1] + meant[place] + meant[place + 2 :]
            for typed in {missing, swapped} - {meant}:
                found = nearest(session, typed)
                assert meant in found or (len(found) == 3 and set(found) <= slips(typed))
                alone += meant in found
        assert alone > len(meant)
        assert meant in nearest(session, "X" + meant)
        assert meant in nearest(session, meant.replace("0", "O", 1))


def test_however_many_there_are_few_are_looked_at(inventory, many):
    fetched = []

    def count(row, *_):
        fetched.append(row)

    event.listen(TokenRow, "load", count)
    statements = []
    with inventory.reading() as session:
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
        nearest(session, "PD-0029999")
    event.remove(TokenRow, "load", count)
    assert fetched == []  # serials only, no whole rows
    queries = [one for one in statements if one.startswith("SELECT")]
    assert [one for one in queries if " LIMIT " not in one and " IN (" not in one] == []
    assert 3 <= len(queries) <= 6
    assert len(slips("PD-0029999")) + 2 * NEIGHBOURS < 1500


def test_nothing_is_looked_for_in_a_text_that_is_far_too_long(inventory, many):
    assert slips("1" * 5000) == set()
    with pytest.raises(UnknownSerialError) as refused:
        inventory.token("1" * 5000)
    assert refused.value.nearest == ()
