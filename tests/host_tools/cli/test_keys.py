"""`picodsc keys`: out to other servers and in from other tokens; and no key where it should not be."""

import json
import os

import pytest

from host_tools.inventory import Inventory, Location, NewCredential
from host_tools.station.files import pskc_writer

HEX = "3132333435363738393031323334353637383930"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(pskc_writer, "ITERATIONS", 1000)


@pytest.fixture
def seal(home):
    """Records a sealed token with one credential."""

    def seal(serial="DS-1", **options):
        options = {"id": os.urandom(16), "label": "Bank", "key": bytearray(os.urandom(32)), **options}
        with Inventory.open(Location.inside(home)) as inventory:
            inventory.record_in_doubt(
                serial, board="b", uid=b"u", firmware_version="0", credentials=[NewCredential(**options)]
            )
            inventory.mark_sealed(serial)
        return bytes(options["key"])

    return seal


@pytest.fixture
def secret_file(tmp_path):
    """Makes private files."""

    def made(text, name="secret"):
        path = tmp_path / name
        path.touch(mode=0o600)
        path.write_text(text + "\n")
        return path

    return made


@pytest.fixture
def elsewhere(picodsc, tmp_path, monkeypatch):
    """Runs the command where another inventory is."""

    def run(*arguments, **options):
        with monkeypatch.context() as patch:
            patch.setenv("PICODSC_HOME", str(tmp_path / "elsewhere"))
            return picodsc(*arguments, **options)

    return run


def test_keys_go_from_one_inventory_to_another(picodsc, elsewhere, seal, tmp_path):
    keys = [seal("DS-1"), seal("DS-2", login_suite="TOTP-SHA1-6-T30S")]
    out, key = tmp_path / "out.pskc", tmp_path / "out.key"
    ended = picodsc("keys", "export", "--out", out, "--new-key", key, "--all")
    assert (ended.err, ended.code) == ("", 0)
    assert ended.out.startswith(f"2 keys in {out}\nSHA-256: ")
    assert (out.stat().st_mode & 0o777, key.stat().st_mode & 0o777) == (0o600, 0o600)
    ended = elsewhere("keys", "import", out, "--key-file", key)
    assert (ended.out, ended.err, ended.code) == ("taken: 2 keys of 2 tokens; not taken: 0 keys\n", "", 0)
    with Inventory.open(Location.inside(tmp_path / "elsewhere")) as inventory:
        assert [inventory.key(inventory.credential(serial)) for serial in ("DS-1", "DS-2")] == keys
    assert "imported" in elsewhere("inventory", "history", "DS-1").out
    assert "key exported" in picodsc("inventory", "history", "DS-1").out


def test_a_passphrase_is_asked_for_or_in_a_file(picodsc, elsewhere, seal, secret_file, tmp_path):
    seal()
    words = "correct horse battery"
    asked = picodsc("keys", "export", "--out", tmp_path / "a", "ds-1", stdin=f"{words}\n{words}\n")
    given = picodsc(
        "keys", "export", "--out", tmp_path / "b", "ds-1", "--passphrase-file", secret_file(words)
    )
    assert [asked.code, given.code] == [0, 0]
    assert words not in asked.out + asked.err + given.out + given.err
    elsewhere("station", "init", "--clear")
    for name in ("a", "b"):
        options = ("--passphrase-file", secret_file(words), "--dry-run", "--json")
        ended = elsewhere("keys", "import", tmp_path / name, *options)
        assert [one["serial"] for one in json.loads(ended.out)["taken"]] == ["DS-1"]
    assert elsewhere("inventory", "history").out == ""


def test_a_short_passphrase_is_not_taken_from_a_file_either(picodsc, seal, secret_file, tmp_path):
    seal()
    out = tmp_path / "out.pskc"
    for text in ("", "x" * 11):
        ended = picodsc("keys", "export", "--out", out, "ds-1", "--passphrase-file", secret_file(text))
        assert (ended.out, ended.code) == ("", 2)
        assert f"has {len(text)} characters; take 12 or more" in ended.err
        assert not out.exists()


def test_a_pre_shared_key_may_be_typed(picodsc, elsewhere, seal, tmp_path):
    seal()
    out = tmp_path / "out.pskc"
    assert (
        picodsc("keys", "export", "--out", out, "--key-file", "-", "DS-1", stdin="ab" * 16 + "\n").code == 0
    )
    assert elsewhere("keys", "import", out, "--key-file", "-", stdin="ab" * 16 + "\n").code == 0
    wrong = elsewhere("keys", "import", out, "--key-file", "-", stdin="cd" * 16 + "\n")
    assert (wrong.code, "nothing of it was taken" in wrong.err) == (2, True)


def test_what_may_not_go_is_named_and_left_out_only_if_one_says_so(picodsc, seal, tmp_path):
    seal("DS-1")
    seal("DS-2", alarm_key=bytearray(range(32)))
    out, key = tmp_path / "out", tmp_path / "key"
    ended = picodsc("keys", "export", "--out", out, "--new-key", key, "--all")
    assert ended.code == 1
    assert "token DS-2, credential 'Bank'" in ended.err
    assert "duress PIN" in ended.err
    assert not out.exists()
    assert not key.exists()
    ended = picodsc("keys", "export", "--out", out, "--new-key", key, "--all", "--skip")
    assert (ended.out.splitlines()[0], ended.code) == (f"1 key in {out}", 0)
    assert "key exported" not in picodsc("inventory", "history", "DS-2").out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "say which tokens"),
        (["DS-1", "--all"], "say which tokens"),
        (["--state", "lost"], "sealed, assigned, shipped"),
        (["--all", "--format", "xml"], "pskc, privacyidea-csv"),
        (["--all", "--format", "privacyidea-csv"], "say --in-clear"),
        (["--all", "--in-clear"], "always encrypted"),
        (["--all", "--in-clear", "--format", "privacyidea-csv", "--new-key", "k"], "has no key"),
        (["--all", "--new-key", "k", "--key-file", "k"], "exclude each other"),
        (["DS-9", "--new-key", "k"], "no token has the serial"),
    ],
)
def test_an_export_that_cannot_be_is_refused(picodsc, seal, tmp_path, monkeypatch, options, told):
    seal()
    monkeypatch.chdir(tmp_path)
    ended = picodsc("keys", "export", "--out", "out", *options)
    assert ended.code == 2
    assert told in ended.err
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "k").exists()


def test_a_file_that_is_there_is_not_replaced(picodsc, seal, tmp_path):
    seal()
    (tmp_path / "out").write_text("old")
    ended = picodsc("keys", "export", "--out", tmp_path / "out", "--new-key", tmp_path / "k", "DS-1")
    assert (ended.code, "is there already" in ended.err) == (2, True)
    assert (tmp_path / "out").read_text() == "old"


def test_in_clear_is_warned_of(picodsc, elsewhere, seal, tmp_path):
    key = seal(login_suite="HOTP-SHA1-6")
    out = tmp_path / "out.csv"
    ended = picodsc("keys", "export", "--out", out, "--format", "privacyidea-csv", "--in-clear", "DS-1")
    assert ended.code == 0
    assert "whoever reads" in ended.err
    assert out.stat().st_mode & 0o777 == 0o600
    assert key.hex() in out.read_text()
    assert key.hex() not in ended.out + ended.err
    assert elsewhere("keys", "import", out).code == 0


def test_what_cannot_be_taken_is_said_line_by_line(picodsc, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(f"ZZ1,{HEX},hotp,6\nZZ2,xx,hotp,6\n")
    path.chmod(0o600)
    ended = picodsc("keys", "import", path)
    assert ended.out == "taken: 1 key of 1 token; not taken: 1 key\n"
    assert ended.err.splitlines()[0].startswith("picodsc: not taken: line 2, serial ZZ2: its key is missing")
    assert ended.code == 1
    again = picodsc("keys", "import", path, "--json")
    refused = json.loads(again.out)["refused"]
    assert [one["serial"] for one in refused] == ["ZZ2", "ZZ1"]
    assert "stays as it is" in refused[1]["reason"]
    assert HEX not in ended.out + ended.err + again.out + again.err
    path.chmod(0o644)
    assert f"others can read {path}" in picodsc("keys", "import", "--dry-run", path).err


def test_a_code_of_an_imported_token_is_verified(picodsc, tmp_path):
    (tmp_path / "x.csv").write_text(f"ZZ1,{HEX},hotp,6\n")
    picodsc("keys", "import", tmp_path / "x.csv")
    assert picodsc("verify", "--serial", "ZZ1", "--response", "755224").out == "accepted\n"


@pytest.mark.parametrize("content", [b"<KeyContainer", b"\x00\xff", b"<!DOCTYPE x><KeyContainer/>"])
def test_a_file_that_is_none_is_refused(picodsc, tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    ended = picodsc("keys", "import", tmp_path / "x")
    assert (ended.out, ended.code) == ("", 2)
    assert ended.err.startswith("picodsc: ")


def test_a_qr_code_is_shown_once_somebody_agreed(picodsc, seal):
    key = seal(login_suite="TOTP-SHA1-6-T30S")
    refused = picodsc("keys", "otpauth", "DS-1", stdin="n\n")
    assert refused.code != 0
    assert "█" not in refused.out
    assert "key exported" not in picodsc("inventory", "history").out
    shown = picodsc("keys", "otpauth", "DS-1", stdin="y\n")
    assert (shown.code, "█" in shown.out) == (0, True)
    assert key.hex() not in shown.out + shown.err
    assert "way otpauth" in picodsc("inventory", "history").out


@pytest.mark.parametrize(("option", "start"), [("--png", b"\x89PNG"), ("--svg", b"<?xml")])
def test_a_qr_code_goes_into_a_private_file(picodsc, seal, tmp_path, option, start):
    seal(login_suite="HOTP-SHA1-6")
    path = tmp_path / "qr"
    assert picodsc("keys", "otpauth", "DS-1", option, path, "--yes").code == 0
    assert path.read_bytes().startswith(start)
    assert path.stat().st_mode & 0o777 == 0o600
    assert picodsc("keys", "otpauth", "DS-1", option, path, "--yes").code == 2


def test_no_qr_code_is_made_of_what_answers_challenges_or_has_a_duress_pin(picodsc, seal):
    seal("DS-1")
    seal("DS-2", login_suite="HOTP-SHA1-6", alarm_key=bytearray(range(32)))
    challenged, duress = (
        picodsc("keys", "otpauth", "DS-1", "--yes"),
        picodsc("keys", "otpauth", "DS-2", "--yes"),
    )
    assert [challenged.code, duress.code] == [2, 1]
    assert ["answers challenges" in challenged.err, "duress PIN" in duress.err] == [True, True]
