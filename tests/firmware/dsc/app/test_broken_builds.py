"""The attacker who learns nothing from an honest token learns the PIN from any that breaks one clause of sealing."""

import pytest

from dsc.protocol.duress import moved
from fakes import broken_builds
from fakes.attacker.__main__ import main
from fakes.attacker.attack import Attacker, Ranking
from fakes.broken_builds import (
    IMPORTED,
    TARGETS,
    TRACES,
    DekUnderTheDeviceSecret,
    DekUnderTheDuressPin,
    IsTornWhileItRewraps,
    LosesPowerWhileItRewraps,
    NewDekOnChange,
    OneKeyForTwoCredentials,
    OpenKeyIsTheKey,
    ResealsOnRename,
    ResealsUnderANewHeader,
    RetriesWithOldKeys,
    RewrapsOnChange,
    RewrapsOnCompaction,
    RewrapsWithTheOldSalt,
    ServerKeyIsTheKey,
    Tagged,
    aiming_at,
    importing,
    keeping,
)
from fakes.token_history import TokenHistory, delta_for

pytestmark = pytest.mark.exhaustive

OLD, NEW = b"4711", b"8305"
FEW = 4  # PINs that a weak trace leaves
CLEAR = 24  # bits; by chance one of 500 PINs reaches them once in some thousand times


def attacked(history: TokenHistory) -> Ranking:
    """What the attacker says to all 10,000 PINs."""
    return Attacker(history.unit).rank()


def some_pins() -> list[bytes]:
    """Five hundred PINs, the right ones among them, for what takes long to look for."""
    return sorted({*(b"%04d" % number for number in range(7, 10_000, 20)), OLD, NEW})


def first_moment(attacker: Attacker) -> int:
    """The number of the first dump that shows a sealed token."""
    views = attacker.units[0].views
    return next(number for number, view in enumerate(views) if view)


def provisioned(build: type[TokenHistory]) -> TokenHistory:
    history = build()
    history.provision(OLD)
    return history


@pytest.mark.parametrize("build", [RewrapsOnChange, NewDekOnChange])
def test_a_change_that_wraps_anything_again_gives_the_old_and_the_new_pin(build):
    history = provisioned(build)
    history.log_in()
    history.change_pin(NEW)
    history.log_in()
    attacker = Attacker(history.unit)
    assert attacker.rank().place(NEW) == 1
    assert attacker.rank(first_moment(attacker)).place(OLD) == 1


def test_a_change_that_wraps_again_under_the_old_salt_leaves_both_pins_and_no_other():
    history = provisioned(RewrapsWithTheOldSalt)
    history.change_pin(NEW)
    # (old, new) and (new, old) explain the dumps as well as each other: what is XORed can be exchanged.
    assert set(attacked(history).order()[:2]) == {OLD, NEW}
    assert attacked(history).place(NEW) == 2


@pytest.mark.parametrize("build", [LosesPowerWhileItRewraps, IsTornWhileItRewraps])
def test_a_wrapping_that_was_never_committed_gives_the_pin_as_well(build):
    history = provisioned(build)
    before = len(history.dumps)
    history.change_pin(NEW)
    assert history.pin == OLD
    # After the next boot the flash shows nothing of it; the dumps from before are enough.
    assert attacked(history).place(OLD) == 1
    settled = (history.uid, [*history.dumps[:before], history.dumps[-1]])
    assert OLD not in Attacker(settled, pins=some_pins()).rank().reasons


def test_a_compaction_that_wraps_the_dek_again_gives_the_pin():
    history = provisioned(RewrapsOnCompaction)
    history.compact()
    assert attacked(history).place(OLD) == 1


@pytest.mark.parametrize("build", [ResealsOnRename, ResealsUnderANewHeader])
def test_a_rename_that_seals_a_key_again_gives_the_pin(build):
    history = provisioned(build)
    history.rename()
    assert attacked(history).place(OLD) == 1


@pytest.mark.parametrize("name", sorted(set(IMPORTED) - {"bytes with parity"}))
def test_an_imported_key_gives_the_pin_if_it_is(name):
    assert attacked(provisioned(importing(*IMPORTED[name]))).place(OLD) == 1


def test_an_imported_key_of_triple_des_gives_the_pin_by_its_parity():
    history = provisioned(importing(*IMPORTED["bytes with parity"]))
    assert Attacker(history.unit, pins=some_pins()).rank().place(OLD) <= FEW


def test_a_second_provisioning_with_the_old_keys_gives_both_pins():
    history = provisioned(RetriesWithOldKeys)
    history.erase()
    history.provision(NEW)
    attacker = Attacker(history.unit)
    assert attacker.rank().place(NEW) == 1
    assert attacker.rank(first_moment(attacker)).place(OLD) == 1


def test_two_tokens_with_the_same_keys_give_the_pins_of_both():
    first = provisioned(RetriesWithOldKeys)
    second = RetriesWithOldKeys(seed=2)
    second.board.kept = first.board.kept
    second.provision(NEW)
    attacker = Attacker(first.unit, second.unit)
    assert attacker.rank(unit=0).place(OLD) == 1
    assert attacker.rank(unit=1).place(NEW) == 1


@pytest.mark.parametrize(
    "build", [ServerKeyIsTheKey, OpenKeyIsTheKey, DekUnderTheDeviceSecret, OneKeyForTwoCredentials]
)
def test_a_secret_that_is_sealed_twice_gives_the_pin(build):
    assert attacked(provisioned(build)).place(OLD) == 1


def test_a_second_wrapping_for_a_duress_pin_gives_both_pins():
    history = provisioned(DekUnderTheDuressPin)
    # As with an old salt, (PIN, duress PIN) and (duress PIN, PIN) explain the dump as well as each other.
    assert set(attacked(history).order()[:2]) == {OLD, bytes(moved(OLD, delta_for(OLD)))}


def test_a_digest_of_the_alarm_key_gives_the_duress_pin_and_so_the_pin_but_for_some_digits():
    history = provisioned(keeping(TRACES["a digest of the alarm key"]))
    duress_pin = bytes(moved(OLD, delta_for(OLD)))
    assert Attacker(history.unit, pins=sorted({*some_pins(), duress_pin})).rank().place(duress_pin) <= FEW


def test_a_tag_under_the_kek_gives_the_pin():
    ranking = attacked(provisioned(Tagged))
    assert ranking.place(OLD) == 1
    assert ranking.reasons[OLD] == {"trace: tag under the KEK"}


@pytest.mark.parametrize("name", sorted(set(TRACES) - {"a digest of the alarm key"}))
def test_the_pin_is_given_by(name):
    history = provisioned(keeping(TRACES[name]))
    assert Attacker(history.unit, pins=some_pins()).rank().place(OLD) <= FEW


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_that_is_not_random_gives_the_pin_if_it_is(name):
    history = provisioned(aiming_at(TARGETS[name]))
    assert Attacker(history.unit, pins=some_pins()).rank().place(OLD) <= FEW


def test_each_broken_build_differs_from_the_honest_one_in_what_it_breaks_alone():
    """The same steps on an honest token: were it not so, the tests above would show nothing."""
    history = provisioned(TokenHistory)
    for step in (
        history.log_in,
        lambda: history.change_pin(NEW),
        history.rename,
        history.compact,
        history.erase,
    ):
        step()
    history.provision(OLD)
    ranking = Attacker(history.unit, pins=some_pins()).rank()
    assert OLD not in ranking.reasons
    assert max(ranking.scores.values()) < CLEAR


def test_the_attacker_is_a_program(tmp_path, capsys):
    history = provisioned(broken_builds.RewrapsOnChange)
    before = history.dumps[-1]
    history.change_pin(NEW)
    files = [tmp_path / "before.bin", tmp_path / "after.bin"]
    for file, dump in zip(files, (before, history.dumps[-1]), strict=True):
        file.write_bytes(dump)
    main([history.uid.hex(), *map(str, files)])
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("8305 ")
    assert "one secret: DEK and DEK" in first
