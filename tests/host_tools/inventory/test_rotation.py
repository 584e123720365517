"""A new master key: all keys under it, the old one gone, and whatever interrupts that, it is gone on with."""

import itertools
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import Engine, event, select, update

from fakes.soft_hsm import pin
from host_tools.inventory import Inventory, Location, rotation
from host_tools.inventory.custody_errors import MasterKeyChangedError
from host_tools.inventory.errors import ForgottenKeyError, UnwrapError, WrongMasterKeyError
from host_tools.inventory.key_file import KeyFile
from host_tools.inventory.pkcs11_module import Pkcs11Module
from host_tools.inventory.rotation import rotate
from host_tools.inventory.schema import MasterKeyRow, TokenSecretRow, WrappedKeyRow

TOKENS = range(1, 6)


class Killed(BaseException):
    """The process is gone."""


class Killer:
    """Counts statements and changes of the master keys, and kills at the one with the number `at`."""

    def __init__(self) -> None:
        self.seen = 0
        self.at = 0

    def __call__(self, *_: object, **__: object) -> None:
        self.seen += 1
        if self.seen == self.at:
            raise Killed


@pytest.fixture
def killer(monkeypatch) -> Iterator[Killer]:
    counting = Killer()
    event.listen(Engine, "before_cursor_execute", counting)
    event.listen(Engine, "commit", counting)
    for custody, name in itertools.product((KeyFile, Pkcs11Module), ("add_version", "drop_versions")):
        real = getattr(custody, name)

        def before_and_after(self: object, *arguments: int, real=real) -> object:
            counting()
            result = real(self, *arguments)
            counting()
            return result

        monkeypatch.setattr(custody, name, before_and_after)
    yield counting
    event.remove(Engine, "before_cursor_execute", counting)
    event.remove(Engine, "commit", counting)


@pytest.fixture(params=["sqlite, file", "postgresql, file", "sqlite, module"])
def place(request: pytest.FixtureRequest, location: Location) -> Location:
    """Databases and master keys of either kind."""
    database, master_key = request.param.split(", ")
    if database == "postgresql":
        location = replace(location, database=request.getfixturevalue("database"))
    if master_key == "module":
        address = request.getfixturevalue("soft_hsm").address()
        location = Location(location.database.with_name("module.db"), address)
    return location


def opened(location: Location) -> Inventory:
    """The inventory; its master key's file is in clear, and asks nobody."""
    return Inventory.open(location, ask=pin())


@pytest.fixture
def stocked(place: Location, record) -> Location:
    """An inventory of five tokens, one of them in verified mode."""
    with opened(place) as inventory:
        for number in TOKENS:
            record(f"DS-{number}", number, into=inventory)
        record("DS-V", 99, into=inventory, mode="verified", unlock_secret=bytearray(b"u" * 32))
    return place


def check_keys(inventory: Inventory) -> None:
    for number in TOKENS:
        assert inventory.key(inventory.credential(f"DS-{number}")) == bytes([number]) * 32
    assert inventory.unlock_secret("DS-V") == b"u" * 32


def versions(inventory: Inventory) -> tuple[set[int], set[int]]:
    """Those that keys are under, and those that the database knows."""
    with inventory.reading() as session:
        under = {
            version
            for table in (WrappedKeyRow, TokenSecretRow)
            for version in session.scalars(select(table.key_version))
        }
        return under, set(session.scalars(select(MasterKeyRow.version)))


def test_all_keys_are_under_the_new_one_and_the_old_one_is_gone(stocked):
    with opened(stocked) as inventory:
        assert rotate(inventory) == 2
        check_keys(inventory)
        assert versions(inventory) == ({2}, {2})
    with opened(stocked) as inventory:
        assert set(inventory.custody.versions()) == {2}
        check_keys(inventory)
        assert rotate(inventory) == 3
        check_keys(inventory)
        last = inventory.history()[-2:]
        assert [entry.event for entry in last] == ["master key rotated"] * 2
        assert [entry.detail for entry in last] == [
            {"version": version, "kept": str(stocked.master_key)} for version in (2, 3)
        ]


def test_the_old_key_is_not_in_the_file(location):
    with Inventory.open(location) as inventory:
        before = location.master_key.read_bytes()[-32:]
        rotate(inventory)
    assert before not in location.master_key.read_bytes()


def test_the_passphrase_stays(location, record):
    with Inventory.open(location) as inventory:
        record("DS-1", 1, into=inventory)
        inventory.custody.change_passphrase(lambda: bytearray(b"correct horse"))
        rotate(inventory)
    with Inventory.open(location, ask=lambda: bytearray(b"correct horse")) as inventory:
        assert inventory.key(inventory.credential("DS-1")) == b"\1" * 32


def test_it_tells_how_far_it_is(stocked, monkeypatch):
    monkeypatch.setattr(rotation, "AT_ONCE", 4)
    told = []
    with opened(stocked) as inventory:
        rotate(inventory, lambda done, total: told.append((done, total)))
    assert [total for _, total in told] == [told[-1][0]] * len(told)
    assert len(told) >= 3
    assert [done for done, _ in told] == sorted({done for done, _ in told})


def test_killed_at_any_statement_it_is_gone_on_with(stocked, killer, monkeypatch, counted):
    monkeypatch.setattr(rotation, "AT_ONCE", 3)
    kills = 0
    while True:
        inventory = opened(stocked)
        try:
            killer.seen, killer.at = 0, kills + 1
            rotate(inventory)
        except Killed:
            kills += 1
        else:
            break
        finally:
            killer.at = 0
            inventory.close()
        with opened(stocked) as again:
            check_keys(again)
        if kills % 3 == 0:
            with opened(stocked) as again:
                rotate(again)
                check_keys(again)
                under, known = versions(again)
                assert len(under) == 1
                assert under == known == set(again.custody.versions())
    counted(f"rotations killed at {kills} moments")
    assert kills > 20


def test_a_key_that_does_not_belong_where_it_is_stops_it_and_nothing_is_dropped(stocked):
    with opened(stocked) as inventory:
        with inventory.writing() as session:
            row = session.scalars(select(WrappedKeyRow).limit(1)).one()
            session.execute(update(WrappedKeyRow).where(WrappedKeyRow.id == row.id).values(nonce=bytes(12)))
        with pytest.raises(UnwrapError):
            rotate(inventory)
        assert set(inventory.custody.versions()) == {1, 2}
        assert versions(inventory)[0] == {1}


def test_who_opened_it_before_is_told_and_opens_it_anew(stocked, record):
    with opened(stocked) as old, opened(stocked) as inventory:
        rotate(inventory)
        with pytest.raises(ForgottenKeyError, match="try again"):
            old.key(old.credential("DS-1"))
        with pytest.raises(ForgottenKeyError):
            record("DS-9", 9, into=old)
    with opened(stocked) as again:
        assert "DS-9" not in again.serials()
        record("DS-9", 9, into=again)
        assert versions(again) == ({2}, {2})


def check_opens(location: Location, version: int) -> None:
    """It opens, and all of it is under this version alone."""
    with opened(location) as inventory:
        check_keys(inventory)
        assert versions(inventory) == ({version}, {version})
        assert set(inventory.custody.versions()) == {version}


def test_a_second_rotation_by_who_opened_it_before_the_first_loses_nothing(stocked):
    with opened(stocked) as old:
        with opened(stocked) as inventory:
            assert rotate(inventory) == 2
        if isinstance(old.custody, KeyFile):
            with pytest.raises(MasterKeyChangedError, match="do it again"):
                rotate(old)
            check_opens(stocked, 2)
        else:
            assert rotate(old) == 3
            check_opens(stocked, 3)


def test_a_rotation_that_was_killed_is_finished_by_who_opened_it_before_or_not_at_all(stocked, monkeypatch):
    monkeypatch.setattr(rotation, "AT_ONCE", 2)
    with opened(stocked) as old:
        with opened(stocked) as inventory, pytest.raises(Killed):
            rotate(inventory, kill_at_once)
        try:
            assert rotate(old) == 2
        except MasterKeyChangedError:
            assert isinstance(old.custody, KeyFile)
    with opened(stocked) as inventory:
        check_keys(inventory)
        newest = rotate(inventory)
    check_opens(stocked, newest)


def test_a_rotation_that_begins_at_any_moment_of_another_loses_nothing(stocked, monkeypatch):
    monkeypatch.setattr(rotation, "AT_ONCE", 3)
    for moment in range(1, 8):
        with opened(stocked) as first:
            seen = 0

            def begin_another(real=first.writing) -> object:
                nonlocal seen
                seen += 1
                if seen == moment:  # noqa: B023 - it is called in this turn only
                    with opened(stocked) as second:
                        rotate(second)
                return real()

            monkeypatch.setattr(first, "writing", begin_another)
            with suppress(MasterKeyChangedError, ForgottenKeyError):
                rotate(first)
        with opened(stocked) as inventory:
            check_keys(inventory)
            newest = rotate(inventory)
        check_opens(stocked, newest)


def test_a_key_that_another_rotation_has_begun_with_is_not_dropped(stocked, monkeypatch):
    with opened(stocked) as slow:
        real = slow.empty_log

        def while_another_begins() -> None:
            real()
            with opened(stocked) as other:
                assert rotate(other) == 2  # what is left of the first
            with opened(stocked) as other, pytest.raises(Killed):
                rotate(other, kill_at_once)

        monkeypatch.setattr(slow, "empty_log", while_another_begins)
        with pytest.raises(MasterKeyChangedError):
            rotate(slow)
    with opened(stocked) as inventory:
        check_keys(inventory)
        assert rotate(inventory) == 3
    check_opens(stocked, 3)


def test_a_passphrase_that_is_changed_during_a_rotation_stays(location, record):
    def words() -> bytearray:
        return bytearray(b"correct horse")

    with Inventory.open(location) as inventory:
        record("DS-1", 1, into=inventory)

        def change(*_: int) -> None:
            with Inventory.open(location, ask=words) as other:
                other.custody.change_passphrase(words)

        with pytest.raises(MasterKeyChangedError, match="do it again"):
            rotate(inventory, change)
    with Inventory.open(location, ask=words) as again:
        assert again.custody.is_protected
        assert rotate(again) == 2
        assert again.custody.versions() == (2,)
        assert again.key(again.credential("DS-1")) == b"\1" * 32


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (update(MasterKeyRow).values(version=7), ForgottenKeyError),
        (update(MasterKeyRow).values(fingerprint=bytes(16)), WrongMasterKeyError),
    ],
    ids=["another version", "another key"],
)
def test_keys_under_a_master_key_that_is_not_there_stop_it_before_anything_is_added(location, change, error):
    with Inventory.open(location) as inventory:
        with inventory.writing() as session:
            session.execute(change)
        with pytest.raises(error):
            rotate(inventory)
        assert inventory.custody.versions() == (1,)
        assert KeyFile(location.master_key).versions() == (1,)


def kill_at_once(*_: int) -> None:
    raise Killed
