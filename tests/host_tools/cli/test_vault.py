"""`picodsc vault inspect`: what it shows, what it hides, its exit codes; for any image at all."""

import json
import random
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsc.protocol.records import Label, PinOffset
from dsc.protocol.verified import ATTEMPT_PIN
from dsc.vault.store import Vault
from fakes.nor_flash import TEARS, NorFlash, PowerCut
from fakes.raw_vault import new_log
from fakes.vault_contents import complete_contents, contents, identity, verified_contents
from fuzz.image_mutations import mutated
from host_tools.cli import vault_json, vault_report
from host_tools.engines.unit import FLASH_SIZE
from host_tools.vault_image.source import Kind, Source
from host_tools.vault_image.view import view

FORMATS = Path(__file__).parents[3] / "docs" / "formats.md"
OFFSET = PinOffset(b"\x09\x08\x07\x06")
NOTE = "hiding parts of it here protects this output, not the token."


def vault(of=None):
    flash = NorFlash(FLASH_SIZE)
    return flash, Vault.provision(flash, **(of or contents()))


def cut(action, operation, tear=None, of=None):
    """The image that is left when power fails before an operation of an action, or while it tears."""
    flash, opened = vault(of)
    flash.cut(operation, tear)
    with suppress(PowerCut):
        action(opened)
    return bytes(flash.cells)


@pytest.fixture
def inspect(picodsc, tmp_path, monkeypatch):
    """Inspects an image that lies in the working folder as vault.bin."""
    monkeypatch.chdir(tmp_path)

    def run(image, *options):
        Path("vault.bin").write_bytes(image)
        return picodsc("vault", "inspect", "vault.bin", *options)

    return run


@pytest.fixture
def token(picodsc, tmp_path):
    """The folder of a simulated token with two credentials."""
    folder = tmp_path / "token"
    made = ("token", "new", folder, "--serial", "DS-1", "--pin", "4713", "--rounds", 16)
    assert picodsc(*made, "--label", "Mail", "--label", "Bank").code == 0
    return folder


# A token


def test_a_token_that_was_just_made_is_seen_record_by_record(picodsc, token):
    ended = picodsc("vault", "inspect", token)
    assert (ended.err, ended.code) == ("", 0)
    assert f"{token / 'flash.bin'}: a vault's region of 131,072 bytes, from a simulated token" in ended.out
    assert "state       sealed: a token in use" in ended.out
    assert "token       DS-1, soft mode, PIN of 4 digits, 16 rounds" in ended.out
    assert 'credentials "Mail", counter 0; "Bank", counter 0' in ended.out
    records = re.findall(r"0x[0-9a-f]{5}  (\S+(?: offset)?) +1 +(\d+)", ended.out)
    kinds = ["root", "PIN offset", *["credential"] * 2, *["label"] * 2, *["counter"] * 2, *["seal"] * 2]
    assert [kind for kind, _ in records] == kinds
    assert [int(sequence) for _, sequence in records] == list(range(1, 11))
    assert NOTE in ended.out


def test_what_is_special_about_a_credential_is_said_and_a_server_key_is_no_login(inspect):
    shown = inspect(bytes(vault(complete_contents())[0].cells)).out
    second = identity(1).hex()
    summary = f'"Büro", counter 0, signs, checks its server; {second}, counter 0, without PIN'
    assert summary in " ".join(shown.split())


def test_a_login_with_a_counter_is_seen(picodsc, tmp_path):
    folder = tmp_path / "token"
    picodsc(
        *("token", "new", folder, "--serial", "DS-1", "--pin", "4713", "--rounds", 16),
        *("--suite", "OCRA-1:HOTP-SHA256-8:C-QN06"),
    )
    assert "base 0, counter 1" in picodsc("vault", "inspect", folder).out  # it proved itself to the station
    script = "press 4 7 1 3 OK\npress 1 2 3 4 5 7 OK\nread RESPONSE\n"
    assert picodsc("simulate", "--token", folder, "--script", "-", stdin=script).code == 0
    shown = picodsc("vault", "inspect", folder).out
    assert "2/204  valid" in shown
    assert "base 0, counter 2" in shown


def test_inspecting_a_token_changes_nothing_in_its_folder(picodsc, token):
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in token.iterdir()}
    for options in ((), ("--reveal",), ("--json",)):
        picodsc("vault", "inspect", token, *options)
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in token.iterdir()} == before


# What is hidden, and what --reveal shows


def secret_values(of):
    root = of["root"]
    values = [root.salt, bytes(root.device_secret), root.sealed_dek]
    if "wrapping" in of:
        made = of["wrapping"]
        values = [made.salt, made.sealed_dek, made.unlock_salt, made.unlock_dek, made.unlock_secret, made.tag]
    else:
        values.append(of["offset"].offset)
    for credential in of["credentials"]:
        values += [credential.nonce, credential.sealed_key]
    return [value.hex() for value in values]


@pytest.mark.parametrize("of", [contents(), verified_contents()], ids=["soft", "verified"])
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_what_helps_a_thief_is_shown_as_its_length_and_revealed_on_demand_only(inspect, of, form):
    image = bytes(vault(of)[0].cells)
    hidden, revealed = inspect(image, *form), inspect(image, *form, "--reveal")
    values = secret_values(of)
    assert [value for value in values if value in hidden.out] == []
    assert [value for value in values if value not in revealed.out] == []
    assert hidden.code == revealed.code == 0


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
@pytest.mark.parametrize("operation", range(1, 8))
def test_what_a_power_cut_left_is_hidden_as_well(inspect, form, operation):
    for tear in (None, TEARS["front"]):
        image = cut(lambda opened: opened.replace_offset(OFFSET), operation, tear)
        shown = inspect(image, *form).out
        assert "01020300" not in shown
        assert "09080706" not in shown


def test_the_lengths_of_what_is_hidden_are_shown(inspect):
    shown = " ".join(inspect(bytes(vault()[0].cells)).out.split())
    assert "salt 16 bytes, device secret 32 bytes, sealed DEK 32 bytes" in shown
    assert "must change yes, answered no, offset 4 bytes" in shown
    assert "nonce 16 bytes, sealed key 32 bytes" in shown


# What is shown of traces and states


def test_a_record_that_was_replaced_and_is_still_there_is_said_to_be(inspect):
    ended = inspect(cut(lambda opened: opened.rename(identity(0), "Zürich"), 4))
    assert ended.code == 0
    assert re.search(r"label +1 +5 +- +-  replaced, still there\n.*label \"Büro\"", ended.out)
    assert "next boot   finishes what was interrupted: zeroes 1 replaced or void record\n" in ended.out


def test_a_torn_record_is_said_to_be(inspect):
    ended = inspect(cut(lambda opened: opened.replace_offset(OFFSET), 2, TEARS["front"]))
    assert ended.code == 0
    assert re.search(
        r"PIN offset +- +- +- +-  torn\n +not all of it was written\n +written 19 bytes", ended.out
    )
    assert "next boot   finishes what was interrupted: zeroes the torn record\n" in ended.out


def test_an_interrupted_compaction_shows_both_halves(inspect):
    ended = inspect(cut(lambda opened: opened.compact(), 20))
    assert "half 0: committed, generation 1, in use\n" in ended.out
    assert "half 1: not committed, generation 2\n" in ended.out
    assert "finishes what was interrupted: erases half 1\n" in ended.out
    assert "  not in use\n" in ended.out


def test_the_failures_of_a_verified_vault_are_shown(inspect):
    flash, opened = vault(verified_contents())
    opened.begin_attempt(ATTEMPT_PIN)
    assert "failures    PIN 1 of 10, unlock code 0 of 5\n" in inspect(bytes(flash.cells)).out


def test_a_reset_that_was_interrupted_is_said_to_be_one(inspect):
    ended = inspect(cut(lambda opened: Vault.erase(opened._region._flash), 90))
    assert ended.code == 0
    assert "state       being reset: the next boot completes a factory reset that was begun\n" in ended.out
    assert "reset marks half 0 begun, half 1 none\n" in ended.out


def test_a_blank_flash_says_so(inspect):
    ended = inspect(b"\xff" * FLASH_SIZE)
    assert (ended.err, ended.code) == ("", 0)
    assert "state       blank: there is no token yet\n" in ended.out
    assert "half 0: blank\n\nhalf 1: blank\n" in ended.out


def test_a_damaged_vault_ends_with_exit_code_1_and_the_reason(inspect):
    image = bytearray(vault()[0].cells)
    image[0x440] ^= 1
    for options in ((), ("--json",)):
        ended = inspect(image, *options)
        assert (ended.err, ended.code) == ("", 1)
        assert "page 4: it is committed, but its checksum or its length is wrong" in ended.out


def test_a_vault_of_newer_firmware_ends_with_exit_code_1_and_is_not_called_damaged(inspect):
    flash = NorFlash(FLASH_SIZE)
    new_log(flash).append(0xBF, 1, b"anything")
    ended = inspect(bytes(flash.cells))
    assert ended.code == 1
    assert "state       newer: firmware of this version halts\n" in ended.out
    assert "unknown, critical\n        payload 8 bytes\n" in ended.out
    assert "damaged" not in ended.out


# Output


def test_the_json_has_all_that_the_text_has(inspect):
    document = json.loads(inspect(cut(lambda opened: opened.rename(identity(0), "Zürich"), 4), "--json").out)
    assert (document["state"], document["halts"], document["half_in_use"]) == ("sealed", False, 0)
    assert document["note"].endswith(NOTE)
    assert document["reset_marks"] == ["none", "completed"]
    assert [sector["erase_count"] for sector in document["sectors"]] == [1] * 32
    half = document["halves"][0]
    assert (half["header"], half["generation"], half["live_pages"], half["free_pages"]) == (
        "committed",
        1,
        8,
        230,
    )
    assert half["records"][4] == {
        "pages": [6],
        "offset": 0x600,
        "status": "replaced",
        "reason": None,
        "zeroed": False,
        "type": "label",
        "type_byte": 5,
        "critical": False,
        "version": 1,
        "sequence": 5,
        "replaces": None,
        "marks": None,
        "fields": {"id": identity(0).hex(), "label": "Büro"},
    }
    assert half["records"][5]["marks"] == {"used": 0, "of": 204}
    assert half["records"][0]["fields"]["salt"] == {"bytes": 16}


def test_what_goes_into_a_pipe_has_no_colours_and_fits_into_80_columns(process, tmp_path):
    path = tmp_path / "vault.bin"
    path.write_bytes(
        cut(lambda opened: opened.rename(identity(0), "Zürich"), 2, TEARS["front"], verified_contents())
    )
    ended = process("vault", "inspect", "vault.bin", cwd=tmp_path)
    assert ended.code == 0
    assert "\x1b" not in ended.out
    assert all(len(line) <= 80 and line == line.rstrip() for line in ended.out.splitlines())


def test_a_terminal_has_colours(inspect, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[1;32msealed\x1b[0m" in inspect(bytes(vault()[0].cells)).out


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_a_label_steers_no_terminal_and_fakes_no_label(inspect, form):
    """Direction marks are allowed in labels; all that controls a terminal makes a record that can't be read."""
    flash, opened = vault()
    opened.rename(identity(0), 'a" \u202e\u2028\\')
    opened._log.append(Label.TYPE, Label.VERSION, identity(1) + b"\x07\x1b[2Jab\x07")
    shown = inspect(bytes(flash.cells), *form).out
    assert "\x1b" not in shown
    assert all(letter.isprintable() or letter == "\n" for letter in shown)
    assert 'a\\" \\u202e\\u2028\\\\' in shown


def test_what_the_output_can_t_hold_is_escaped(process, tmp_path):
    (tmp_path / "vault.bin").write_bytes(vault()[0].cells)
    environment = {"PYTHONIOENCODING": "ascii", "PATH": ""}
    ended = process("vault", "inspect", "vault.bin", cwd=tmp_path, env=environment)
    assert ended.code == 0
    assert 'label "B\\xfcro"' in ended.out


def test_a_path_steers_no_terminal(picodsc, tmp_path):
    (tmp_path / "a\x1b[2J\nb").write_bytes(b"\xff" * FLASH_SIZE)
    for name in ("a\x1b[2J\nb", "b\x1b[2J\n"):
        ended = picodsc("vault", "inspect", tmp_path / name)
        assert "\x1b" not in ended.out + ended.err
        assert "\\x1b[2J\\n" in ended.out + ended.err


def test_what_is_no_image_ends_with_exit_code_2_and_says_what_is_one(picodsc, tmp_path):
    (tmp_path / "short").write_bytes(b"abc")
    for name, reason in (
        ("short", "has 3 bytes; an image has 131,072 (the vault's region), 2,097,152 (the whole flash"),
        ("missing", "no such file"),
        ("home", "no such file"),
    ):
        ended = picodsc("vault", "inspect", tmp_path / name)
        assert (ended.out, ended.code) == ("", 2)
        assert reason in ended.err


def test_the_help_says_what_hiding_protects_and_what_the_exit_codes_mean(picodsc):
    shown = " ".join(picodsc("vault", "inspect", "--help").out.split())
    assert "that protects the output, not the token" in shown
    assert "1 if it halts (damaged or newer), 2 if IMAGE is no image" in shown


def test_the_formats_show_what_is_really_printed(inspect):
    shown = inspect(cut(lambda opened: opened.rename(identity(0), "Mail"), 4, of=contents(credentials=1))).out
    assert f"```\n$ picodsc vault inspect vault.bin\n{shown}```\n" in FORMATS.read_text(encoding="utf-8")


# Any image


def bases():
    flash, opened = vault()
    opened.rename(identity(0), "Zürich")
    opened.advance_counter(identity(0))
    images = [bytes(flash.cells), cut(lambda opened: opened.compact(), 40)]
    images.append(bytes(vault(verified_contents())[0].cells))
    images.append(cut(lambda opened: opened.delete(identity(0)), 60))
    return images


BASES = bases()


def check(image):
    """Both outputs are there, and neither steers a terminal."""
    seen = view(image)
    source = Source(Path("vault.bin"), Kind.REGION, image)
    lines = [line.plain for line in vault_report.report(source, seen, reveal=False, width=80)]
    assert all(letter.isprintable() for line in lines for letter in line)
    document = json.loads(vault_json.document(source, seen, reveal=True))
    assert document["state"] == seen.boot.state.value
    assert len(document["sectors"]) == 32


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**64))
def test_an_image_to_which_anything_was_done_is_shown(seed):
    source = random.Random(seed)
    check(mutated(source.choice(BASES), BASES, source))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**64))
def test_noise_is_shown(seed):
    check(random.Random(seed).randbytes(FLASH_SIZE))


@pytest.mark.parametrize("filler", [b"\x00", b"\x5a", b"\xff\x00", b"\x5a\xc3\x0f\x96"])
def test_a_region_full_of_one_thing_is_shown(filler):
    check((filler * FLASH_SIZE)[:FLASH_SIZE])
