"""The token's RAM on the real image: a login and a provisioning leave room on the stack and in the heap."""

import pytest

from fakes import heap, units
from fakes.factory_link import FactoryLink, order
from host_tools.engines.open import open_engine
from host_tools.simulator.script import Player, parse
from sweep import heap_growth

LOGIN = "press 4 7 1 1 OK\npress 1 2 3 4 5 7 OK\nread RESPONSE\npress OK\nwait 1s\npress 1\npress D A OK"
HEAP_PART = 0.5
LOGINS, WARM, GROWTH = 12, 3, 0.01  # 50 logins, and after ten of them, in the sweep


@pytest.fixture
def probe(rp2040) -> heap.Probe:
    return heap.Probe(rp2040.with_suffix(".elf"))


def has_room(probe: heap.Probe) -> bool:
    assert probe.stack > 1024, "nothing was measured"
    assert probe.peak > 10_000, "nothing was measured"
    return probe.stack <= heap.STACK_PART * probe.stack_size and probe.peak <= HEAP_PART * probe.size


def test_a_login_leaves_a_quarter_of_the_stack_and_half_of_the_heap(probe, tmp_path):
    with open_engine("rp2040", units.sealed_unit(tmp_path)) as engine:
        engine.on_wired.append(probe.watch)
        engine.power_on()
        Player(engine, lambda said: None).play(parse(LOGIN))
    assert has_room(probe), (probe.stack, probe.peak)


def test_a_provisioning_leaves_a_quarter_of_the_stack_and_half_of_the_heap(probe, tmp_path):
    with open_engine("rp2040", units.blank_unit(tmp_path)) as engine:
        engine.on_wired.append(probe.watch)
        engine.power_on()
        link = FactoryLink(engine)
        link.provision(order(rounds=10_000))
        link.commit()
    assert has_room(probe), (probe.stack, probe.peak)


def test_logins_do_not_make_the_heap_grow(sealed_token, counted):
    used = heap_growth.after_logins(sealed_token, LOGINS)
    counted(f"heap in use after each of {LOGINS} logins: {min(used)} to {max(used)} bytes")
    assert abs(used[-1] - used[WARM - 1]) <= GROWTH * used[WARM - 1]
