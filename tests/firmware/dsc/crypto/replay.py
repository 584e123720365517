"""Replays the published vectors of tests/vectors against dsc.crypto; runs on CPython and on MicroPython.

As a program: `replay.py FIRMWARE VECTORS [--slow]` prints one line a file and exits 1 if any vector fails. Vectors that
hash more than 100,000 times or bytes take minutes on MicroPython and are left out without --slow.

A vector file is {"source", "kind", "shape", "vectors": [...]}; the kind names the function here that replays one
vector of it, and returns (what was computed, what was published).
"""

import json
import os
import sys

SLOW = 100000


def _bytes(vector, name):
    return bytes.fromhex(vector[name]) if vector.get(name) is not None else None


def ocra(vector):
    from dsc.crypto.ocra import Suite, mutual, pin_digest, respond

    suite = Suite.parse(vector["suite"])
    inputs = {
        "counter": vector.get("counter"),
        "pin_hash": _bytes(vector, "pin_hash"),
        "session": _bytes(vector, "session"),
        "timestamp": vector.get("timestamp"),
    }
    if vector.get("pin") is not None and bytes(pin_digest(suite, vector["pin"])) != inputs["pin_hash"]:
        return "another PIN hash", vector["pin_hash"]
    if "first" in vector:
        return mutual(suite, _bytes(vector, "key"), vector["first"], vector["second"], **inputs), vector[
            "response"
        ]
    return respond(suite, _bytes(vector, "key"), vector["question"], **inputs), vector["response"]


def hotp(vector):
    from dsc.crypto.otp import hotp

    code = hotp(_bytes(vector, "key"), vector["counter"], vector["digits"], vector["algorithm"])
    return code, vector["code"]


def totp(vector):
    from dsc.crypto.otp import totp

    code = totp(
        _bytes(vector, "key"),
        vector["timestamp"],
        vector["digits"],
        vector["algorithm"],
        vector["step"],
        vector["start"],
    )
    return code, vector["code"]


def hmac(vector):
    from dsc.crypto.kdf import hmac

    digest = hmac(vector["algorithm"], _bytes(vector, "key"), _bytes(vector, "data")).hex()
    return digest[: 2 * vector.get("kept", 64)], vector["digest"]


def hkdf(vector):
    from dsc.crypto.kdf import hkdf, hkdf_extract

    prk = hkdf_extract(_bytes(vector, "salt"), _bytes(vector, "ikm")).hex()
    okm = hkdf(_bytes(vector, "ikm"), _bytes(vector, "salt"), _bytes(vector, "info"), vector["length"]).hex()
    return (prk, okm), (vector["prk"], vector["okm"])


def pbkdf2(vector):
    from dsc.crypto.kdf import pbkdf2_sha256

    output = pbkdf2_sha256(
        _bytes(vector, "password"), _bytes(vector, "salt"), vector["rounds"], vector["length"]
    )
    return output.hex(), vector["output"]


def sha512(vector):
    from dsc.crypto.sha512 import Sha512

    digest = Sha512()
    message = _bytes(vector, "message")
    for _ in range(vector["repeat"]):
        digest.update(message)
    return digest.digest().hex(), vector["digest"]


def hmac_drbg(vector):
    from dsc.crypto.drbg import HmacDrbg

    pool = HmacDrbg()
    pool.mix(_bytes(vector, "entropy"), _bytes(vector, "nonce"))
    for material in vector["mixed"]:
        if material:
            pool.mix(bytes.fromhex(material))
        drawn = pool.read(len(vector["returned"]) // 2)
    return drawn.hex(), vector["returned"]


KINDS = {
    "ocra": ocra,
    "hotp": hotp,
    "totp": totp,
    "hmac": hmac,
    "hkdf": hkdf,
    "pbkdf2": pbkdf2,
    "sha512": sha512,
    "hmac_drbg": hmac_drbg,
}


def slow(vector):
    return vector.get("repeat", 0) > SLOW


def main(vectors, with_slow):
    failed = 0
    for name in sorted(os.listdir(vectors)):
        if not name.endswith(".json"):
            continue
        with open(vectors + "/" + name) as file:
            content = json.load(file)
        replay = KINDS.get(content.get("kind"))
        if replay is None:
            continue
        done = 0
        for vector in content["vectors"]:
            if slow(vector) and not with_slow:
                continue
            computed, published = replay(vector)
            done += 1
            if computed != published:
                failed += 1
                print(name, "vector", done, "computed", computed, "published", published)
        print(name, done, "vectors replayed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    sys.exit(main(sys.argv[2], "--slow" in sys.argv))
