"""Answers OCRA, HOTP and TOTP requests on any interpreter: one JSON object a line in, one out.

The host has parsed each line before (host_tools/engines/requests.py): here it is JSON for certain.
"""

import json
import sys

from dsc.crypto import ocra, otp
from dsc.crypto.errors import CryptoError
from dsc.crypto.memory import wipe


class RequestError(Exception):
    """A request is not of the documented form."""


def answer(request, default_kind: str = "ocra") -> str:  # type: ignore[no-untyped-def]
    """The code for one request, a dict; absent and null mean unused.

    `kind` is "ocra", "mutual", "hotp" or "totp". Byte strings are hex. OCRA takes `suite key question
    counter pin pin_hash session timestamp`; mutual `first second` in place of `question`; HOTP `key counter
    digits algorithm`; TOTP `key timestamp digits algorithm step start`.
    Raises RequestError, or the CryptoError of the primitive.
    """
    if not isinstance(request, dict):
        raise RequestError("a request is a JSON object")
    kind = request.get("kind") or default_kind
    if kind not in _FIELDS:
        raise RequestError(f"kind {kind!r} is none of {', '.join(sorted(_FIELDS))}")
    for name in request:
        if name != "kind" and name not in _FIELDS[kind]:
            raise RequestError(f"{name!r} is no field of kind {kind}; allowed: {', '.join(_FIELDS[kind])}")
    key = _hex(request, "key")
    if key is None:
        raise RequestError("key is missing")
    try:
        if kind in ("hotp", "totp"):
            return _one_time_code(kind, request, key)
        return _ocra(kind, request, key)
    finally:
        wipe(key)


_FIELDS = {
    "ocra": ("suite", "key", "question", "counter", "pin", "pin_hash", "session", "timestamp"),
    "mutual": ("suite", "key", "first", "second", "counter", "pin", "pin_hash", "session", "timestamp"),
    "hotp": ("key", "counter", "digits", "algorithm"),
    "totp": ("key", "timestamp", "digits", "algorithm", "step", "start"),
}


def _ocra(kind: str, request, key: bytearray) -> str:  # type: ignore[no-untyped-def]
    suite = ocra.Suite.parse(_required(request, "suite"))
    pin_hash = _hex(request, "pin_hash")
    pin = request.get("pin")
    if pin is not None:
        if pin_hash is not None:
            raise RequestError("pin and pin_hash exclude each other")
        if not isinstance(pin, str):
            raise RequestError("pin is not text")
        pin_hash = ocra.pin_digest(suite, pin.encode())
    inputs = {
        "counter": request.get("counter"),
        "pin_hash": pin_hash,
        "session": _hex(request, "session"),
        "timestamp": request.get("timestamp"),
    }
    if kind == "mutual":
        return ocra.mutual(suite, key, _required(request, "first"), _required(request, "second"), **inputs)
    return ocra.respond(suite, key, _required(request, "question"), **inputs)


def _one_time_code(kind: str, request, key: bytearray) -> str:  # type: ignore[no-untyped-def]
    options = {}
    for name in ("digits", "algorithm", "step", "start"):
        if request.get(name) is not None:
            options[name] = request[name]
    moving = _required(request, "counter" if kind == "hotp" else "timestamp")
    return (otp.hotp if kind == "hotp" else otp.totp)(key, moving, **options)


def _required(request, name: str):  # type: ignore[no-untyped-def]
    if request.get(name) is None:
        raise RequestError(f"{name} is missing")
    return request[name]


def _hex(request, name: str) -> bytearray | None:  # type: ignore[no-untyped-def]
    text = request.get(name)
    if text is None:
        return None
    if not isinstance(text, str) or len(text) % 2 or text.strip("0123456789abcdefABCDEF"):
        raise RequestError(f"{name} is not hex: an even number of characters 0-9, a-f")
    return bytearray(bytes.fromhex(text))


def run(default_kind: str) -> None:
    """Serve the standard input until it ends."""
    while True:
        line = sys.stdin.readline()
        if not line:
            return
        if not line.strip():
            continue
        try:
            reply = {"response": answer(json.loads(line), default_kind)}
        except (RequestError, CryptoError) as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        except Exception as error:  # noqa: BLE001 - one bad line must not end the batch
            reply = {"error": type(error).__name__}
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    run(sys.argv[1] if len(sys.argv) > 1 else "ocra")
