"""The three hash functions of OCRA by their names in a suite: SHA1, SHA256, SHA512."""

import hashlib

from dsc.crypto.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_sha512: "Any" = getattr(hashlib, "sha512", None)
if _sha512 is None:
    from dsc.crypto.sha512 import Sha512

    _sha512 = Sha512

CONSTRUCTORS: "dict[str, Any]" = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": _sha512}
DIGEST_SIZE = {"SHA1": 20, "SHA256": 32, "SHA512": 64}  # bytes
BLOCK_SIZE = {"SHA1": 64, "SHA256": 64, "SHA512": 128}  # bytes


def constructor(name: str) -> "Any":
    """What makes a hash object of the function called `name`; raises InputError for a name that is not one."""
    found = CONSTRUCTORS.get(name)
    if found is None:
        raise InputError("hash", "must be SHA1, SHA256 or SHA512")
    return found


def new(name: str, data: bytes | bytearray | memoryview = b"") -> "Any":
    """A hash object that has taken `data` in already; it has `update(data)` and `digest()`.

    Call `digest()` once, last: MicroPython's objects are spent after it. Raises InputError for an unknown name.
    """
    return constructor(name)(data)
