"""The master key taken from its file into a module: all keys with it, and killed at any moment, gone on with."""

import itertools
import os
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select, update

from fakes.soft_hsm import pin
from host_tools.inventory import Inventory, Location, custodies, key_file, moving_keys, rotation
from host_tools.inventory.custody_errors import MasterKeyChangedError
from host_tools.inventory.errors import (
    ExposedFileError,
    ForgottenKeyError,
    MissingMasterKeyError,
    NoInventoryError,
    UnusableFileError,
    UnwrapError,
    WrongMasterKeyError,
    WrongPassphraseError,
)
from host_tools.inventory.key_file import KeyFile
from host_tools.inventory.module_errors import (
    MasterKeyPlaceError,
    ModuleAddressError,
    ModuleKeyThereError,
    WrongModulePinError,
)
from host_tools.inventory.module_pointer import point, pointer
from host_tools.inventory.moving import opened_to_move, rotate_all
from host_tools.inventory.pkcs11_module import Pkcs11Module
from host_tools.inventory.rotation import rotate
from host_tools.inventory.schema import WrappedKeyRow

TOKENS = range(1, 3)
WORDS = "correct horse battery"


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A stretching that takes a moment less."""
    monkeypatch.setattr(key_file, "SCRYPT_LOG_N", key_file.SCRYPT_LOG_NS[0])


@pytest.fixture
def stocked(tmp_path: Path, record) -> Location:
    """An inventory of three tokens, one of them in verified mode, whose master key is in a file."""
    stocked = Location(tmp_path / "stocked" / "inventory.db", tmp_path / "kept" / "master.key")
    with Inventory.open(stocked) as inventory:
        for number in TOKENS:
            record(f"DS-{number}", number, into=inventory)
        record("DS-V", 99, into=inventory, mode="verified", unlock_secret=bytearray(b"u" * 32))
    return stocked


@pytest.fixture
def address(soft_hsm):
    return soft_hsm.address()


def words() -> bytearray:
    return bytearray(WORDS.encode())


def opened(location: Location) -> Inventory:
    return Inventory.open(location, ask=words, pin=pin())


def move(location: Location, address) -> int:
    with opened_to_move(location, address, ask=words, pin=pin()) as inventory:
        return rotate_all(inventory)


def check_keys(inventory: Inventory) -> None:
    for number in TOKENS:
        assert inventory.key(inventory.credential(f"DS-{number}")) == bytes([number]) * 32
    assert inventory.unlock_secret("DS-V") == b"u" * 32


def check_moved(location: Location, address) -> None:
    """All keys are in the module's hands, and in nobody else's."""
    assert not location.master_key.exists()
    with Inventory.open(location, ask=lambda: pytest.fail("it asked"), pin=pin()) as inventory:
        check_keys(inventory)
        assert isinstance(inventory.custody, Pkcs11Module)
        (version,) = inventory.custody.versions()
        with inventory.reading() as session:
            assert set(session.scalars(select(WrappedKeyRow.key_version))) == {version}
        last = inventory.history()[-1]
        assert (last.event, last.detail["kept"]) == ("master key rotated", str(address))


def test_all_keys_are_under_the_modules_and_the_file_is_gone(stocked, address):
    assert move(stocked, address) == 2
    check_moved(stocked, address)
    left = {path.name for path in stocked.master_key.parent.iterdir()}
    assert left == {"master.key.module", "master.key.lock"}


def test_from_a_file_under_a_passphrase_too(stocked, address):
    with Inventory.open(stocked) as inventory:
        inventory.custody.change_passphrase(words)
    move(stocked, address)
    check_moved(stocked, address)


def test_in_the_module_it_is_rotated_like_any_other(stocked, address):
    move(stocked, address)
    with opened(stocked) as inventory:
        assert rotate_all(inventory) == 3
    check_moved(stocked, address)


@pytest.fixture
def kill(monkeypatch) -> Iterator[dict[str, int]]:
    """Counts statements, and changes of files and of the module, and kills at the one with the number `at`."""
    state = {"seen": 0, "at": 0}

    def counting(*_: object, **__: object) -> None:
        state["seen"] += 1
        if state["seen"] == state["at"]:
            raise Killed

    def around(owner: object, name: str) -> None:
        real = getattr(owner, name)

        def before_and_after(*arguments: object) -> object:
            counting()
            result = real(*arguments)
            counting()
            return result

        monkeypatch.setattr(owner, name, before_and_after)

    for custody, name in itertools.product((KeyFile, Pkcs11Module), ("add_version", "drop_versions")):
        around(custody, name)
    around(moving_keys, "point")
    around(key_file, "remove")
    event.listen(Engine, "before_cursor_execute", counting)
    event.listen(Engine, "commit", counting)
    yield state
    event.remove(Engine, "before_cursor_execute", counting)
    event.remove(Engine, "commit", counting)


def test_killed_at_any_moment_it_is_gone_on_with(stocked, soft_hsm, kill, monkeypatch, counted):
    monkeypatch.setattr(rotation, "AT_ONCE", 3)
    original, database = stocked.master_key.read_bytes(), stocked.database.read_bytes()
    kills = 0
    while True:
        address = soft_hsm.address(f"master {kills}")
        for path in (stocked.master_key, stocked.database):
            for left in path.parent.glob(f"{path.name}*"):
                left.unlink()
        stocked.master_key.touch(mode=0o600)
        stocked.master_key.write_bytes(original)
        stocked.database.touch(mode=0o600)
        stocked.database.write_bytes(database)
        kill["seen"], kill["at"] = 0, kills + 1
        try:
            move(stocked, address)
        except Killed:
            kills += 1
        else:
            break
        finally:
            kill["at"] = 0
        with opened(stocked) as inventory:
            check_keys(inventory)
            if pointer(stocked.master_key) is not None:
                rotate_all(inventory)
        if pointer(stocked.master_key) is None:
            move(stocked, address)
        check_moved(stocked, address)
    counted(f"moves into a module killed at {kills} moments")
    assert kills > 25


def test_a_rotation_that_was_begun_in_the_file_is_finished_first(stocked, address, monkeypatch):
    with Inventory.open(stocked) as inventory, monkeypatch.context() as broken:
        broken.setattr(KeyFile, "drop_versions", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            rotation.rotate(inventory)
    assert move(stocked, address) == 3
    check_moved(stocked, address)


def test_half_way_the_same_move_is_gone_on_with_and_no_other_is_begun(stocked, soft_hsm, address):
    with opened_to_move(stocked, address, pin=pin()):
        pass
    with pytest.raises(MasterKeyPlaceError, match="on the way to"):
        opened_to_move(stocked, soft_hsm.address("other"), pin=pin())
    move(stocked, address)
    check_moved(stocked, address)


def test_what_is_in_a_module_is_moved_to_no_other(stocked, soft_hsm, address):
    move(stocked, address)
    for place in (address, soft_hsm.address("other")):
        with pytest.raises(MasterKeyPlaceError, match="it is at pkcs11"):
            opened_to_move(stocked, place, pin=pin())
        with pytest.raises(MasterKeyPlaceError, match="it is at pkcs11"):
            opened_to_move(Location(stocked.database, address), place, pin=pin())


def test_a_label_that_has_a_key_takes_no_other_inventory(stocked, address):
    Pkcs11Module.made(address, pin()).close()
    with pytest.raises(ModuleKeyThereError):
        opened_to_move(stocked, address, pin=pin())
    assert pointer(stocked.master_key) is None
    with opened(stocked) as inventory:
        check_keys(inventory)


def test_nothing_is_begun_with_a_wrong_pin_or_passphrase_or_without_an_inventory(stocked, address, tmp_path):
    with pytest.raises(WrongModulePinError):
        opened_to_move(stocked, address, pin=pin("wrong"))
    with Inventory.open(stocked) as inventory:
        inventory.custody.change_passphrase(words)
    with pytest.raises(WrongPassphraseError):
        opened_to_move(stocked, address, ask=pin("another"), pin=pin())
    with pytest.raises(NoInventoryError):
        opened_to_move(Location(tmp_path / "none.db", stocked.master_key), address, ask=words, pin=pin())
    assert pointer(stocked.master_key) is None


def test_nothing_is_begun_with_another_inventorys_file(stocked, address):
    stocked.master_key.unlink()
    KeyFile.made_at_first_use(stocked.master_key).close()
    with pytest.raises(WrongMasterKeyError):
        opened_to_move(stocked, address, pin=pin())
    assert pointer(stocked.master_key) is None


def test_a_key_that_does_not_belong_where_it_is_stops_it_and_nothing_is_dropped(stocked, address):
    with Inventory.open(stocked) as inventory, inventory.writing() as session:
        row = session.scalars(select(WrappedKeyRow).limit(1)).one()
        session.execute(update(WrappedKeyRow).where(WrappedKeyRow.id == row.id).values(nonce=bytes(12)))
    with pytest.raises(UnwrapError):
        move(stocked, address)
    with opened(stocked) as inventory:
        assert inventory.custody.versions() == (1, 2)
        assert not inventory.custody.moved


def test_who_opened_it_before_is_told(stocked, address, record):
    with Inventory.open(stocked) as old:
        move(stocked, address)
        with pytest.raises(ForgottenKeyError, match="try again"):
            old.key(old.credential("DS-1"))


def test_an_inventory_in_a_module_does_not_open_with_a_file(stocked, address):
    move(stocked, address)
    plain = Location(stocked.database, stocked.master_key.with_name("other.key"))
    with pytest.raises(MissingMasterKeyError, match="PICODSC_MASTER_KEY"):
        Inventory.open(plain)
    KeyFile.made_at_first_use(plain.master_key).close()
    with pytest.raises(WrongMasterKeyError):
        Inventory.open(plain)


def test_an_inventory_in_a_file_does_not_open_with_a_module(stocked, address):
    with pytest.raises(MissingMasterKeyError):
        Inventory.open(Location(stocked.database, address), pin=pin())
    Pkcs11Module.made(address, pin()).close()
    with pytest.raises(WrongMasterKeyError):
        Inventory.open(Location(stocked.database, address), pin=pin())


def test_a_file_with_the_modules_version_beside_it_is_refused(location, address):
    point(location.master_key, address)
    with Inventory.open(location, pin=pin()) as inventory:
        assert inventory.custody.versions() == (1,)
    KeyFile.made_at_first_use(location.master_key).close()
    with pytest.raises(MasterKeyPlaceError, match="version 1 is there, and"):
        Inventory.open(location, pin=pin())


def test_the_address_is_private_and_replaced_whole(tmp_path, address):
    place = tmp_path / "config" / "master.key"
    assert pointer(place) is None
    point(place, address)
    written = place.with_name("master.key.module")
    assert written.read_text() == f"{address}\n"
    point(place, address)
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert pointer(place) == address


def test_an_address_that_others_can_write_is_refused(tmp_path, address):
    place = tmp_path / "master.key"
    point(place, address)
    Path(f"{place}.module").chmod(0o620)
    with pytest.raises(ExposedFileError):
        pointer(place)


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", ModuleAddressError), (b"\xff", UnusableFileError), (b"pkcs11:\n", ModuleAddressError)],
)
def test_a_damaged_address_is_refused(tmp_path, content, error):
    place = tmp_path / "master.key"
    written = Path(f"{place}.module")
    os.close(os.open(written, os.O_CREAT, 0o600))
    written.write_bytes(content)
    with pytest.raises(error):
        pointer(place)


def test_a_rotation_in_the_file_that_was_opened_before_does_not_go_on_beside_the_move(
    stocked, soft_hsm, address
):
    with opened(stocked) as old:
        with opened_to_move(stocked, address, ask=words, pin=pin()) as inventory:
            with pytest.raises(MasterKeyChangedError):
                rotate(old)
            rotate_all(inventory)
        with pytest.raises(MasterKeyChangedError):
            rotate(old)
    check_moved(stocked, address)


def test_of_two_moves_to_two_places_one_begins(stocked, soft_hsm, address, monkeypatch):
    other = soft_hsm.address("another")
    both = custodies.both

    def while_another_begins(*arguments, **options):
        custody = both(*arguments, **options)
        monkeypatch.setattr(custodies, "both", both)
        opened_to_move(stocked, other, ask=words, pin=pin()).close()
        return custody

    monkeypatch.setattr(custodies, "both", while_another_begins)
    with pytest.raises(MasterKeyChangedError):
        opened_to_move(stocked, address, ask=words, pin=pin())
    assert pointer(stocked.master_key) == other
    with opened(stocked) as inventory:
        rotate_all(inventory)
    check_moved(stocked, other)


def test_a_file_that_got_another_passphrase_meanwhile_is_removed_by_the_next_rotation(stocked, address):
    with closing(KeyFile(stocked.master_key)) as old:
        with opened_to_move(stocked, address, ask=words, pin=pin()) as inventory:
            old.change_passphrase(words)
            with pytest.raises(MasterKeyChangedError):
                rotate_all(inventory)
        move(stocked, address)
    check_moved(stocked, address)
