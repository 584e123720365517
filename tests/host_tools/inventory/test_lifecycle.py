"""A token's way: legal steps only, keys gone where they have to be, and what was done kept for good."""

import itertools

import pytest

from host_tools.inventory.errors import (
    FieldError,
    IssuedSerialError,
    SerialInUseError,
    TokenStateError,
    UnknownSerialError,
)
from host_tools.inventory.issuing import begin_batch, issue_serial
from host_tools.inventory.lifecycle import (
    DESTROY,
    SHIP,
    assign,
    destroy,
    make_blank,
    release,
    ship,
    take,
    take_back,
)
from host_tools.inventory.schema import WrappedKeyRow
from host_tools.inventory.serials import Batch
from host_tools.inventory.states import NEXT, before
from host_tools.inventory.states import TokenState as State

# The steps to each state, from a token that was never there.
WAYS = {
    State.BLANK: ["record", "make_blank"],
    State.IN_DOUBT: ["record"],
    State.SEALED: ["record", "seal"],
    State.ASSIGNED: ["record", "seal", "assign"],
    State.SHIPPED: ["record", "seal", "assign", "ship"],
    State.RETURNED: ["record", "seal", "assign", "ship", "take_back"],
    State.DESTROYED: ["record", "seal", "destroy"],
}
ENDS = {
    State.BLANK: "make_blank",
    State.IN_DOUBT: "record",
    State.SEALED: "seal",
    State.ASSIGNED: "assign",
    State.SHIPPED: "ship",
    State.RETURNED: "take_back",
    State.DESTROYED: "destroy",
}


@pytest.fixture
def step(inventory, record):
    """Takes a step by its name."""
    steps = {
        "record": record,
        "seal": lambda serial: inventory.mark_sealed(serial),
        "assign": lambda serial: assign(inventory, serial, "alice"),
        "release": lambda serial: release(inventory, serial),
        "ship": lambda serial: ship(inventory, serial),
        "take_back": lambda serial: take_back(inventory, serial),
        "make_blank": lambda serial: make_blank(inventory, serial),
        "destroy": lambda serial: destroy(inventory, serial),
    }
    return lambda name, serial="DS-1001": steps[name](serial)


@pytest.mark.parametrize(
    ("start", "end"), list(itertools.product(State, repeat=2)), ids=lambda state: state.value
)
def test_every_step_between_two_states_is_taken_if_it_is_legal_and_refused_otherwise(
    inventory, step, start, end
):
    for name in WAYS[start]:
        step(name)
    count = len(inventory.history("DS-1001"))
    name = "release" if (start, end) == (State.ASSIGNED, State.SEALED) else ENDS[end]
    if end in NEXT[start]:
        step(name)
        assert inventory.token("DS-1001").state is end
        assert len(inventory.history("DS-1001")) == count + 1
    else:
        with pytest.raises((TokenStateError, SerialInUseError)):
            step(name)
        assert inventory.token("DS-1001").state is start
        assert len(inventory.history("DS-1001")) == count


def test_each_state_can_be_reached_and_only_destroyed_is_an_end():
    assert [state for state in State if not before(state)] == []
    assert [state for state in State if not NEXT[state]] == [State.DESTROYED]


def test_a_refusal_says_where_the_step_begins(step):
    step("record")
    with pytest.raises(TokenStateError, match="is in doubt, it must be assigned for this") as refused:
        step("ship")
    assert (refused.value.state, refused.value.needed) == ("in_doubt", ("assigned",))


@pytest.mark.parametrize("last", ["make_blank", "destroy"])
def test_keys_of_a_token_that_has_none_any_more_are_in_no_file(inventory, step, location, last):
    step("record")
    step("seal")
    with inventory.reading() as session:
        ciphertexts = [row.ciphertext for row in session.query(WrappedKeyRow)]
    assert ciphertexts
    step(last)
    assert inventory.credentials("DS-1001") == []
    for file in location.database.parent.iterdir():
        content = file.read_bytes()
        assert not [one for one in ciphertexts if one in content]


def test_history_is_whole_and_says_from_where(inventory, step):
    for name in [*WAYS[State.RETURNED], "make_blank", "record", "seal", "destroy"]:
        step(name)
    entries = inventory.history("DS-1001")
    assert [entry.event for entry in entries] == [
        "in doubt", "sealed", "assigned", "shipped", "returned", "blank", "in doubt", "sealed", "destroyed",
    ]  # fmt: skip
    assert [entry.detail.get("was") for entry in entries[2:6]] == [
        "sealed",
        "assigned",
        "shipped",
        "returned",
    ]
    inventory.check_audit()


def test_a_blank_serial_is_taken_anew_and_a_destroyed_one_never(inventory, step):
    for name in (*WAYS[State.BLANK], "record", "destroy"):
        step(name)
    with pytest.raises(SerialInUseError):
        step("record")


def test_a_serial_of_a_batch_is_never_issued_again_whatever_becomes_of_its_token(inventory, record, step):
    begin_batch(inventory, Batch("PD"))
    serial = issue_serial(inventory, "PD")
    record(serial)
    with pytest.raises(IssuedSerialError):
        inventory.forget(serial)
    step("destroy", serial)
    with pytest.raises(IssuedSerialError):
        inventory.forget(serial)
    with pytest.raises(SerialInUseError):
        record(serial)
    assert issue_serial(inventory, "PD") == Batch("PD").serial(2)


def test_users_come_and_go_with_the_states(inventory, step):
    for name, user in [
        ("record", None), ("seal", None), ("assign", "alice"), ("release", None), ("assign", "alice"),
        ("ship", "alice"), ("take_back", "alice"), ("make_blank", None),
    ]:  # fmt: skip
        step(name)
        assert inventory.token("DS-1001").user == user


def test_only_an_assigned_token_is_released(step):
    step("record")
    with pytest.raises(TokenStateError, match="must be assigned"):
        step("release")


@pytest.mark.parametrize("user", ["", " alice", "x" * 65, "a\nb"])
def test_a_user_that_can_be_none_is_refused(inventory, step, user):
    step("record")
    step("seal")
    with pytest.raises(FieldError, match="1 to 64"):
        assign(inventory, "DS-1001", user)


@pytest.mark.parametrize(("other", "error"), [("DS-1002", TokenStateError), ("DS-9", UnknownSerialError)])
def test_several_take_a_step_together_or_none_does(inventory, record, step, other, error):
    for name in WAYS[State.ASSIGNED]:
        step(name)
    record("DS-1002", number=2)
    head = inventory.audit_head()
    with pytest.raises(error):
        take(inventory, SHIP, ["DS-1001", other])
    assert inventory.token("DS-1001").state is State.ASSIGNED
    assert inventory.audit_head() == head
    taken = take(inventory, DESTROY, ["DS-1001", "DS-1002", "DS-1001"])
    assert [(token.serial, token.state) for token in taken] == [
        ("DS-1001", State.DESTROYED), ("DS-1002", State.DESTROYED),
    ]  # fmt: skip
