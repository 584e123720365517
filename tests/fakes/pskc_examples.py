"""The example files of python-pskc, out of the source archive whose hash is pinned: RFC 6030's, its drafts', vendors'.

They are not part of this repository: python-pskc's licence (LGPL 2.1) is not ours, and most of them are others' work.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "pskc-examples"
PINS = ROOT / "requirements" / "dev.txt"


class MissingExamplesError(Exception):
    """The archive could not be fetched."""


@dataclass(frozen=True)
class Example:
    """A file, and what opens it, as python-pskc's own tests and the files' comments say."""

    name: str
    key: str = ""
    passphrase: str = ""


_USUAL = "12345678901234567890123456789012"
OPENED_BY = {
    "actividentity/test.pskcxml": {"key": "fe0de6b806c09b762c4b49a666a27b72"},
    "draft-hoyer-keyprov-portable-symmetric-key-container-00/password-encrypted.pskcxml": {
        "passphrase": "qwerty"
    },
    "draft-hoyer-keyprov-portable-symmetric-key-container-01/password-encrypted.pskcxml": {
        "passphrase": "qwerty"
    },
    "draft-ietf-keyprov-pskc-02/figure4.pskcxml": {"key": _USUAL},
    "draft-ietf-keyprov-pskc-02/figure5.pskcxml": {"passphrase": "qwerty"},
    "draft-ietf-keyprov-pskc-02/figure6.pskcxml": {"key": _USUAL},
    "invalid/incomplete-derivation.pskcxml": {"passphrase": "qwerty"},
    "invalid/mac-algorithm.pskcxml": {"key": _USUAL},
    "invalid/mac-value.pskcxml": {"key": _USUAL},
    "invalid/missing-encryption-method.pskcxml": {"key": _USUAL},
    "invalid/missing-encryption.pskcxml": {"key": _USUAL},
    "invalid/no-mac-method.pskcxml": {"key": _USUAL},
    "invalid/unknown-encryption.pskcxml": {"key": _USUAL},
    "misc/SampleFullyQualifiedNS.xml": {"passphrase": "3FCA3158035072D6"},
    "misc/integers.pskcxml": {"key": _USUAL},
    "multiotp/pskc-hotp-aes.txt": {"key": _USUAL},
    "multiotp/pskc-hotp-pbe.txt": {"passphrase": "qwerty"},
    "multiotp/pskc-totp-aes.txt": {"key": _USUAL},
    "multiotp/pskc-totp-pbe.txt": {"passphrase": "qwerty"},
    "multiotp/tokens_hotp_aes.pskc": {"key": _USUAL},
    "multiotp/tokens_hotp_pbe.pskc": {"passphrase": "qwerty"},
    "multiotp/tokens_ocra_aes.pskc": {"key": _USUAL},
    "multiotp/tokens_ocra_pbe.pskc": {"passphrase": "qwerty"},
    "multiotp/tokens_totp_aes.pskc": {"key": _USUAL},
    "multiotp/tokens_totp_pbe.pskc": {"passphrase": "qwerty"},
    "nagraid/file1.pskcxml": {"key": "4A057F6AB6FCB57AB5408E46A9835E68"},
    "rfc6030/figure6.pskcxml": {"key": _USUAL},
    "rfc6030/figure7.pskcxml": {"passphrase": "qwerty"},
    "rfc6030/figure8.pskcxml": {"key": _USUAL},
    "encryption/aes128-cbc-noiv.pskcxml": {"key": _USUAL},
    "encryption/aes128-cbc.pskcxml": {"key": _USUAL},
    "encryption/aes192-cbc.pskcxml": {"key": "123456789012345678901234567890123456789012345678"},
    "encryption/aes256-cbc.pskcxml": {
        "key": "1234567890123456789012345678901234567890123456789012345678901234"
    },
    "encryption/kw-aes128.pskcxml": {"key": "000102030405060708090a0b0c0d0e0f"},
    "encryption/kw-aes192.pskcxml": {"key": "000102030405060708090a0b0c0d0e0f1011121314151617"},
    "encryption/kw-aes256.pskcxml": {
        "key": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    },
    "encryption/kw-tripledes.pskcxml": {"key": "255e0d1c07b646dfb3134cc843ba8aa71f025b7c0838251f"},
    "encryption/camellia128-cbc.pskcxml": {"key": "200497e673a6fae2256e9749468a67ac"},
    "encryption/camellia192-cbc.pskcxml": {"key": "e263279877384c84c987661a9d06766affdb9b3211eae801"},
    "encryption/camellia256-cbc.pskcxml": {
        "key": "33b37e31c5a0a16f004e7fe727d4ff808fc1f879d85ccd8f06dbb5799565d2f5"
    },
    "encryption/kw-camellia128.pskcxml": {"key": "e35b135a09bfff8b314a5a0c32193c37"},
    "encryption/kw-camellia192.pskcxml": {"key": "5eb0bccad29abe52d143d5aebc1c1ba174b8d379ce763c28"},
    "encryption/kw-camellia256.pskcxml": {
        "key": "0e187c656c36975b0d6bded79d7089142209457114ce8e6f4ae78339d71114e8"
    },
    "encryption/mac-over-plaintext.pskcxml": {"key": _USUAL},
    "encryption/no-mac-key.pskcxml": {"key": _USUAL},
    "encryption/tripledes-cbc.pskcxml": {"key": _USUAL},
}


def fetched() -> Path:
    """The folder with the examples, fetched once. Raises MissingExamplesError."""
    version, hashes = _pinned()
    archive = FOLDER / f"python_pskc-{version}.tar.gz"
    if not archive.is_file():
        FOLDER.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "python-pskc",
             "--dest", str(FOLDER), f"python-pskc=={version}"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if not archive.is_file():
            raise MissingExamplesError(
                f"python-pskc's sources can't be fetched: {done.stderr.strip()[-300:]}"
            )
    content = archive.read_bytes()
    if hashlib.sha256(content).hexdigest() not in hashes:
        archive.unlink()
        raise MissingExamplesError("python-pskc's sources are not those that requirements/dev.txt pins")
    unpacked = FOLDER / f"python_pskc-{version}"
    if not unpacked.is_dir():
        with tarfile.open(archive) as sources:
            sources.extractall(FOLDER, filter="data")
    return unpacked / "tests"


def examples(folder: Path) -> Iterator[Example]:
    """All of them, in order."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix in (".pskcxml", ".xml", ".pskc", ".txt") and path.is_file():
            yield Example(name, **OPENED_BY.get(name, {}))


def _pinned() -> tuple[str, list[str]]:
    entry = re.search(r"^python-pskc==(\S+) \\\n((?:\s+--hash=.*\n)+)", PINS.read_text(), re.MULTILINE)
    assert entry is not None
    return entry[1], re.findall(r"sha256:([0-9a-f]{64})", entry[2])
