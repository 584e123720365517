"""A key file is private, whole or not there, and the audit log knows of it first."""

import hashlib
import os

import pytest

from host_tools.inventory.errors import UnusableFileError
from host_tools.station.files import writing
from host_tools.station.files.errors import (
    FileInTheWayError,
    OversizedFileError,
    PresharedKeyError,
    UnreadableFileError,
)
from host_tools.station.files.protection import key_from_text, make_key_file
from host_tools.station.files.reading import LARGEST, content_of
from host_tools.station.files.writing import write_key_file


def test_the_file_is_private_and_the_audit_log_has_its_hash(inventory, seal, going, tmp_path):
    new = seal("DS-1")
    path = tmp_path / "out.pskc"
    fingerprint = write_key_file(inventory, path, going(), "pskc", b"content")
    assert path.read_bytes() == b"content"
    assert path.stat().st_mode & 0o777 == 0o600
    assert fingerprint == hashlib.sha256(b"content").hexdigest()
    last = inventory.history("DS-1")[-1]
    assert (last.event, last.detail) == (
        "key exported",
        {"credential": new.id.hex(), "way": "pskc", "sha256": fingerprint},
    )


def test_a_file_in_the_way_stays_and_nothing_is_noted(inventory, seal, going, tmp_path):
    seal("DS-1")
    path = tmp_path / "out.pskc"
    path.write_bytes(b"old")
    with pytest.raises(FileInTheWayError):
        write_key_file(inventory, path, going(), "pskc", b"new")
    assert path.read_bytes() == b"old"
    assert [entry.event for entry in inventory.history()] == ["in doubt", "sealed"]


def test_without_the_entry_there_is_no_file(inventory, seal, going, tmp_path, monkeypatch):
    seal("DS-1")

    def failing(*_):
        raise UnusableFileError(tmp_path, "full")

    monkeypatch.setattr(writing, "note_exported", failing)
    with pytest.raises(UnusableFileError):
        write_key_file(inventory, tmp_path / "out.pskc", going(), "pskc", b"content")
    assert not list(tmp_path.glob("*out.pskc*"))


def test_a_new_key_is_32_hex_digits_in_a_private_file_of_its_own(tmp_path):
    path = tmp_path / "out.key"
    key = make_key_file(path)
    assert path.read_text() == key.hex() + "\n"
    assert (len(key), path.stat().st_mode & 0o777) == (16, 0o600)
    with pytest.raises(FileInTheWayError):
        make_key_file(path)


@pytest.mark.parametrize("text", [b"", b"12", b"zz" * 16, b"\xff" * 32, b"12" * 17])
def test_what_is_no_key_is_refused_and_wiped(text):
    text = bytearray(text)
    with pytest.raises(PresharedKeyError, match="32 hex digits"):
        key_from_text(text, (16,))
    assert not any(text)


def test_a_file_that_is_too_large_or_none_is_not_read(tmp_path):
    large = tmp_path / "large"
    large.touch()
    os.truncate(large, LARGEST + 1)
    with pytest.raises(OversizedFileError):
        content_of(large)
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(UnreadableFileError):
            content_of(path)
