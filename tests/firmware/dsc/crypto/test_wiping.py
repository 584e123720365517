"""Every buffer that held a key, or what follows from one, holds zeros when a computation is over.

The tests keep a hold of the very buffers that the code hashes or hands on, and look into them afterwards: taking one
`wipe` out of the code makes one of them fail.
"""

import gc
import hashlib

import pytest

from dsc.crypto import hashes, kdf, ocra, otp, seal
from dsc.crypto.memory import wipe

KEY = bytearray(b"\xa7" * 32)
SALT = bytes(16)


class Watch:
    """Collects buffers as they pass, with what they held then."""

    def __init__(self):
        self.seen = []

    def add(self, buffer):
        if isinstance(buffer, memoryview) and isinstance(buffer.obj, bytearray):
            buffer = buffer.obj
        if isinstance(buffer, bytearray) and any(buffer):
            self.seen.append((buffer, bytes(buffer)))

    def survivors(self, *allowed):
        """What is not zeros by now, but for the buffers that belong to the caller."""
        owned = {id(buffer) for buffer in allowed}
        return [buffer for buffer, _ in self.seen if any(buffer) and id(buffer) not in owned]


@pytest.fixture
def watch(monkeypatch):
    """Watches all that is hashed, and the three buffers of each HMAC key."""
    watch = Watch()

    def watched(constructor):
        class Watched:
            def __init__(self, data=b""):
                watch.add(data)
                self._hash = constructor(bytes(data))

            def update(self, data):
                watch.add(data)
                self._hash.update(data)

            def digest(self):
                return self._hash.digest()

        return Watched

    for name in hashes.CONSTRUCTORS:
        constructor = watched(getattr(hashlib, name.lower()))
        monkeypatch.setitem(hashes.CONSTRUCTORS, name, constructor)
    monkeypatch.setattr(hashlib, "sha256", hashes.CONSTRUCTORS["SHA256"])

    key_block = kdf._key_block

    def watched_key_block(*arguments):
        block = key_block(*arguments)
        watch.add(block)
        return block

    monkeypatch.setattr(kdf, "_key_block", watched_key_block)
    for name in ("hmac", "pbkdf2_sha256", "hkdf_extract", "hkdf_expand"):
        monkeypatch.setattr(kdf, name, _results_watched(watch, getattr(kdf, name)))
    return watch


def _results_watched(watch, function):
    def watched(*arguments, **named):
        result = function(*arguments, **named)
        watch.add(result)
        return result

    return watched


@pytest.mark.parametrize("algorithm", ["SHA1", "SHA256", "SHA512"])
@pytest.mark.parametrize("length", [20, 64, 200])
def test_hmac_wipes_the_key_block_and_both_pads(watch, algorithm, length):
    kdf.hmac_digest(algorithm, bytes(range(1, 1 + length)), b"message")
    assert len(watch.seen) == 3
    assert not watch.survivors()


def test_hmac_wipes_when_a_part_cannot_be_hashed(watch):
    with pytest.raises(TypeError):
        kdf.hmac_digest("SHA256", KEY, "text")
    assert len(watch.seen) == 2  # block and inner pad; the outer pad was never hashed
    assert not watch.survivors()


def test_hmac_wipes_on_a_full_heap_too(watch, monkeypatch):
    class Full(dict):
        def __getitem__(self, size):
            raise MemoryError

    monkeypatch.setattr(kdf, "ZEROS", Full())
    kdf.hmac_digest("SHA256", KEY, b"message")
    assert len(watch.seen) == 3
    assert not watch.survivors()


def test_key_blocks_are_wiped_when_there_is_no_memory_for_the_pads(watch, monkeypatch):
    def full(*_):
        raise MemoryError

    monkeypatch.setattr(kdf, "_masked", full)
    with pytest.raises(MemoryError):
        kdf.hmac_digest("SHA256", KEY, b"message")
    with pytest.raises(MemoryError):
        kdf.pbkdf2_sha256(KEY, SALT, 1, 32)
    assert len(watch.seen) == 2
    assert not watch.survivors()


@pytest.mark.parametrize("length", [20, 32, 100])
def test_hkdf_wipes_its_key_and_its_blocks(watch, length):
    material = bytearray(b"material")
    result = kdf.hkdf(material, b"salt", b"info", length)
    assert any(result)
    assert len(watch.seen) > 8
    assert not watch.survivors(material, result)


@pytest.mark.parametrize("length", [16, 32, 70])
def test_pbkdf2_wipes_pads_and_blocks(watch, monkeypatch, length):
    monkeypatch.setattr(kdf, "_iterated", _results_watched(watch, kdf._iterated))
    password = bytearray(b"48151623")
    result = kdf.pbkdf2_sha256(password, SALT, 5, length)
    assert len(watch.seen) > 10
    assert not watch.survivors(result)
    assert password == b"48151623"


def test_pbkdf2_wipes_all_when_progress_stops_it(watch, monkeypatch):
    outputs = Watch()
    real = kdf.wipe

    def watched_wipe(*buffers):
        for buffer in buffers:
            outputs.add(buffer)
        real(*buffers)

    monkeypatch.setattr(kdf, "wipe", watched_wipe)

    def stop(done):
        if done == 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kdf.pbkdf2_sha256(b"48151623", SALT, 300, 64, stop)
    assert not watch.survivors()
    assert 64 in [len(buffer) for buffer, held in outputs.seen if held.endswith(bytes(32))]
    assert not outputs.survivors()


def test_a_response_leaves_no_key_behind(watch):
    with_all = ocra.Suite.parse("OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1-S004-T1M")
    pin_hash = ocra.pin_digest(with_all, "48151623")
    session = bytearray(b"sess")
    ocra.respond(with_all, KEY, "12345678", counter=1, pin_hash=pin_hash, session=session, timestamp=60)
    assert not watch.survivors(pin_hash, session)
    assert pin_hash in [buffer for buffer, _ in watch.seen], "the PIN hash is hashed where it is"


def test_a_one_time_code_leaves_no_key_behind(watch):
    otp.hotp(KEY, 1)
    otp.totp(KEY, 59, algorithm="SHA512")
    assert len(watch.seen) == 6
    assert not watch.survivors()


@pytest.mark.parametrize(
    ("make", "typed"),
    [(seal.key_encryption_key, b"4815"), (seal.unlock_key_encryption_key, b"4815162342481516")],
)
def test_making_a_kek_wipes_pin_key_and_material(watch, monkeypatch, make, typed):
    monkeypatch.setattr(seal, "hkdf", _first_watched(watch, seal.hkdf))
    pin_key = bytearray(b"p" * 32)
    secret = bytearray(b"s" * 32)
    kek = make(typed, SALT, 1, secret, b"uid", lambda *_: pin_key)
    assert pin_key == bytes(32)
    assert secret == b"s" * 32
    assert b"p" * 32 + b"s" * 32 in [held for _, held in watch.seen]
    assert not watch.survivors(kek, secret)


def test_making_a_kek_wipes_when_the_board_cannot_derive(watch):
    def broken(*_):
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - any
        seal.key_encryption_key(b"4815", SALT, 1, bytearray(b"s" * 32), b"uid", broken)
    assert not watch.survivors()


def _first_watched(watch, function):
    def watched(first, *others):
        watch.add(first)
        return function(first, *others)

    return watched


def test_random_digits_wipe_what_was_drawn():
    drawn = []

    def source(n):
        drawn.append(bytearray(range(1, 1 + n)))
        return drawn[-1]

    seal.random_digits(source, 8)
    assert drawn == [bytearray(8)]


def test_random_digits_wipe_what_a_failing_source_filled(monkeypatch):
    wiped = []
    monkeypatch.setattr(seal, "wipe", lambda *buffers: (wiped.extend(map(bytes, buffers)), wipe(*buffers)))
    stream = iter([b"\x07", *[b"\xff"] * 200])
    with pytest.raises(seal.EntropyError):
        seal.random_digits(lambda n: next(stream), 4)
    assert b"7\x00\x00\x00" in wiped


def test_no_object_in_reach_holds_the_key_after_a_response():
    planted = bytearray(b"PLANTED-KEY-OF-THIRTY-TWO-BYTES!")
    suite = ocra.Suite.parse("OCRA-1:HOTP-SHA512-8:QN08")
    ocra.respond(suite, planted, "12345678")
    wipe(planted)
    gc.collect()
    for module in (hashes, kdf, ocra, otp, seal):
        for value in vars(module).values():
            assert not (isinstance(value, (bytes, bytearray)) and b"PLANTED-KEY" in bytes(value))
