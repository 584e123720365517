"""Every published example file that python-pskc comes with: what is taken of it, as docs/key-files.md says."""

import warnings
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pskc import PSKC

from fakes.pskc_examples import ROOT, MissingExamplesError, examples, fetched
from host_tools.station.files.errors import KeyFileError
from host_tools.station.files.protection import Protection, key_from_text
from host_tools.station.files.pskc_reader import read_pskc

PAGE = ROOT / "docs" / "key-files.md"
NOW = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder() -> Path:
    try:
        return fetched()
    except MissingExamplesError as error:
        pytest.skip(str(error))


def protection(example):
    if example.key:
        return Protection(key=key_from_text(bytearray(example.key.encode())))
    return Protection(passphrase=bytearray(example.passphrase.encode()) if example.passphrase else None)


def outcome(content, example):
    """How many keys are taken, how many not, and why, as a row of the table says it."""
    try:
        reading = read_pskc(content, protection(example), NOW)
    except KeyFileError as error:
        return "the file", str(error)
    reasons = Counter(one.reason for one in reading.refused)
    told = "; ".join(f"{count} × {reason}" if count > 1 else reason for reason, count in reasons.items())
    return str(len(reading.keys)), told or "–"


def test_what_is_taken_of_each_example_is_what_the_page_says(folder, counted):
    rows = []
    for example in examples(folder):
        taken, why = outcome((folder / example.name).read_bytes(), example)
        rows.append(f"| `{example.name}` | {'none' if taken == 'the file' else taken} | {why} |")
    counted(f"published key files: {len(rows)}")
    page = PAGE.read_text(encoding="utf-8")
    table = page.partition("| file | taken | why the others are not |\n")[2].partition("\n\n")[0]
    assert table.splitlines()[1:] == rows


def test_what_is_taken_has_the_secret_that_python_pskc_reads(folder):
    compared = 0
    for example in examples(folder):
        content = (folder / example.name).read_bytes()
        try:
            reading = read_pskc(content, protection(example), NOW)
        except KeyFileError:
            continue
        if not reading.keys:
            continue
        plain = PSKC(str(folder / example.name))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if example.key:
                plain.encryption.key = bytes.fromhex(example.key)
            elif example.passphrase:
                plain.encryption.derive_key(example.passphrase)
            secrets = Counter((key.serial, key.secret) for key in plain.keys)
        for key in reading.keys:
            assert secrets[key.serial, bytes(key.credential.key)] == 1
            compared += 1
    assert compared > 60
