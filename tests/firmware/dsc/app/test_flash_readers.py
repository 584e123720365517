"""Whoever has every dump of a soft token's flash, along its whole life, learns nothing of a uniform PIN."""

import random
from collections.abc import Iterator

import pytest

from dsc.app import provisioning
from dsc.crypto import ocra, seal
from dsc.protocol.errors import PinError
from dsc.protocol.pin import check_pin
from dsc.protocol.records import KIND_PIN
from fakes.attacker.attack import Attacker, Login
from fakes.attacker.dumps import gather
from fakes.attacker.formulas import OPEN, SERVER
from fakes.attacker.records import Offset
from fakes.attacker.structure import SCORES
from fakes.broken_builds import ServerKeyIsTheKey, Tagged
from fakes.chance import distance_by_chance, greatest_distance, hits_by_chance
from fakes.token_history import COUNTING, Made, TokenHistory, new_pin, whole_life
from fakes.verified_token import VerifiedToken

pytestmark = pytest.mark.exhaustive

TOKENS = 120
CANDIDATES = 100
FALSE_ALARM = 1e-5
# Bits of evidence. Weights are ratios of likelihoods, so a PIN has 2^24 by chance once in some 10^7 times, and one of
# 2,000 once in some thousand.
CLEAR = 24
OLD, NEW = b"4711", b"8305"


# By experiment.


def candidates(history: TokenHistory) -> list[bytes]:
    """All PINs that the token ever had, and others that were chosen in the same way."""
    source = random.Random(f"candidates {history.uid.hex()}")
    pins = set(history.pins)
    while len(pins) < CANDIDATES:
        pins.add(new_pin(source))
    return sorted(pins)


def test_the_right_pin_ranks_like_any_other_for_whoever_has_all_dumps():
    """Of 120 tokens. If the rank is uniform, each of the 11 bounds is exceeded once in 100,000 times at most."""
    shares: dict[str, list[float]] = {name: [] for name in ("all evidence", *SCORES)}
    first = cuts = 0
    for seed in range(TOKENS):
        history = whole_life(seed)
        attacker = Attacker(history.unit, pins=candidates(history))
        ranking = attacker.rank()
        shares["all evidence"].append(ranking.share(history.pin))
        first += ranking.place(history.pin) == 1
        cuts += history.cuts
        guesses = attacker.guesses()
        (own,) = (guess for guess in guesses if guess.pin == history.pin)
        for name, score in SCORES.items():
            values = [score(guess.keys[0]) for guess in guesses]
            value = score(own.keys[0])
            below, equal = sum(each < value for each in values), values.count(value)
            shares[name].append((below + equal / 2) / len(values))
    bound = distance_by_chance(TOKENS, FALSE_ALARM)
    assert {name: greatest_distance(each) for name, each in shares.items()} == {
        name: pytest.approx(0, abs=bound) for name in shares
    }
    # A leak of few tokens would not move the distribution, but bring more than a few to the first place.
    assert cuts > 3 * TOKENS
    assert first < hits_by_chance(TOKENS, 1 / CANDIDATES, FALSE_ALARM)


@pytest.mark.parametrize("build", [Tagged, ServerKeyIsTheKey])
def test_the_right_pin_comes_first_in_the_same_lives_of_a_broken_build(build):
    for seed in range(3):
        history = whole_life(seed, build=build)
        assert Attacker(history.unit, pins=candidates(history)).rank().place(history.pin) == 1


def test_nothing_tells_one_of_2000_pins_of_a_token_that_lived_and_lost_power():
    history = whole_life(1)
    pins = {b"%04d" % number for number in range(0, 10_000, 5)} | set(history.pins)
    ranking = Attacker(history.unit, pins=sorted(pins)).rank()
    assert history.cuts > 0
    assert history.pin not in ranking.reasons
    assert max(ranking.scores.values()) < CLEAR


def test_a_leak_of_one_bit_or_of_every_twelfth_pin_would_be_noticed():
    upper_half = [(number + 0.5) / TOKENS / 2 for number in range(TOKENS)]
    assert greatest_distance(upper_half) > 2 * distance_by_chance(TOKENS, FALSE_ALARM)
    assert hits_by_chance(TOKENS, 1 / CANDIDATES, FALSE_ALARM) <= TOKENS / 12


# By construction.


class Recorded(provisioning.Source):
    """A source that remembers what was drawn."""

    draws: list[list[bytes]]

    def __init__(self, device, host):
        super().__init__(device, host)
        self.draws.append([])

    def read(self, length):
        drawn = super().read(length)
        self.draws[-1].append(bytes(drawn))
        return drawn


class Replayed(Recorded):
    """A source that gives what it is told, one list a provisioning."""

    script: Iterator[list[bytes]]

    def __init__(self, device, host):
        super().__init__(device, host)
        self._left = list(next(self.script))

    def read(self, length):
        drawn = self._left.pop(0)
        assert len(drawn) == length
        return bytearray(drawn)


def explanation(new: Made, pin: bytes, uid: bytes) -> list[bytes]:
    """What a token with another PIN would have to draw for the same flash."""
    root = new.root
    target = seal.shift(pin, new.offset.offset)
    kek = seal.key_encryption_key(target, root.salt, root.rounds, root.device_secret, uid)
    dek = seal.open_dek(root.sealed_dek, kek)
    draws = [bytes(digit - 48 for digit in target), bytes(root.device_secret), bytes(root.salt), bytes(dek)]
    servers = {bytes(server.id): server for server in new.servers}
    for keys, each in zip(new.keys, new.credentials, strict=True):
        key = keys.key  # what no PIN opens is the same for all
        if each.kind == KIND_PIN:
            key = seal.open_key(each.sealed_key, dek, each.id, each.nonce, each.header())
        draws += [bytes(each.id), bytes(each.nonce), bytes(key)]
        if keys.server_id:
            draws += [bytes(keys.server_id), bytes(servers[keys.server_id].nonce), bytes(keys.server_key)]
    return draws


def other_users(history: TokenHistory) -> Iterator[bytes]:
    """Digits that, added to each of the PINs of a life, give PINs that are allowed as well."""
    source = random.Random(1)
    while True:
        other = bytes(source.randrange(10) for _ in range(4))
        try:
            for pin in history.pins:
                check_pin(seal.shift(pin, other))
        except PinError:
            continue
        yield other


def twin(history: TokenHistory, seed: int, other: bytes, monkeypatch) -> TokenHistory:
    """The life of another user, whose token drew what explains the same flash."""
    scripts = [
        explanation(new, bytes(seal.shift(pin, other)), history.uid)
        for new, pin in zip(history.made, history.made_for, strict=True)
    ]
    with monkeypatch.context() as patch:
        patch.setattr(Replayed, "script", iter(scripts), raising=False)
        patch.setattr(Replayed, "draws", [], raising=False)
        patch.setattr(provisioning, "Source", Replayed)
        return whole_life(seed, other, type(history))


@pytest.mark.parametrize("seed", range(3))
def test_every_other_pin_explains_all_dumps_of_a_life_to_the_last_bit(seed, monkeypatch):
    """Another PIN and other keys, which a token draws as likely, leave the same flash at every single operation."""
    history = whole_life(seed)
    dumps = list(history.dumps)  # of this life, not of what the test does to look into it
    users = other_users(history)
    for _ in range(8):
        other = next(users)
        second = twin(history, seed, other, monkeypatch)
        assert second.dumps == dumps
        assert second.pins == [bytes(seal.shift(pin, other)) for pin in history.pins]
        assert not set(second.opened().keys.values()) & set(history.opened().keys.values())


@pytest.mark.parametrize("build", [Tagged, ServerKeyIsTheKey])
def test_no_other_pin_explains_the_dumps_of_a_broken_build(build, monkeypatch):
    history = whole_life(1, build=build)
    dumps = list(history.dumps)
    other = next(other_users(history))
    assert twin(history, 1, bytes(4), monkeypatch).dumps == dumps
    assert twin(history, 1, other, monkeypatch).dumps != dumps


def test_target_dek_and_keys_are_each_a_draw_of_their_own(monkeypatch):
    """Which is what makes all those explanations as likely: no draw is used twice, or made of others."""
    monkeypatch.setattr(Recorded, "draws", [], raising=False)
    monkeypatch.setattr(provisioning, "Source", Recorded)
    history = TokenHistory(1)
    history.provision(OLD)
    (new,), (draws,) = history.made, Recorded.draws
    opened = history.opened()
    drawn = b"".join(draws)
    assert explanation(new, OLD, history.uid)[1:] == draws[-len(explanation(new, OLD, history.uid)) + 1 :]
    for secret in (opened.dek, *opened.keys.values()):
        assert drawn.count(secret) == 1


# What the dumps do show.


def changed() -> tuple[TokenHistory, int]:
    """A token whose PIN was changed once, and the number of dumps before that."""
    history = TokenHistory(1)
    history.provision(OLD)
    history.log_in()
    before = len(history.dumps)
    history.change_pin(NEW)
    history.log_in()
    return history, before


def test_two_dumps_show_the_differences_of_old_and_new_digits_and_no_more():
    history, before = changed()
    attacker = Attacker(history.unit)
    assert attacker.differences() == [tuple((old - new) % 10 for old, new in zip(OLD, NEW, strict=True))]
    # What is sealed is the same, so each old PIN goes with one new PIN, and opens what that one opens: of 10^8
    # pairs the differences leave 10^4, each old PIN in one, each new one in one, all equally likely.
    earlier = {guess.target: guess for guess in attacker.guesses(before - 1)}
    later = {guess.target: guess for guess in attacker.guesses()}
    assert len(earlier) == len(later) == 10_000
    assert all(earlier[target].keys == later[target].keys for target in later)
    difference = seal.offset_between(NEW, OLD)
    assert all(bytes(seal.shift(earlier[target].pin, difference)) == later[target].pin for target in later)


def test_dumps_from_after_a_change_do_not_show_the_differences():
    history, _ = changed()
    last = gather(history.uid, history.dumps[-1:])
    assert len(last.contents(Offset)) == 1
    assert Attacker((history.uid, history.dumps[-1:])).differences() == []


def test_an_old_pin_with_a_dump_from_before_the_change_opens_the_token_for_ever():
    history, before = changed()
    (guess,) = Attacker(history.unit, pins=[OLD]).guesses(before - 1)
    assert set(guess.keys) >= set(history.opened().keys.values())


def test_of_a_deleted_credential_nothing_is_left_in_later_dumps():
    history = TokenHistory(1)
    history.provision(OLD)
    gone = history.vault().credentials()[2]
    assert bytes(gone.sealed_key) in history.dumps[-1]
    history.delete()
    for part in (gone.id, gone.nonce, gone.sealed_key):
        assert bytes(part) not in history.dumps[-1]


def test_of_a_token_that_was_reset_nothing_is_left_in_later_dumps():
    history = TokenHistory(1)
    history.provision(OLD)
    root = history.vault().root
    history.erase()
    for part in (root.salt, root.device_secret, root.sealed_dek):
        assert bytes(part) not in history.dumps[-1]


# What one dump gives whoever knows more.


def test_one_dump_and_one_observed_login_give_the_pin_and_every_key():
    history = TokenHistory(1)
    history.provision(OLD)
    opened = history.opened()
    home = history.vault().credentials()[0]
    response = ocra.respond(ocra.Suite.parse(COUNTING), opened.keys[bytes(home.id)], "123457", counter=0)
    login = Login(COUNTING, "123457", response, 0)
    attacker = Attacker((history.uid, history.dumps[-1:]), logins=[login])
    assert attacker.rank().order()[0] == OLD
    (guess,) = (guess for guess in attacker.guesses() if guess.pin == OLD)
    assert set(guess.keys) >= set(opened.keys.values())


def test_one_dump_and_the_key_of_one_service_give_the_pin_and_every_key():
    history = TokenHistory(1)
    history.provision(OLD)
    keys = history.opened().keys
    attacker = Attacker((history.uid, history.dumps[-1:]), known_keys=list(keys.values())[:1])
    assert attacker.rank().place(OLD) == 1
    (guess,) = (guess for guess in attacker.guesses() if guess.pin == OLD)
    assert set(guess.keys) >= set(keys.values())


def test_one_dump_gives_the_keys_that_no_pin_guards():
    history = TokenHistory(1)
    history.provision(OLD)
    found = Attacker((history.uid, history.dumps[-1:]), pins=[]).unguarded_keys()
    mutual, *_, without_pin = history.made[-1].keys
    assert found[mutual.server_id][SERVER] == mutual.server_key
    assert found[without_pin.id][OPEN] == without_pin.key


# Verified mode.


def test_a_verified_vault_is_an_oracle_for_whoever_has_the_device_secret():
    token = VerifiedToken(OLD)
    ranking = Attacker(token.unit, device_secrets=[token.device_secret]).rank()
    assert ranking.place(OLD) == 1
    assert ranking.reasons[OLD] == {"trace: tag under the KEK"}


def test_the_two_wrappings_of_a_verified_vault_are_one_as_well():
    token = VerifiedToken(OLD)
    token.change_pin(NEW)
    ranking = Attacker(token.unit, device_secrets=[token.device_secret]).rank()
    assert ranking.place(NEW) == 1
    assert "one secret: DEK and DEK" in ranking.reasons[NEW]


def test_without_the_device_secret_a_verified_vault_tells_nothing():
    token = VerifiedToken(OLD)
    token.change_pin(NEW)
    pins = [b"%04d" % number for number in range(0, 10_000, 5)]
    assert NEW in pins
    ranking = Attacker(token.unit, pins=pins).rank()
    assert NEW not in ranking.reasons
    assert max(ranking.scores.values()) < CLEAR
