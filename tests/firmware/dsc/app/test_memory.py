"""No secret stays in memory: after a response, a cancel, a time-out, an error, and in the factory."""

import hashlib
from pathlib import Path

import pytest
from fakes import secret_forms, units
from fakes.probe import ProbedEngine

from host_tools.simulator.script import Player, parse
from host_tools.simulator.screen_reader import read_screen

PIN = b"90210763"
TYPED = "press 9 0 2 1 0 7 6 3\n"
CHALLENGE = TYPED + 'press OK\nexpect "CHALLNG>"\n'
RESPONSE = CHALLENGE + "press 1 2 3 4 5 7 OK\nread RESPONSE\n"

# Where nothing may be left: how to get there, and what the screen shows (None: digits; "": it is dark).
ENDS = {
    "the response is shown": (RESPONSE, None),
    "the response is dismissed": (RESPONSE + "press OK\nwait 1s", ""),
    "the response has expired": (RESPONSE + "wait 61s", ""),
    "the user cancels at the PIN": (TYPED + "hold C 2s", "PIN>"),
    "the user cancels at the challenge": (CHALLENGE + "press 1 2 3\nhold C 2s", "PIN>"),
    "nobody confirms the PIN": (TYPED + "wait 2m", ""),
    "nobody types the challenge": (CHALLENGE + "press 1 2 3\nwait 2m", ""),
    "all digits of the PIN are taken back": (TYPED + "press C C C C C C C C", "PIN>"),
}

# Where an unforeseen error may strike, and whether the user meets it on the way.
FAILURES = {
    "dsc.crypto.seal.pbkdf2_sha256": TYPED + "press OK",
    "dsc.crypto.seal.hkdf": TYPED + "press OK",
    "dsc.crypto.seal.open_dek": TYPED + "press OK",
    "dsc.crypto.seal.open_key": TYPED + "press OK",
    "dsc.crypto.kdf.hmac_digest": TYPED + "press OK",
    "dsc.app.challenge.ask": TYPED + "press OK",
    "dsc.crypto.ocra.respond": CHALLENGE + "press 1 2 3 4 5 7 OK",
    "dsc.app.response.show": CHALLENGE + "press 1 2 3 4 5 7 OK",
}

ALL_SECRETS = {
    "PIN",
    "shifted PIN",
    "stretched PIN",
    "KEK's pseudorandom key",
    "KEK",
    "DEK's mask",
    "DEK",
    "key's mask",
    "key",
}


def secrets():
    """Everything that a login brings into the memory of a sealed unit with this PIN."""
    known = units.secrets_of(PIN)
    sealed_dek = bytes(units.seal.seal_dek(known["dek"], known["kek"]))
    chain = secret_forms.of_token(
        PIN, known["target"], units.fixed("salt", 16), units.LOW_ROUNDS, units.fixed("device secret", 32),
        units.UID, sealed_dek,
    )  # fmt: skip
    assert (chain["KEK"], chain["DEK"]) == (known["kek"], known["dek"])
    header = units.Credential(
        units.fixed("id 0", 16), units.SERIAL, units.KIND_PIN, 0, units.LOGIN, "", "", b"", b""
    ).header()
    mask = units.seal.seal_key(bytes(32), known["dek"], units.fixed("id 0", 16), units.fixed("nonce 0", 16), header)
    return {**chain, "key's mask": bytes(mask), "key": known["key"]}


def sealed(folder: Path, *options: str) -> ProbedEngine:
    return ProbedEngine(units.sealed_unit(folder, pin=PIN), folder, *options)


def play(engine: ProbedEngine, script: str) -> None:
    engine.power_on()
    Player(engine, lambda line: None).play(parse(script))


def found_after(engine: ProbedEngine, script: str) -> dict[str, list[str]]:
    play(engine, script)
    return engine.search(secret_forms.of_all(secrets()))


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("memory", ["reused", "hoarding"])
def test_no_secret_is_in_memory_when(end, memory, tmp_path):
    script, shown = ENDS[end]
    with sealed(tmp_path, memory) as engine:
        found = found_after(engine, script)
        screen = read_screen(engine.frame())
        assert engine.faults == []
    assert found == {}
    assert len(screen.large) == 8 and screen.large.isdigit() if shown is None else screen.text == shown or (
        shown and shown in screen.text
    )
