"""The firmware with a window into its memory: on request it reports which secrets any of its objects holds.

Arguments: the folder where requests arrive and reports go, then any of

    negligent           nothing is ever overwritten
    hoarding            no bytearray is ever freed, as if memory were never used again
    failing=MODULE.NAME that function raises an unforeseen error after the self-test
    entropy=NAME        the 64 bytes that the firmware draws for a new token are SHAKE-256 of NAME

A request names each secret by its length, its first two bytes and a salted digest, so that the probe holds none
itself. CPython only.
"""

import bisect
import builtins
import collections
import gc
import hashlib
import importlib
import json
import os
import sys

FOLDER = sys.argv[1]
OPTIONS = dict(argument.partition("=")[::2] for argument in sys.argv[2:])
REQUEST = os.path.join(FOLDER, "request.json")
REPORT = os.path.join(FOLDER, "report.json")
MOST_DIGITS = 10**10  # a PIN written as a number is below this; addresses and hashes are above
ADDRESS_BYTES = range(5, 9)  # of the integers that are addresses and hashes, and change from run to run
LEAST_IN_ADDRESS = 6  # bytes: a shorter pattern turns up among all those by chance
SEPARATOR = b"\x00\xff\x00\xff"

plain = bytearray
hoard = []


class Kept(bytearray):
    """A bytearray that outlives its last user, and whose copies do."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        hoard.append(self)

    def __getitem__(self, index):
        item = super().__getitem__(index)
        return Kept(item) if isinstance(index, slice) else item

    def __add__(self, other):
        return Kept(super().__add__(other))

    def translate(self, *arguments):
        """The method that the firmware calls as a function, on plain ones as well."""
        return Kept(plain.translate(self, *arguments))


class NoZeros(dict):
    """Stands for the store of zeros, and never has any at hand, so that all overwriting is `wipe`'s."""

    def __getitem__(self, size):
        raise MemoryError


def everything():
    """All objects that the collector knows, or that they, a module or a running function refer to."""
    waiting = gc.get_objects()
    waiting += sys.modules.values()
    frame = sys._getframe(2)
    while frame:
        waiting += frame.f_locals.values()
        waiting.append(frame)
        frame = frame.f_back
    seen = set()
    found = []
    while waiting:
        thing = waiting.pop()
        if id(thing) not in seen:
            seen.add(id(thing))
            found.append(thing)
            waiting += gc.get_referents(thing)
    return found


def contents(thing):
    """The bytes that an object can be read as, each way."""
    if isinstance(thing, str):
        return [thing.encode("utf-8", "surrogatepass")]
    if isinstance(thing, bool):
        return []
    if isinstance(thing, int):
        size = (thing.bit_length() + 7) // 8
        number = abs(thing)
        written = [str(number).encode()] if number < MOST_DIGITS else []
        return [*written, number.to_bytes(size, "big"), number.to_bytes(size, "little")]
    if isinstance(thing, dict):
        return sequence(thing) + sequence(thing.values())
    if isinstance(thing, (list, tuple, set, frozenset, collections.deque)):
        return sequence(thing)
    try:
        return [memoryview(thing).tobytes()]
    except (TypeError, ValueError, BufferError):
        return []


def sequence(things):
    """Small numbers as bytes, single characters as text, also where they are the last of a tuple."""
    last = [thing[-1] if isinstance(thing, tuple) and thing else thing for thing in things]
    numbers = bytes([thing for thing in last if type(thing) is int and 0 <= thing < 256])
    characters = "".join([thing for thing in last if isinstance(thing, str) and len(thing) == 1])
    return [numbers, characters.encode("utf-8", "surrogatepass")]


def is_address(thing):
    """Whether an integer has the size of an address."""
    return isinstance(thing, int) and (thing.bit_length() + 7) // 8 in ADDRESS_BYTES


def search(request):
    """Which of the patterns are in memory, and in objects of what type."""
    starts, types, pieces, position = [], [], [], 0
    for thing in everything():
        for piece in contents(thing):
            if len(piece) > 1:
                starts.append(position)
                types.append("address" if is_address(thing) else type(thing).__name__)
                pieces.append(piece)
                position += len(piece) + len(SEPARATOR)
    memory = SEPARATOR.join(pieces)
    salt, patterns = request
    found = {}
    for name, head, length, digest in patterns:
        place = memory.find(head)
        while place >= 0:
            if hashlib.sha256(salt + memory[place : place + length]).digest() == digest:
                holder = types[bisect.bisect_right(starts, place) - 1]
                if holder != "address" or length >= LEAST_IN_ADDRESS:
                    found.setdefault(name, set()).add(holder)
            place = memory.find(head, place + 1)
    return {name: sorted(holders) for name, holders in found.items()}


def described(request):
    """The salt and the patterns, as bytes: so much hexadecimal text would have six given digits in it by chance."""
    patterns = [
        (pattern["name"], bytes.fromhex(pattern["head"]), pattern["length"], bytes.fromhex(pattern["digest"]))
        for pattern in request["patterns"]
    ]
    return bytes.fromhex(request["salt"]), patterns


def serve():
    """Answer a request, if there is one."""
    if os.path.exists(REQUEST):
        with open(REQUEST) as file:
            request = described(json.load(file))
        os.remove(REQUEST)
        report = search(request)
        with open(REPORT, "w") as file:
            json.dump(report, file)


def before(owner, name, action):
    """Let `action` run whenever owner.name is called, before it does anything."""
    original = getattr(owner, name)

    def wrapped(*arguments, **options):
        action()
        return original(*arguments, **options)

    setattr(owner, name, wrapped)


if "hoarding" in OPTIONS:
    builtins.bytearray = Kept
if "negligent" in OPTIONS:
    from dsc.crypto import memory as firmware_memory

    firmware_memory.wipe = lambda *buffers: None
    firmware_memory.ZEROS = NoZeros()

from dsc.app import selftest  # noqa: E402
from simulated import board, host, main  # noqa: E402 - after what they are to run with

before(host.Host, "take_commands", serve)
before(board.Power, "reset", serve)

if "entropy" in OPTIONS:
    operating_system = board.Entropy.read

    def read(self, length):
        """Known bytes for a new token; the keypad's scans draw less at a time."""
        if length == 64:
            return bytearray(hashlib.shake_256(OPTIONS["entropy"].encode()).digest(length))
        return operating_system(self, length)

    board.Entropy.read = read

if "failing" in OPTIONS:
    tests = selftest.failures

    def failures(board_kdf):
        """Pass the self-test, then break what was named."""
        failed = tests(board_kdf)
        module, _, name = OPTIONS["failing"].rpartition(".")

        def unforeseen(*arguments, **options):
            raise RuntimeError("unforeseen")

        setattr(importlib.import_module(module), name, unforeseen)
        return failed

    selftest.failures = failures

main.run()
