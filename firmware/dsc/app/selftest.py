"""Known answers of every primitive in use, checked at power-on."""

from dsc.crypto import hashes, kdf, ocra, otp, seal
from dsc.crypto.memory import equal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dsc.hal import Kdf

SEED = b"12345678901234567890"  # the test key of RFC 4226 appendix D and RFC 6287 appendix C


def failures(board_kdf: "Kdf") -> list[str]:
    """The names of the primitives that gave a wrong answer or none; empty if all is well.

    `board_kdf` is what stretches the PIN on this board: one that gave the same key for every PIN would seal and
    open without anybody noticing.
    """

    def board_pbkdf2() -> bool:
        return _known_pbkdf2(board_kdf.pbkdf2_sha256)

    failed = []
    for name, check in CHECKS + (("PBKDF2", board_pbkdf2),):
        try:
            passed = check()
        except Exception:  # noqa: BLE001 - whatever a broken primitive raises, its name goes on the screen
            passed = False
        if not passed:
            failed.append(name)
    return failed


def _digest(name: str, expected: str) -> bool:
    digest = hashes.new(name)
    digest.update(b"abc")
    return equal(digest.digest(), bytes.fromhex(expected))


def _sha1() -> bool:  # FIPS 180-4 example
    return _digest("SHA1", "a9993e364706816aba3e25717850c26c9cd0d89d")


def _sha256() -> bool:  # FIPS 180-4 example
    return _digest("SHA256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")


def _sha512() -> bool:  # FIPS 180-4 example
    return _digest(
        "SHA512",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    )


def _hmac() -> bool:  # RFC 4231 section 4.3
    return equal(
        kdf.hmac("SHA256", b"Jefe", b"what do ya want for nothing?"),
        bytes.fromhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    )


def _hkdf() -> bool:  # RFC 5869 appendix A.1
    return equal(
        kdf.hkdf(bytes([0x0B]) * 22, bytes(range(13)), bytes(range(0xF0, 0xFA)), 42),
        bytes.fromhex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"),
    )


def _known_pbkdf2(pbkdf2: "Callable[..., bytearray]") -> bool:
    # RFC 7914 section 11; and RFC 6070's second input, since a board may do the first round in another place.
    return equal(
        pbkdf2(b"passwd", b"salt", 1, 64),
        bytes.fromhex(
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
            "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
        ),
    ) and equal(
        pbkdf2(b"password", b"salt", 2, 32),
        bytes.fromhex("ae4d0c95af6b46d32d0adff928f06dd02a303f8ef3c251dfd6e2d85a95474c43"),
    )


def _hotp() -> bool:  # RFC 4226 appendix D
    return otp.hotp(SEED, 0) == "755224"


def _ocra() -> bool:  # RFC 6287 appendix C.1
    return ocra.respond(ocra.Suite.parse("OCRA-1:HOTP-SHA1-6:QN08"), SEED, "00000000") == "237653"


def _seal() -> bool:  # what is sealed opens again, and with another key-encryption key to something else
    kek, other, dek = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))
    sealed = seal.seal_dek(dek, kek)
    return equal(seal.open_dek(sealed, kek), dek) and not equal(seal.open_dek(sealed, other), dek)


CHECKS = (
    ("SHA-1", _sha1),
    ("SHA-256", _sha256),
    ("SHA-512", _sha512),
    ("HMAC", _hmac),
    ("HKDF", _hkdf),
    ("HOTP", _hotp),
    ("OCRA", _ocra),
    ("SEAL", _seal),
)
