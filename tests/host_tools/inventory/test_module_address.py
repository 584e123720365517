"""A PKCS#11 URI as the address of a master key: what is read, what is refused, and what is not repeated."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.inventory.module_address import ModuleAddress
from host_tools.inventory.module_errors import ModuleAddressError

PRINTABLE = st.text(min_size=1, max_size=20).filter(str.isprintable)


def test_an_address_is_read():
    assert ModuleAddress.parse("pkcs11:token=My%20token;object=master?module-path=/lib/p11.so") == (
        ModuleAddress(Path("/lib/p11.so"), "master", "My token")
    )


def test_a_token_may_be_told_by_its_serial_and_maker():
    found = ModuleAddress.parse(
        "pkcs11:serial=0a1b;manufacturer=ACME;model=v2;object=k;type=secret-key?module-path=/lib/p11.so"
    )
    assert found == ModuleAddress(Path("/lib/p11.so"), "k", None, "0a1b", "ACME", "v2")


@given(PRINTABLE, PRINTABLE, PRINTABLE)
def test_what_is_written_reads_the_same(label, token, name):
    address = ModuleAddress(Path("/lib") / name.replace("/", "_"), label, token)
    assert ModuleAddress.parse(str(address)) == address


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("pkcs12:token=a;object=b?module-path=/x", "begin with pkcs11:"),
        ("pkcs11:token=a;object=b", "module-path"),
        ("pkcs11:token=a;object=b?module-path=x.so", "whole path"),
        ("pkcs11:token=a?module-path=/x", "object"),
        ("pkcs11:object=a?module-path=/x", "token"),
        ("pkcs11:token=a;token=b;object=c?module-path=/x", "token must have one value"),
        ("pkcs11:token;object=c?module-path=/x", "token must have one value"),
        ("pkcs11:token=;object=c?module-path=/x", "value of token is empty"),
        ("pkcs11:token=%zz;object=c?module-path=/x", "value of token"),
        ("pkcs11:token=%ff;object=c?module-path=/x", "value of token"),
        ("pkcs11:token=a%0a;object=c?module-path=/x", "value of token"),
        ("pkcs11:token=a;object=c;slot-id=1?module-path=/x", "only token, serial"),
        ("pkcs11:token=a;object=c?module-path=/x&module-name=y", "only module-path"),
    ],
)
def test_what_is_no_address_is_refused_with_the_reason(text, reason):
    with pytest.raises(ModuleAddressError, match=reason):
        ModuleAddress.parse(text)


@pytest.mark.parametrize("field", ["pin-value=4711", "pin-source=/4711"])
def test_a_pin_in_an_address_is_refused_and_not_repeated(field):
    with pytest.raises(ModuleAddressError, match="PIN does not belong") as refused:
        ModuleAddress.parse(f"pkcs11:token=a;object=b?module-path=/x&{field}")
    assert "4711" not in str(refused.value)
