"""A blank Pico on USB made a token by the code that serves a real port; unplugged at every step, nobody is misled."""

import pytest

from fakes.emulated_bench import EmulatedBench, each_with
from host_tools.emulator.power_cuts import Cut
from host_tools.engines.errors import EngineError, LinkError
from host_tools.inventory import TokenState
from host_tools.inventory.issuing import begin_batch
from host_tools.inventory.serials import Batch
from host_tools.inventory.verify import Verdict, answer, issue_challenge
from host_tools.station.errors import InDoubtError, StationError
from host_tools.station.ordering import Order
from host_tools.station.provision import Wanted
from host_tools.station.resolve import ask, judge
from host_tools.station.sealing import Step

PIN = "7294"
FIRST = "DS-0000014"
ROUNDS = 10_000  # the least that an image takes
# Of the 153 flash operations of one sealing: the first, some on the way, and the last, after which it is sealed.
CUTS = [
    (1, Cut.BEFORE),
    (60, Cut.TORN),
    (130, Cut.TORN),
    (151, Cut.TORN),
    (152, Cut.TORN),
    (153, Cut.TORN),
    (153, Cut.AFTER),
]


def wanted():
    return Wanted(Order("X", bytearray(PIN.encode()), rounds=ROUNDS), prefix="DS")


@pytest.fixture
def bench(rp2040, tmp_path, inventory):
    begin_batch(inventory, Batch("DS", 6))
    return EmulatedBench(tmp_path / "unit", inventory)


def log_in(bench, challenge):
    return each_with(bench.desk(), lambda desk: desk.login(PIN, challenge))


def settle(bench):
    """What an operator does after it broke off: provision the unit again, or have it answer a challenge."""
    if bench.inventory.serials() and bench.inventory.token(FIRST).state is TokenState.SEALED:
        return "was sealed"
    try:
        bench.provision(wanted())
        return "provisioned again"
    except LinkError:  # a sealed one is not on USB
        asked = ask(bench.inventory, FIRST)
        assert judge(bench.inventory, asked, log_in(bench, asked.question)) is Verdict.ACCEPTED
        return "answered"


def both_agree(bench):
    """The inventory has one token, sealed, of this unit; and the unit answers a login as it expects."""
    inventory = bench.inventory
    assert inventory.serials() == [FIRST]
    token = inventory.token(FIRST)
    assert (token.state, token.uid) == (TokenState.SEALED, bench.uid)
    challenge = issue_challenge(inventory, FIRST).question
    assert answer(inventory, FIRST, challenge, log_in(bench, challenge)) is Verdict.ACCEPTED
    inventory.check_audit()


def test_a_blank_pico_becomes_a_token_that_is_gone_from_usb_and_answers_a_challenge(bench):
    receipt = bench.provision(wanted())
    assert bench.steps == list(Step)
    assert (receipt.token.serial, receipt.token.board, receipt.left_usb) == (FIRST, "pico", True)
    both_agree(bench)
    with pytest.raises(LinkError, match="sealed"):
        bench.plug_in()


# What an operator does after the cable was pulled as a step began: until it is told to seal, the unit stays blank.
AFTERWARDS = {
    Step.IDENTIFY: "provisioned again",
    Step.ALLOT: "provisioned again",
    Step.ORDER: "provisioned again",
    Step.RECORD: "provisioned again",
    Step.SEAL: "provisioned again",
    Step.PROVE: "answered",
    Step.SETTLE: "was sealed",
    Step.RESET: "was sealed",
    Step.LEAVE: "was sealed",
}


@pytest.mark.parametrize("step", list(Step))
def test_unplugged_at_a_step_the_unit_is_provisioned_again_or_settled_by_a_challenge(bench, step):
    if AFTERWARDS[step] == "was sealed":
        bench.provision(wanted(), pulled_before=step)
    else:
        with pytest.raises((StationError, EngineError)) as broke_off:
            bench.provision(wanted(), pulled_before=step)
        assert isinstance(broke_off.value, InDoubtError) == (step in (Step.RECORD, Step.SEAL, Step.PROVE))
    assert settle(bench) == AFTERWARDS[step]
    both_agree(bench)


@pytest.mark.parametrize(("operation", "cut"), CUTS)
def test_unplugged_while_it_seals_it_is_blank_or_sealed_and_either_can_be_settled(
    bench, operation, cut, counted
):
    assert bench.provision_with_cut(wanted(), operation, cut)
    assert bench.inventory.token(FIRST).state is TokenState.IN_DOUBT
    how = settle(bench)
    assert how in ("provisioned again", "answered")
    if (operation, cut) in (CUTS[0], CUTS[-1]):
        assert (how == "answered") == (cut is Cut.AFTER)
    counted(f"unplugged {cut.value} flash operation {operation} of a sealing: {how}")
    both_agree(bench)
