"""Measures the firmware's code on whatever interpreter runs this; prints one JSON object of rates a second."""

import json
import time

from dsc.app import pin
from dsc.app.digits import DigitEntry
from dsc.crypto import kdf, ocra
from dsc.ui import oled
from dsc.ui.canvas import Canvas

SECONDS = 1.5
KEY = bytes(range(32))


class Bus:
    """An I²C bus that takes everything at once."""

    def writeto(self, address, data):
        pass

    def readfrom_into(self, address, buffer):
        pass


class Token:
    """As much of a token as drawing its PIN screen takes."""

    def __init__(self):
        self.canvas = Canvas(oled.open_display(Bus()))

    def is_development(self):
        return True


def rate(action, batch):
    """Calls a second of `action`, which does `batch` units of work a call."""
    action()
    done, begun = 0, time.time_ns()
    while True:
        action()
        done += batch
        elapsed = time.time_ns() - begun
        if elapsed > SECONDS * 1_000_000_000:
            return done * 1_000_000_000 / elapsed


def responses(text):
    suite = ocra.Suite.parse(text)
    counter = 0 if suite.counter else None

    def some():
        for _ in range(20):
            ocra.respond(suite, KEY, "123457", counter=counter)

    return some


def pbkdf2():
    kdf.pbkdf2_sha256(b"4711", bytes(16), 500, 32)


def frames():
    token = Token()
    entry = DigitEntry(4)
    for key in "471":
        entry.add(key)

    def some():
        for _ in range(5):
            pin._draw(token, entry, True, "")

    return some


SUITES = ("OCRA-1:HOTP-SHA1-6:QN08", "OCRA-1:HOTP-SHA256-8:QN06", "OCRA-1:HOTP-SHA512-8:C-QN08")
measured = {"ocra " + text: rate(responses(text), 20) for text in SUITES}
measured["pbkdf2"] = rate(pbkdf2, 500)
measured["frames"] = rate(frames(), 5)
print(json.dumps(measured))
