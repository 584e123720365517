"""What python-pskc made of the values of a key file: which are encrypted, in which cipher, and which have a MAC.

Whether it takes a value as encrypted depends on what stood before it in the file, so it is looked up and not told from
the file.
"""

from __future__ import annotations

import re
from typing import Final

from pskc import PSKC
from pskc.key import EncryptedValue, Key

from host_tools.station.files.errors import MacError
from host_tools.station.files.pskc_layout import Layout

_FIELDS: Final = ("secret", "counter", "time_offset", "time_interval", "time_drift")
_KEY_WRAP: Final = re.compile(r".*#kw-[a-z0-9]+", re.ASCII | re.DOTALL)


def is_encrypted(key: Key, field: str) -> bool:
    """Whether what python-pskc gives as this field comes out of a decryption."""
    return isinstance(vars(key).get(f"_{field}"), EncryptedValue)


def encrypted_values(key: Key) -> list[EncryptedValue]:
    """All that are, of one key."""
    return [vars(key)[f"_{field}"] for field in _FIELDS if is_encrypted(key, field)]


def any_encrypted(pskc: PSKC) -> bool:
    """Whether any value of the file is."""
    return any(encrypted_values(key) for key in pskc.keys)


def ciphers_have_check(pskc: PSKC) -> bool:
    """Whether every encrypted value is in a cipher with a check of its own, as key wrap has, and no other here."""
    return all(
        _KEY_WRAP.fullmatch(value.algorithm or pskc.encryption.algorithm or "")
        for key in pskc.keys
        for value in encrypted_values(key)
    )


def check_macs_are_there(pskc: PSKC, layout: Layout, length: int) -> None:
    """Raise MacError unless every encrypted value has a MAC, of this length in bytes, and nothing else has one.

    python-pskc skips a MAC that is empty, and one beside a value that it takes as given in clear.
    """
    for key, place in zip(pskc.keys, layout.places, strict=True):
        macs = [value.mac_value or b"" for value in encrypted_values(key)]
        if not all(macs):
            raise MacError(f"line {place.line}", "a value has no MAC, and others have")
        if len(macs) != place.macs:
            raise MacError(f"line {place.line}", "there is a MAC that nothing checks")
        if any(len(mac) != length for mac in macs):
            raise MacError(f"line {place.line}", "a MAC is not as long as those of its kind")
