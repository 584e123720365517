"""A token with as many credentials as it takes, on the real image: it boots, and compacts within a login."""

from host_tools.simulator.script import Player, parse
from sweep import starts
from sweep.judge import view
from sweep.rig import State

CREDENTIALS = 64
KEYS = "press OK\npress 4 7 1 1 OK\npress 1 2 3 4 5 7 OK\nread RESPONSE"


def test_a_token_with_64_credentials_boots(rig):
    boot = rig.boot(State(starts.sealed(CREDENTIALS)))
    assert f"1/{CREDENTIALS}" in boot.text


def test_a_login_that_compacts_64_credentials_shows_its_code_before_the_watchdog_loses_patience(rig):
    boot = rig.boot(State(starts.full(CREDENTIALS)))
    (_, _, before, _) = view(boot.cells)
    resets = []
    rig.pico.chip.on_reset.append(lambda: resets.append(rig.pico.chip.nanos))
    said = []
    Player(rig.engine, said.append).play(parse(KEYS))
    assert (len(said), resets) == (1, [])
    (_, _, after, _) = view(rig.cells())
    assert [each[:2] for each in after] == [each[:2] for each in before]
    assert [each[2] for each in after] == [before[0][2] + 1, *[each[2] for each in before[1:]]]
