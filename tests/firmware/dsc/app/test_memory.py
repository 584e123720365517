"""No secret stays in memory: after a response, a cancel, a time-out, an error, and in the factory."""

import hashlib
from pathlib import Path

import pytest

from dsc.app import timing
from dsc.app.provisioning import Source
from dsc.app.serving import SILENCE_MS
from dsc.crypto import kdf, seal
from dsc.protocol import messages, orders
from dsc.protocol.frames import encode_frame
from fakes import factory_link, login_secrets, secret_forms, units
from fakes.factory_link import FactoryLink, credential, order
from fakes.probe import ProbedEngine
from host_tools.simulator.screen_reader import read_screen
from host_tools.simulator.script import Player, parse

PIN = b"90210763"
TYPED = "press 9 0 2 1 0 7 6 3\n"
CHALLENGE = TYPED + 'press OK\nexpect "CHALLNG>"\n'
RESPONSE = CHALLENGE + "press 1 2 3 4 5 7 OK\nread RESPONSE\n"

# Where nothing may be left: how to get there, and what the screen shows (None: digits; "": it is dark).
ENDS = {
    "the response is shown": (RESPONSE, None),
    "the response is dismissed": (RESPONSE + "press OK\nwait 1s", ""),
    "the response has expired": (RESPONSE + f"wait {timing.RESPONSE_MS + 1000}ms", ""),
    "the user cancels at the PIN": (TYPED + "hold C 2s", "PIN>"),
    "the user cancels at the challenge": (CHALLENGE + "press 1 2 3\nhold C 2s", "PIN>"),
    "nobody confirms the PIN": (TYPED + f"wait {timing.PATIENCE_MS + 2000}ms", ""),
    "nobody types the challenge": (CHALLENGE + "press 1 2 3\n" + f"wait {timing.CHALLENGE_MS + 1000}ms", ""),
    "all digits of the PIN are taken back": (TYPED + "press C C C C C C C C", "PIN>"),
}

# Where an unforeseen error may strike, and whether the user meets it on the way.
FAILURES = {
    "dsc.crypto.kdf.pbkdf2_sha256": TYPED + "press OK",
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
    return login_secrets.of_unit(PIN)


def sealed(folder: Path, *options: str) -> ProbedEngine:
    return ProbedEngine(units.sealed_unit(folder, pin=PIN), folder, *options)


def play(engine: ProbedEngine, script: str) -> None:
    engine.power_on()
    Player(engine, lambda line: None).play(parse(script))


def found_after(engine: ProbedEngine, script: str) -> dict[str, list[str]]:
    play(engine, script)
    return engine.search(secret_forms.of_all(secrets()))


def check_screen(engine: ProbedEngine, shown: str | None) -> None:
    screen = read_screen(engine.frame())
    if shown is None:
        assert screen.large.isdigit()
    elif shown:
        assert shown in screen.text
    else:
        assert not any(engine.frame().vlsb())


@pytest.mark.parametrize("memory", ["reused", "hoarding"])
@pytest.mark.parametrize("end", ENDS)
def test_no_secret_is_in_memory_when(end, memory, tmp_path):
    script, shown = ENDS[end]
    with sealed(tmp_path, memory) as engine:
        found = found_after(engine, script)
        check_screen(engine, shown)
        assert engine.faults == []
    assert found == {}


@pytest.mark.parametrize("broken", FAILURES)
def test_no_secret_is_in_memory_after_an_unforeseen_error_in(broken, tmp_path):
    with sealed(tmp_path, "hoarding", f"failing={broken}") as engine:
        found = found_after(engine, FAILURES[broken])
        check_screen(engine, "ERROR")
        assert engine.faults == ["RuntimeError"]
    assert found == {}


def test_no_secret_is_in_memory_when_the_token_restarts_after_an_error(tmp_path):
    with sealed(tmp_path, "hoarding", "failing=dsc.crypto.ocra.respond") as engine:
        play(engine, FAILURES["dsc.crypto.ocra.respond"])
        engine.ask(secret_forms.of_all(secrets()))
        # The key resets the board within the time of one tap, so the search comes right before the reset.
        Player(engine, lambda line: None).play(parse("press OK"))
        check_screen(engine, "PIN>")
        found = engine.report()
    assert found == {}


def test_a_typed_pin_is_in_memory_until_ok(tmp_path):
    with sealed(tmp_path) as engine:
        found = found_after(engine, TYPED)
    assert found == {"PIN: text": ["bytearray"], "PIN: beginning": ["bytearray"]}


def test_at_the_challenge_the_key_is_in_memory_and_nothing_else(tmp_path):
    with sealed(tmp_path) as engine:
        found = found_after(engine, CHALLENGE)
    assert secret_forms.kinds(found) == {"key"}


def test_without_overwriting_the_key_is_found_while_the_response_is_shown(tmp_path):
    with sealed(tmp_path, "negligent") as engine:
        found = found_after(engine, RESPONSE)
    assert "key" in secret_forms.kinds(found)


@pytest.mark.parametrize(
    ("broken", "secret"),
    [
        ("dsc.crypto.seal.hkdf", "stretched PIN"),
        ("dsc.crypto.seal.open_dek", "KEK"),
        ("dsc.crypto.seal.open_key", "DEK"),
        ("dsc.crypto.seal.open_dek", "shifted PIN"),
        ("dsc.crypto.seal.open_key", "PIN"),
        ("dsc.crypto.ocra.respond", "key"),
    ],
)
def test_without_overwriting_an_error_leaves_behind(broken, secret, tmp_path):
    with sealed(tmp_path, "negligent", f"failing={broken}") as engine:
        found = found_after(engine, FAILURES[broken])
    assert secret in secret_forms.kinds(found)


@pytest.mark.parametrize(
    ("end", "left"),
    [
        ("the response is shown", ALL_SECRETS),
        ("the response is dismissed", ALL_SECRETS),
        ("the response has expired", ALL_SECRETS),
        ("the user cancels at the PIN", {"PIN"}),
        ("the user cancels at the challenge", ALL_SECRETS),
        ("nobody confirms the PIN", {"PIN"}),
        ("nobody types the challenge", ALL_SECRETS),
    ],
)
def test_without_overwriting_a_memory_that_is_never_reused_keeps_everything_when(end, left, tmp_path):
    with sealed(tmp_path, "negligent", "hoarding") as engine:
        found = found_after(engine, ENDS[end][0])
    assert secret_forms.kinds(found) == left
    hashed = {"KEK", "DEK"} & left | ({"key"} if "response" in end else set())
    assert {f"{name}: HMAC's {pad} block" for name in hashed for pad in ("inner", "outer")} <= set(found)


# In the factory.

DEVICE = "entropy of the unit"


def drawn(wanted: orders.Provision) -> dict[str, bytes]:
    """Every secret of the token that a unit with the entropy DEVICE makes to this order."""
    device = bytearray(hashlib.shake_256(DEVICE.encode()).digest(64))
    host = bytearray(wanted.entropy)
    source = Source(device, host)
    target = seal.random_digits(source.read, len(wanted.pin))
    device_secret, salt, dek = source.read(32), source.read(16), source.read(32)
    kek = seal.key_encryption_key(target, salt, wanted.rounds, device_secret, units.UID)
    chain = secret_forms.of_token(
        bytes(wanted.pin), bytes(target), bytes(salt), wanted.rounds, bytes(device_secret), units.UID,
        bytes(seal.seal_dek(dek, kek)),
    )  # fmt: skip
    source.read(16), source.read(16)
    return {
        **chain,
        "key": bytes(source.read(32)),
        "unit's entropy": bytes(device),
        "station's entropy": bytes(host),
        "both sides' entropy": bytes(kdf.hkdf_extract(host, device)),
    }


def blank(folder: Path, *options: str) -> ProbedEngine:
    return ProbedEngine(units.blank_unit(folder), folder, f"entropy={DEVICE}", *options)


def begin(engine: ProbedEngine) -> tuple[FactoryLink, dict[str, bytes]]:
    """Power on and order a token; the link, and every form of its secrets."""
    engine.power_on()
    link = FactoryLink(engine)
    wanted = order()
    expected = drawn(wanted)
    ((_, key),) = link.provision(wanted)
    assert key == expected["key"]
    return link, secret_forms.of_all(expected)


def test_between_order_and_commit_the_token_holds_the_pin_and_nothing_else(tmp_path):
    with blank(tmp_path) as engine:
        _, forms = begin(engine)
        found = secret_forms.kinds(engine.search(forms))
    assert found == {"PIN"}


def test_between_commit_and_restart_the_token_holds_the_pin_but_no_key(tmp_path):
    with blank(tmp_path, "hoarding") as engine:
        link, forms = begin(engine)
        link.commit()
        found = secret_forms.kinds(engine.search(forms))
    assert found == {"PIN"}


def test_no_secret_is_in_memory_when_the_factory_restarts_a_sealed_token(tmp_path):
    with blank(tmp_path, "hoarding") as engine:
        link, forms = begin(engine)
        link.commit()
        engine.ask(forms)
        # RESET is served within these 100 ms, so the search comes right before the reset.
        engine.link_send(bytes(encode_frame(messages.RESET)))
        engine.run(100)
        found = engine.report()
        check_screen(engine, "PIN>")
    assert found == {}


@pytest.mark.parametrize(
    "ending",
    [
        "a message out of order",
        "a message that does not exist",
        "a refused order",
        "a broken order",
        "a proof that fails",
        "a minute of silence",
    ],
)
def test_no_secret_of_a_token_in_the_making_survives(ending, tmp_path):
    with blank(tmp_path, "hoarding") as engine:
        link, forms = begin(engine)
        if ending == "a message out of order":
            link.refused(messages.RESET)
        elif ending == "a message that does not exist":
            link.refused(99)
        elif ending == "a refused order":
            link.refused(
                messages.PROVISION, orders.encode_provision(order(credential(login="OCRA-1:nonsense")))
            )
        elif ending == "a broken order":
            link.refused(messages.PROVISION, orders.encode_provision(order())[:-3])
        elif ending == "a proof that fails":
            link.commit()
            link.refused(messages.PROVE, messages.encode_prove(bytes(16), "123457"))
        else:
            engine.run(SILENCE_MS + 1000)
        found = engine.search(forms)
        assert engine.faults == []
    assert found == {}


@pytest.mark.parametrize(
    "broken",
    [
        "dsc.crypto.seal.hkdf",
        "dsc.crypto.seal.seal_dek",
        "dsc.crypto.seal.seal_key",
        "dsc.app.provisioning.Credential",
        "dsc.protocol.orders.encode_keys",
        "dsc.app.serving.encode_frame",
    ],
)
def test_no_secret_is_in_memory_when_making_a_token_stops_with_an_unforeseen_error_in(broken, tmp_path):
    with blank(tmp_path, "hoarding", f"failing={broken}") as engine:
        engine.power_on()
        wanted = order()
        forms = secret_forms.of_all(drawn(wanted))
        assert (
            FactoryLink(engine).send(encode_frame(messages.PROVISION, orders.encode_provision(wanted))) == []
        )
        check_screen(engine, "ERROR")
        found = engine.search(forms)
    assert found == {}


def test_an_order_that_breaks_off_on_the_link_is_overwritten_after_a_minute_of_silence(tmp_path):
    with blank(tmp_path) as engine:
        engine.power_on()
        frame = encode_frame(messages.PROVISION, orders.encode_provision(order()))
        forms = secret_forms.of_all({"PIN": factory_link.PIN, "station's entropy": factory_link.ENTROPY})
        assert FactoryLink(engine).send(frame[:-1]) == []
        assert secret_forms.kinds(engine.search(forms)) == {"PIN", "station's entropy"}
        engine.run(SILENCE_MS + 1000)
        found = engine.search(forms)
    assert found == {}


def test_without_overwriting_a_factory_whose_memory_is_never_reused_keeps_everything(tmp_path):
    with blank(tmp_path, "negligent", "hoarding") as engine:
        link, forms = begin(engine)
        link.refused(messages.RESET)
        found = engine.search(forms)
    assert secret_forms.kinds(found) == secret_forms.kinds(forms)
