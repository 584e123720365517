"""Master keys in a real PKCS#11 module: made and kept inside, and each way in which it can fail named."""

import sys
from dataclasses import replace
from pathlib import Path

import pkcs11
import pytest

from fakes.at_once import at_once
from fakes.soft_hsm import PIN, pin
from host_tools.inventory import custodies
from host_tools.inventory.custody import Place
from host_tools.inventory.errors import ForgottenKeyError, MissingMasterKeyError, UnwrapError
from host_tools.inventory.module_errors import (
    LockedModulePinError,
    LostModuleError,
    MissingLibraryError,
    MissingModuleError,
    ModuleFailureError,
    ModuleKeyThereError,
    ModuleTokenError,
    PinNeededError,
    StrangeModuleKeyError,
    UnfitModuleError,
    WrongModulePinError,
)
from host_tools.inventory.pkcs11_module import FINGERPRINT_BLOCK, Pkcs11Module

PLACE = Place("DS-1001", bytes(16), "login")
MECHANISMS = ("CKM_AES_GCM", "CKM_AES_ECB", "CKM_AES_KEY_GEN")
OTHER_KEY = (
    "session.generate_key(KeyType.AES, {bits}, id=bytes.fromhex('{id}'), label='master', store=True,"
    " capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,"
    " template={{Attribute.EXTRACTABLE: {extractable}, Attribute.SENSITIVE: True}})"
)


@pytest.fixture
def module(soft_hsm):
    made = Pkcs11Module.made(soft_hsm.address(), pin())
    yield made
    made.close()


def test_a_key_is_made_inside_and_does_not_come_out(module, soft_hsm):
    module.close()
    told = soft_hsm.elsewhere(
        "(key,) = keys\n"
        "for name in ('LOCAL', 'ALWAYS_SENSITIVE', 'NEVER_EXTRACTABLE', 'PRIVATE', 'WRAP', 'UNWRAP', 'DERIVE'):\n"
        "    print(key[Attribute[name]])\n"
        "print(key.key_length, key.id.hex())\n"
        "try:\n"
        "    key[Attribute.VALUE]\n"
        "except pkcs11.AttributeSensitive:\n"
        "    print('sensitive')\n"
    )
    assert told.split() == ["True"] * 4 + ["False"] * 3 + ["256", "00000001", "sensitive"]


def test_what_was_wrapped_comes_back_the_next_time(module, soft_hsm):
    wrapped, fingerprint = module.wrap(b"secret" * 4, PLACE, 1), module.fingerprint(1)
    module.close()
    again = Pkcs11Module(soft_hsm.address(), pin())
    assert again.fingerprint(1) == fingerprint
    assert again.unwrap(wrapped, PLACE) == b"secret" * 4
    again.close()


def test_the_fingerprints_block_is_none_that_gcm_encrypts():
    counter = int.from_bytes(FINGERPRINT_BLOCK[12:], "big")
    assert (len(FINGERPRINT_BLOCK), counter) == (16, 0)  # GCM's counters begin with 1
    assert any(FINGERPRINT_BLOCK)  # its hash key is made of zeros


def test_a_label_with_a_master_key_gets_no_other_one(module, soft_hsm):
    with pytest.raises(ModuleKeyThereError, match="take another label") as refused:
        Pkcs11Module.made(soft_hsm.address(), pin())
    assert refused.value.versions == (1,)
    assert module.wrap(b"x", PLACE, 1).version == 1  # the refused one has not logged out the other


def test_without_a_key_it_says_where_one_was_expected(soft_hsm):
    with pytest.raises(MissingMasterKeyError, match="pkcs11:token=station;object=master"):
        custodies.opened(soft_hsm.address(), None, pin())


def test_a_key_that_another_program_destroyed_is_forgotten(module, soft_hsm):
    wrapped = module.wrap(bytes(32), PLACE, 1)
    soft_hsm.elsewhere("keys[0].destroy()")
    with pytest.raises(ForgottenKeyError):
        module.wrap(bytes(32), PLACE, 1)
    with pytest.raises(ForgottenKeyError):
        module.unwrap(wrapped, PLACE)


def test_a_version_that_another_program_made_is_not_made_again_and_goes_with_the_others(module, soft_hsm):
    soft_hsm.elsewhere(OTHER_KEY.format(bits=256, id="00000002", extractable=False))
    assert module.add_version() == 3
    module.drop_versions(3)
    module.close()
    assert soft_hsm.elsewhere("print(*[key.id.hex() for key in keys])").split() == ["00000003"]


def test_nothing_is_destroyed_for_a_key_that_is_not_there_any_more(module, soft_hsm):
    assert module.add_version() == 2
    soft_hsm.elsewhere(
        "for key in keys:\n    if key[Attribute.ID][-1] == 2:\n        key.destroy()\nsession.close()"
    )
    with pytest.raises(ForgottenKeyError):
        module.drop_versions(2)
    assert module.versions() == (1,)
    assert soft_hsm.elsewhere("print(len(keys))").split() == ["1"]


def test_it_looks_again_at_what_is_there(module, soft_hsm):
    soft_hsm.elsewhere(OTHER_KEY.format(bits=256, id="00000002", extractable=False))
    assert module.versions() == (1,)
    module.refresh()
    assert module.versions() == (1, 2)


@pytest.mark.parametrize("given", ["", "sesame", PIN + "x", "\N{SNOWMAN}" * 300])
def test_a_wrong_pin_opens_nothing_and_is_in_no_error(soft_hsm, given):
    typed = bytearray(given.encode())
    with pytest.raises(WrongModulePinError) as refused:
        Pkcs11Module(soft_hsm.address(), lambda: typed)
    assert not refused.value.last_try
    assert not given or given not in str(refused.value)
    assert not any(typed)
    Pkcs11Module(soft_hsm.address(), pin()).close()


def test_a_pin_that_is_no_text_is_a_wrong_one(soft_hsm):
    with pytest.raises(WrongModulePinError) as refused:
        Pkcs11Module(soft_hsm.address(), lambda: bytearray(b"\xff\xfe"))
    assert refused.value.__cause__ is None


def test_without_anybody_to_ask_it_says_so(soft_hsm):
    with pytest.raises(PinNeededError):
        Pkcs11Module(soft_hsm.address())


def test_the_last_try_is_told(odd_hsm):
    odd_hsm.be("last try")
    with pytest.raises(WrongModulePinError, match="one more wrong PIN locks it") as refused:
        Pkcs11Module(odd_hsm.address(), pin("wrong"))
    assert refused.value.last_try


def test_a_pin_that_locks_is_told(odd_hsm):
    odd_hsm.be("locks")
    with pytest.raises(LockedModulePinError):
        Pkcs11Module(odd_hsm.address(), pin())


def test_a_token_that_is_locked_asks_for_no_pin(odd_hsm):
    odd_hsm.be("locked")
    with pytest.raises(LockedModulePinError):
        Pkcs11Module(odd_hsm.address(), lambda: pytest.fail("it asked"))


def test_the_nonce_that_a_module_chose_itself_is_kept(odd_hsm):
    odd_hsm.be("own nonce")
    module = Pkcs11Module.made(odd_hsm.address(), pin())
    one, two = module.wrap(b"secret" * 4, PLACE, 1), module.wrap(b"secret" * 4, PLACE, 1)
    assert one.nonce != two.nonce
    assert {one.nonce[1:], two.nonce[1:]} == {b"its own one"}
    assert module.unwrap(one, PLACE) == module.unwrap(two, PLACE) == b"secret" * 4
    module.close()


def test_a_module_that_hides_its_nonce_is_found_out_before_anything_is_lost(odd_hsm):
    module = Pkcs11Module.made(odd_hsm.address(), pin())
    odd_hsm.be("hidden nonce")
    with pytest.raises(UnfitModuleError, match="opens what it sealed"):
        module.wrap(bytes(32), PLACE, 1)
    module.close()


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_module_that_lacks_something_is_refused_before_a_pin_is_asked_for(soft_hsm, mechanism):
    soft_hsm.configure(slots_mechanisms=",".join(one for one in MECHANISMS if one != mechanism))
    with pytest.raises(UnfitModuleError) as refused:
        Pkcs11Module(soft_hsm.address(), lambda: pytest.fail("it asked"))
    assert [mechanism in lacking for lacking in refused.value.lacking] == [True]


def test_a_module_that_is_not_there_is_named(soft_hsm, tmp_path):
    with pytest.raises(MissingModuleError, match="no such file"):
        Pkcs11Module(replace(soft_hsm.address(), module=tmp_path / "x.so"), pin())
    (tmp_path / "text.so").write_text("not a library")
    with pytest.raises(MissingModuleError, match=r"text\.so"):
        Pkcs11Module(replace(soft_hsm.address(), module=tmp_path / "text.so"), pin())


def test_a_token_that_is_not_there_is_told_with_those_that_are(soft_hsm):
    soft_hsm.add_token("other")
    with pytest.raises(ModuleTokenError, match="no such token") as refused:
        Pkcs11Module(soft_hsm.address(token="statoin"), pin())
    assert sorted(refused.value.present) == ["other", "station"]
    with pytest.raises(ModuleTokenError):
        Pkcs11Module(replace(soft_hsm.address(), model="another model"), pin())


def test_of_two_tokens_with_one_label_the_serial_decides(soft_hsm):
    soft_hsm.add_token("station")
    with pytest.raises(ModuleTokenError, match="several tokens fit") as refused:
        Pkcs11Module(soft_hsm.address(), pin())
    for serial in refused.value.fitting:
        address = replace(soft_hsm.address(), token=None, serial=serial)
        Pkcs11Module.made(address, pin()).close()
    assert len(set(refused.value.fitting)) == 2


def test_a_lost_session_is_named_and_the_next_opening_has_a_new_one(module, soft_hsm):
    wrapped = module.wrap(b"secret" * 4, PLACE, 1)
    pkcs11.lib(str(soft_hsm.module)).reinitialize()
    with pytest.raises(LostModuleError, match="plug the token in"):
        module.unwrap(wrapped, PLACE)
    with pytest.raises((LostModuleError, ModuleFailureError)):
        module.wrap(bytes(32), PLACE, 1)
    again = Pkcs11Module(soft_hsm.address(), pin())
    assert again.unwrap(wrapped, PLACE) == b"secret" * 4
    module.close()
    assert again.unwrap(wrapped, PLACE) == b"secret" * 4
    again.close()


def test_a_module_that_fails_is_no_changed_key(module, soft_hsm):
    wrapped = module.wrap(bytes(32), PLACE, 1)
    soft_hsm.unplug()
    with pytest.raises((ModuleFailureError, LostModuleError)) as refused:
        module.unwrap(wrapped, PLACE)
    assert not isinstance(refused.value, UnwrapError)


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ({"bits": 128, "id": "00000002", "extractable": False}, "AES-256"),
        ({"bits": 256, "id": "0002", "extractable": False}, "4 bytes"),
        ({"bits": 256, "id": "00000002", "extractable": True}, "may leave the module"),
        ({"bits": 256, "id": "00000001", "extractable": False}, "two keys are version 1"),
    ],
)
def test_a_key_that_somebody_put_beside_ours_is_refused(module, soft_hsm, key, reason):
    module.close()
    soft_hsm.elsewhere(OTHER_KEY.format(**key))
    with pytest.raises(StrangeModuleKeyError, match=reason):
        Pkcs11Module(soft_hsm.address(), pin())


def test_a_new_key_beside_a_strange_one_is_taken_back(module, soft_hsm):
    soft_hsm.elsewhere(OTHER_KEY.format(bits=128, id="00000002", extractable=False))
    with pytest.raises(StrangeModuleKeyError):
        module.add_version()
    module.close()
    assert soft_hsm.elsewhere("print(len(keys))") == "2\n"


def test_one_process_logs_in_once_and_out_with_the_last_who_uses_it(module, soft_hsm):
    second = Pkcs11Module(soft_hsm.address(), lambda: pytest.fail("it asked"))
    wrapped = module.wrap(bytes(32), PLACE, 1)
    module.close()
    assert second.unwrap(wrapped, PLACE) == bytes(32)
    second.close()
    with pytest.raises(PinNeededError):
        Pkcs11Module(soft_hsm.address())


def test_threads_use_it_one_after_the_other(module):
    def both_ways(number: int) -> None:
        for _ in range(30):
            assert module.unwrap(module.wrap(bytes([number]) * 32, PLACE, 1), PLACE) == bytes([number]) * 32

    at_once(both_ways, range(4))


def test_without_its_library_it_says_how_to_get_it(soft_hsm, monkeypatch):
    monkeypatch.setitem(sys.modules, "host_tools.inventory.pkcs11_module", None)
    monkeypatch.delitem(sys.modules, "host_tools.inventory.pkcs11_module")
    monkeypatch.delitem(sys.modules, "host_tools.inventory.module_login", raising=False)
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(MissingLibraryError, match='extra "hsm"'):
        custodies.opened(soft_hsm.address(), None, pin())


def test_its_repr_is_the_address(module, soft_hsm):
    assert repr(module) == f"Pkcs11Module({str(soft_hsm.address())!r})"
    assert module.where(1) == str(soft_hsm.address())
    assert Path(soft_hsm.address().module).name in repr(module)
