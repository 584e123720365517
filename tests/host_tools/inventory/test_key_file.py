"""The master keys' file: in clear or under a passphrase, changed whole or not at all, and never mistaken."""

import os

import pytest

from fakes.at_once import at_once
from host_tools.inventory import key_file
from host_tools.inventory.custody import Place
from host_tools.inventory.custody_errors import MasterKeyChangedError, MasterKeyClosedError
from host_tools.inventory.errors import (
    CustodyError,
    DamagedMasterKeyError,
    ForgottenKeyError,
    PassphraseNeededError,
    UnusableFileError,
    WrongPassphraseError,
)
from host_tools.inventory.key_file import KeyFile
from host_tools.inventory.module_address import ModuleAddress
from host_tools.inventory.module_pointer import point

PLACE = Place("DS-1001", bytes(16), "login")
CHANGES = {
    "passphrase": lambda custody: custody.change_passphrase(word("new")),
    "none": lambda custody: custody.change_passphrase(None),
    "another key": lambda custody: custody.add_version(),
    "one key less": lambda custody: custody.drop_versions(1),
    "none at all": lambda custody: custody.remove(),
}


def word(text):
    """Whoever gives this passphrase."""
    return lambda: bytearray(text.encode())


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A stretching that takes a moment less."""
    monkeypatch.setattr(key_file, "SCRYPT_LOG_N", key_file.SCRYPT_LOG_NS[0])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "master.key"


@pytest.fixture
def protected(path):
    """A file under the passphrase "correct horse"."""
    KeyFile.made_at_first_use(path, word("correct horse")).close()
    return path


def test_under_a_passphrase_the_key_is_not_in_the_file_and_comes_back(protected):
    opened = KeyFile(protected, word("correct horse"))
    wrapped = opened.wrap(b"secret" * 4, PLACE, 1)
    assert opened.is_protected
    assert bytes(opened._keys[1]) not in protected.read_bytes()
    opened.close()
    assert KeyFile(protected, word("correct horse")).unwrap(wrapped, PLACE) == b"secret" * 4


@pytest.mark.parametrize("given", ["", "correct hors", "correct horse ", "Correct horse", "\N{SNOWMAN}" * 40])
def test_another_passphrase_opens_nothing(protected, given):
    with pytest.raises(WrongPassphraseError):
        KeyFile(protected, word(given))


def test_without_anybody_to_ask_it_says_so(protected):
    with pytest.raises(PassphraseNeededError):
        KeyFile(protected)


def test_the_passphrase_is_in_no_error_and_is_wiped(protected):
    given = bytearray(b"hunter2")
    with pytest.raises(WrongPassphraseError) as refused:
        KeyFile(protected, lambda: given)
    assert "hunter2" not in str(refused.value)
    assert given == bytes(7)


def test_a_flipped_bit_anywhere_is_noticed(protected):
    content = protected.read_bytes()
    for bit in range(8 * len(content)):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        protected.write_bytes(changed)
        if changed[22] != content[22]:
            continue  # another N only takes longer, or is refused: tested below
        with pytest.raises(CustodyError):
            KeyFile(protected, word("correct horse"))


@pytest.mark.parametrize("log_n", [0, 13, 21, 255])
def test_a_file_that_asks_for_impossible_work_is_refused_at_once(protected, log_n):
    content = bytearray(protected.read_bytes())
    content[22] = log_n
    protected.write_bytes(content)
    with pytest.raises(DamagedMasterKeyError):
        KeyFile(protected, word("correct horse"))


@pytest.mark.parametrize("kept", [0, 10, 21, 22, 23, 50, 66, 80])
def test_a_file_cut_short_is_refused(protected, kept):
    protected.write_bytes(protected.read_bytes()[:kept])
    with pytest.raises(CustodyError):
        KeyFile(protected, word("correct horse"))


@pytest.mark.parametrize("steps", [("new",), (None,), ("new", None), (None, "new"), ("a", "b")])
def test_a_changed_passphrase_opens_the_same_key_and_the_old_one_nothing(protected, steps):
    custody = KeyFile(protected, word("correct horse"))
    wrapped = custody.wrap(b"secret" * 4, PLACE, 1)
    for step in steps:
        custody.change_passphrase(word(step) if step else None)
    custody.close()
    last = steps[-1]
    opened = KeyFile(protected, word(last) if last else None)
    assert opened.unwrap(wrapped, PLACE) == b"secret" * 4
    assert opened.is_protected == bool(last)
    if last:
        with pytest.raises(WrongPassphraseError):
            KeyFile(protected, word("correct horse"))


def test_a_second_key_stands_beside_the_first_and_then_alone(path):
    custody = KeyFile.made_at_first_use(path)
    first = custody.wrap(b"secret" * 4, PLACE, 1)
    assert custody.add_version() == 2
    second = custody.wrap(b"secret" * 4, PLACE, 2)
    again = KeyFile(path)
    assert again.versions() == (1, 2)
    assert again.unwrap(first, PLACE) == again.unwrap(second, PLACE) == b"secret" * 4
    assert again.fingerprint(1) != again.fingerprint(2)
    again.drop_versions(2)
    last = KeyFile(path)
    assert last.versions() == (2,)
    assert last.unwrap(second, PLACE) == b"secret" * 4
    with pytest.raises(ForgottenKeyError):
        last.unwrap(first, PLACE)


@pytest.mark.parametrize("failing", ["write", "fsync", "replace"])
@pytest.mark.parametrize(
    "change",
    [
        lambda custody: custody.change_passphrase(word("new")),
        lambda custody: custody.add_version(),
        lambda custody: custody.drop_versions(1),
    ],
    ids=["passphrase", "another key", "one key less"],
)
def test_a_change_that_fails_leaves_the_old_file_and_the_old_keys(protected, failing, change, monkeypatch):
    custody = KeyFile(protected, word("correct horse"))
    custody.add_version()
    before, versions = protected.read_bytes(), custody.versions()

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        if failing == "replace":
            broken.setattr(type(protected), "replace", fail)
        elif failing == "fsync":
            broken.setattr(os, "fsync", fail)
        else:
            broken.setattr(os, "fdopen", fail)
        with pytest.raises(UnusableFileError, match="No space left"):
            change(custody)
    assert protected.read_bytes() == before
    assert custody.versions() == versions
    assert {entry.name for entry in protected.parent.iterdir()} == {"master.key", "master.key.lock"}
    assert KeyFile(protected, word("correct horse")).versions() == versions


def test_every_writing_keeps_the_file_private(protected):
    custody = KeyFile(protected, word("correct horse"))
    custody.add_version()
    assert protected.stat().st_mode & 0o777 == 0o600


def test_a_key_in_clear_has_its_documented_form(path):
    custody = KeyFile.made_at_first_use(path)
    assert path.read_bytes()[:21] == b"picodsc master key 1\n"
    custody.add_version()
    content = path.read_bytes()
    assert content[:26] == b"picodsc master key 2\n" + b"\x00" + b"\x00\x00\x00\x01"
    assert len(content) == 22 + 2 * 36


@pytest.mark.parametrize("ours", CHANGES)
@pytest.mark.parametrize("theirs", CHANGES)
def test_what_another_process_wrote_meanwhile_is_not_written_over(protected, theirs, ours):
    KeyFile(protected, word("correct horse")).add_version()
    mine, others = KeyFile(protected, word("correct horse")), KeyFile(protected, word("correct horse"))
    CHANGES[theirs](others)
    before = protected.read_bytes() if protected.exists() else None
    with pytest.raises(MasterKeyChangedError, match="do it again"):
        CHANGES[ours](mine)
    with pytest.raises(MasterKeyChangedError):
        mine.refresh()
    assert (protected.read_bytes() if protected.exists() else None) == before
    assert mine.versions() == (1, 2)
    assert mine.is_protected


def test_one_process_changes_it_again_and_again(protected):
    custody = KeyFile(protected, word("correct horse"))
    custody.refresh()
    for change in CHANGES.values():
        change(custody)
    assert not protected.exists()


def test_of_several_that_change_it_at_once_one_does(path):
    KeyFile.made_at_first_use(path).close()
    opened = [KeyFile(path) for _ in range(8)]
    refused = []

    def work(number):
        try:
            opened[number].add_version()
        except MasterKeyChangedError:
            refused.append(number)

    at_once(work, range(8))
    assert len(refused) == 7
    (winner,) = set(range(8)) - set(refused)
    last = KeyFile(path)
    assert last.versions() == (1, 2)
    assert last.fingerprint(2) == opened[winner].fingerprint(2)


@pytest.mark.parametrize("change", CHANGES)
def test_when_it_is_closed_nothing_is_written_and_no_passphrase_is_left(protected, change):
    before = protected.read_bytes()
    custody = KeyFile(protected, word("correct horse"))
    custody.close()
    assert not custody.is_protected
    with pytest.raises((MasterKeyClosedError, ForgottenKeyError)):
        CHANGES[change](custody)
    assert protected.read_bytes() == before


def test_when_the_keys_move_into_a_module_no_other_is_put_into_the_file(path):
    custody = KeyFile.made_at_first_use(path)
    before = path.read_bytes()
    point(path, ModuleAddress(path.with_name("p11.so"), "master", "station"))
    with pytest.raises(MasterKeyChangedError):
        custody.add_version()
    assert path.read_bytes() == before
    assert custody.versions() == (1,)
