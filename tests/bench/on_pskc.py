"""Keys out into a PSKC file and back in, beside plain python-pskc with the same keys and fields in the same run."""

import hashlib
import io
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from figure import Figure
from pskc import PSKC

from host_tools.inventory import Inventory, Location, NewCredential
from host_tools.inventory.exporting import exported_keys, serials_in
from host_tools.inventory.importing import ImportedKey, record_imported
from host_tools.station.files.importing import read_key_file, take_in
from host_tools.station.files.protection import Protection
from host_tools.station.files.pskc_reader import read_pskc
from host_tools.station.files.pskc_writer import pskc_file
from host_tools.station.files.writing import write_key_file

KEYS = 10_000
PRESHARED = bytes(range(16))
SUITE = "OCRA-1:HOTP-SHA256-8:QN06"
PLAIN = "plain python-pskc"


class Stopwatch:
    """Processor time of this process: what else the machine does is not in it."""

    seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measure what is done inside."""
        begun = time.process_time()
        yield
        self.seconds = time.process_time() - begun


def protection() -> Protection:
    return Protection(key=bytearray(PRESHARED))


def key_of(number: int) -> bytes:
    return hashlib.sha256(b"bench %d" % number).digest()


def stock(folder: Path, count: int) -> Inventory:
    """An inventory with as many sealed tokens."""
    inventory = Inventory.open(Location.inside(folder))
    made = []
    for number in range(count):
        key = key_of(number)
        credential = NewCredential(id=key[:16], label="Login", key=bytearray(key), login_suite=SUITE)
        made.append(ImportedKey(f"B-{number:07d}", "picodsc", "pico", credential))
    assert all(error is None for _, error in record_imported(inventory, made))
    return inventory


def plain_write(count: int) -> bytes:
    """The file that python-pskc makes by itself, with the fields that ours has."""
    container = PSKC()
    container.encryption.setup_preshared_key(key=PRESHARED, algorithm="aes128-cbc")
    container.mac.algorithm = "hmac-sha1"
    for number in range(count):
        key = key_of(number)
        container.add_key(
            manufacturer="picodsc",
            serial=f"B-{number:07d}",
            model="pico",
            id=key[:16].hex(),
            algorithm="urn:ietf:params:xml:ns:keyprov:pskc:ocra",
            issuer="picodsc",
            friendly_name="Login",
            secret=key,
            algorithm_suite=SUITE,
            challenge_encoding="DECIMAL",
            challenge_min_length=6,
            challenge_max_length=6,
            challenge_check=False,
            response_encoding="DECIMAL",
            response_length=8,
            response_check=False,
        )
    out = io.BytesIO()
    container.write(out)
    return out.getvalue()


def plain_read(content: bytes) -> list[bytes]:
    """Every key of a file, decrypted, its MAC checked."""
    container = PSKC(io.BytesIO(content))
    container.encryption.key = PRESHARED
    return [key.secret for key in container.keys]


def figures(count: int = KEYS) -> Iterator[Figure]:
    """Processor seconds for that many keys, each way and beside python-pskc."""
    wanted = [key_of(number) for number in range(count)]
    watch = Stopwatch()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with watch.running():
            theirs = plain_write(count)
        plain = watch.seconds
        path = folder / "keys.pskc"
        with stock(folder / "here", count) as inventory:
            with exported_keys(inventory, serials_in(inventory)) as (keys, _), watch.running():
                ours = pskc_file(keys, protection())
            yield Figure(f"{count:,} keys into a file", watch.seconds, "s", PLAIN, plain)
            with watch.running(), exported_keys(inventory, serials_in(inventory)) as (keys, _):
                write_key_file(inventory, path, keys, "pskc", pskc_file(keys, protection()))
            yield Figure("the same out of the inventory, audited", watch.seconds, "s", PLAIN, plain)
        for content in (theirs, ours):
            with watch.running():
                found = plain_read(content)
            assert found == wanted
        plain = watch.seconds
        with watch.running():
            reading = read_pskc(ours, protection())
        assert [bytes(key.credential.key) for key in reading.keys] == wanted
        reading.close()
        yield Figure(f"{count:,} keys out of that file", watch.seconds, "s", PLAIN, plain)
        with Inventory.open(Location.inside(folder / "there")) as inventory:
            with watch.running(), read_key_file(path, protection()) as reading:
                taken = take_in(inventory, reading)
            assert len(taken.keys) == count
            yield Figure("the same into an inventory, audited", watch.seconds, "s", PLAIN, plain)
    yield Figure("the file", len(ours) / count, "bytes/key", PLAIN, len(theirs) / count)
