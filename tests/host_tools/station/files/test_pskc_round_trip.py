"""What we write as PSKC is read by python-pskc, by pskctool, and by ourselves; nothing is lost on the way."""

import base64
import io
import os
import re
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pskc import PSKC

from host_tools.inventory import Credential
from host_tools.inventory.exporting import ExportedKey
from host_tools.inventory.rows import normalised_label
from host_tools.station.files import pskc_writer
from host_tools.station.files.protection import Protection
from host_tools.station.files.pskc_reader import read_pskc
from host_tools.station.files.pskc_writer import pskc_file

KEY = bytes(range(16))
SUITES = [
    "OCRA-1:HOTP-SHA256-8:QN06",
    "OCRA-1:HOTP-SHA1-6:C-QN08",
    "OCRA-1:HOTP-SHA512-0:QH40-T1M",
    "OCRA-1:HOTP-SHA256-10:QA10",
    "HOTP-SHA1-6",
    "HOTP-SHA512-8",
    "TOTP-SHA256-8-T30S",
    "TOTP-SHA1-6-T2M",
]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Fewer rounds; how many there are is in the file."""
    monkeypatch.setattr(pskc_writer, "ITERATIONS", 1000)


def exported(serial, suite, key, label="Bank", counter=0, possession_only=None):
    kind = suite[:4].lower()
    credential = Credential(
        serial, os.urandom(16), label, kind, suite, None, None, counter, 0, possession_only=possession_only
    )
    return ExportedKey(credential, "picodsc", "pico", bytearray(key))


# XML's parsers trim what stands at the ends; labels are printable, and in the form that the inventory keeps them in.
labels = (
    st.from_regex(r"[^\W_](?:[\w &<>'\"ß日]{0,20}[^\W_])?", fullmatch=True)
    .map(normalised_label)
    .filter(str.isprintable)
)


@st.composite
def keys(draw):
    serials = draw(
        st.lists(st.from_regex(r"[A-Z0-9-]{1,20}", fullmatch=True), min_size=1, max_size=4, unique=True)
    )
    return [
        exported(
            serial,
            draw(st.sampled_from(SUITES)),
            draw(st.binary(min_size=16, max_size=64)),
            draw(labels),
            draw(st.sampled_from([0, 1, 53, 2**32, 2**64 - 1])),
            draw(st.sampled_from([None, True, False])),
        )
        for serial in serials
    ]


@settings(max_examples=40)
@given(keys(), st.booleans())
def test_credentials_come_back_as_they_went(written, secret_is_a_key):
    def protection():
        if secret_is_a_key:
            return Protection(key=bytearray(KEY))
        return Protection(passphrase=bytearray(b"correct horse"))

    reading = read_pskc(pskc_file(written, protection()), protection())
    assert (reading.refused, reading.notes) == ([], [])
    for was, now in zip(written, reading.keys, strict=True):
        credential = was.credential
        counts = credential.kind == "hotp" or ":C-" in credential.login_suite
        assert (now.serial, now.manufacturer, now.model) == (credential.serial, "picodsc", "pico")
        assert (now.credential.id, now.credential.label) == (credential.id, credential.label)
        assert (now.credential.login_suite, now.credential.key) == (credential.login_suite, was.key)
        assert now.credential.counter == (credential.counter if counts else 0)


def test_a_label_comes_back_in_the_form_that_the_inventory_keeps():
    written = [exported("DS-1", SUITES[0], b"k" * 32, label="\U0002f800")]
    protection = Protection(key=bytearray(KEY))
    reading = read_pskc(pskc_file(written, protection), Protection(key=bytearray(KEY)))
    assert [key.credential.label for key in reading.keys] == ["\u4e3d"]


def test_python_pskc_reads_all_that_another_server_needs():
    written = [
        exported("DS-1", "OCRA-1:HOTP-SHA256-8:QN06", b"k" * 32, possession_only=False),
        exported("DS-2", "HOTP-SHA256-6", b"h" * 32, counter=53, possession_only=True),
        exported("DS-3", "TOTP-SHA1-8-T1M", b"t" * 20),
    ]
    pskc = PSKC(io.BytesIO(pskc_file(written, Protection(key=bytearray(KEY)))))
    pskc.encryption.key = KEY
    ocra, hotp, totp = pskc.keys
    assert pskc.encryption.algorithm.endswith("#aes128-cbc")
    assert pskc.mac.algorithm.endswith("#hmac-sha1")
    assert all(key.check() for key in pskc.keys)
    assert [key.secret for key in pskc.keys] == [b"k" * 32, b"h" * 32, b"t" * 20]
    assert [key.algorithm.rpartition(":")[2] for key in pskc.keys] == ["ocra", "hotp", "totp"]
    assert [key.algorithm_suite for key in pskc.keys] == ["OCRA-1:HOTP-SHA256-8:QN06", "sha256", "sha1"]
    assert [key.response_length for key in pskc.keys] == [8, 6, 8]
    assert {key.response_check for key in pskc.keys} == {False}
    assert (ocra.challenge_min_length, ocra.challenge_max_length, ocra.challenge_encoding) == (
        6,
        6,
        "DECIMAL",
    )
    assert (hotp.counter, totp.time_interval, ocra.counter) == (53, 60, None)
    assert (ocra.policy.pin_usage, ocra.policy.pin_min_length, ocra.policy.pin_max_length) == ("Local", 4, 8)
    assert [hotp.policy.pin_usage, totp.policy.pin_usage] == [None, None]
    assert (ocra.manufacturer, ocra.model, ocra.issuer, ocra.friendly_name) == (
        "picodsc",
        "pico",
        "picodsc",
        "Bank",
    )


@pytest.fixture
def pskctool():
    program = shutil.which("pskctool")
    if program is None:
        pytest.skip("pskctool is missing: sudo apt-get install pskctool")

    def run(*options, content):
        return subprocess.run([program, *options], input=content, capture_output=True, check=False)

    return run


def test_pskctool_finds_the_file_to_be_of_rfc_6030_s_schema(pskctool):
    for protection in (Protection(key=bytearray(KEY)), Protection(passphrase=bytearray(b"horse"))):
        written = [exported(f"DS-{i}", suite, b"k" * 32) for i, suite in enumerate(SUITES)]
        ended = pskctool("--validate", content=pskc_file(written, protection))
        assert (ended.returncode, ended.stdout.strip()) == (0, b"OK")


def test_pskctool_reads_the_same_keys_once_python_pskc_has_decrypted_them(pskctool):
    written = [exported(f"DS-{i}", suite, os.urandom(32)) for i, suite in enumerate(SUITES)]
    pskc = PSKC(io.BytesIO(pskc_file(written, Protection(key=bytearray(KEY)))))
    pskc.encryption.key = KEY
    pskc.encryption.remove_encryption()
    clear = io.BytesIO()
    pskc.write(clear)
    shown = pskctool("--info", "--verbose", content=clear.getvalue()).stdout.decode()
    secrets = re.findall(r"Key Secret \(base64\): (\S+)", shown)
    assert [base64.b64decode(one) for one in secrets] == [bytes(each.key) for each in written]
    assert re.findall(r"SerialNo: (\S+)", shown) == [each.credential.serial for each in written]


def test_no_secret_is_in_the_file_in_clear():
    written = [exported("DS-1", "HOTP-SHA1-6", b"a secret of 20 bytes")]
    content = pskc_file(written, Protection(key=bytearray(KEY)))
    for form in (b"a secret of 20 bytes", base64.b64encode(b"a secret of 20 bytes"), KEY.hex().encode()):
        assert form not in content
