"""Labels and letters of what the inventory knows: a letter once, no file overwritten, nothing lost on the way."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes import printed
from host_tools.inventory import Inventory, Location, NewCredential
from host_tools.inventory.errors import NoPinError, UnknownSerialError, UnusableFileError
from host_tools.inventory.lifecycle import assign
from host_tools.inventory.pins import has_letter_pin
from host_tools.station.paper import making
from host_tools.station.paper.errors import ExistingFileError, StockTooSmallError, UnprintableError
from host_tools.station.paper.languages import TABLES
from host_tools.station.paper.making import make_labels, make_letter, make_sample
from host_tools.station.paper.stocks import stock

PIN = b"482913"
SERIAL = "PD-0000017"


@pytest.fixture
def location(tmp_path: Path) -> Location:
    return Location(tmp_path / "data" / "inventory.db", tmp_path / "config" / "master.key")


@pytest.fixture
def inventory(location: Location) -> Iterator[Inventory]:
    """With a sealed token, whose PIN the station chose."""
    with Inventory.open(location) as opened:
        sealed(opened)
        yield opened


def sealed(inventory, serial=SERIAL, number=1, suite="OCRA-1:HOTP-SHA256-8:QN06"):
    key = bytearray([number]) * 32
    inventory.record_in_doubt(
        serial,
        board="simulated",
        uid=bytes(8),
        firmware_version="0.1.0",
        credentials=[
            NewCredential(id=bytes([number]) * 16, label="Login", key=key, login_suite=suite),
        ],
        pin=bytearray(PIN),
        letter=True,
    )
    inventory.mark_sealed(serial)


def test_a_letter_has_the_kept_pin_and_is_its_owner_s_alone(inventory, paper):
    make_letter(inventory, SERIAL, paper)
    assert PIN.decode() in printed.texts(paper)[0]
    assert stat.S_IMODE(paper.stat().st_mode) == 0o600
    assert [path.name for path in paper.parent.glob("*paper*")] == [paper.name]


def test_a_letter_is_made_once(inventory, paper, tmp_path):
    make_letter(inventory, SERIAL, paper)
    with pytest.raises(NoPinError, match="its letter was made"):
        make_letter(inventory, SERIAL, tmp_path / "second.pdf")
    assert not (tmp_path / "second.pdf").exists()
    assert [entry.event for entry in inventory.history(SERIAL)][-1] == "letter made, PIN forgotten"


def test_a_file_that_is_there_is_left_as_it_is_and_the_pin_kept(inventory, paper):
    paper.write_text("another letter")
    with pytest.raises(ExistingFileError, match="is there already, and is not overwritten"):
        make_letter(inventory, SERIAL, paper)
    assert paper.read_text() == "another letter"
    assert has_letter_pin(inventory, SERIAL)


def test_where_nothing_can_be_written_the_pin_is_kept(inventory, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UnusableFileError):
        make_letter(inventory, SERIAL, tmp_path / "file" / "letter.pdf")
    assert has_letter_pin(inventory, SERIAL)


def test_what_is_wrong_with_a_letter_shows_before_the_pin_is_taken_up(inventory, paper, monkeypatch):
    monkeypatch.setattr(making, "hand_over_letter_pin", lambda *_: pytest.fail("the PIN was taken up"))
    with pytest.raises(UnprintableError):
        make_letter(inventory, SERIAL, paper, address=["محمد"])
    assert not paper.exists()


def test_the_user_s_name_is_the_first_line_of_the_address(inventory, paper):
    assign(inventory, SERIAL, "Zoë Œuvray")
    make_letter(inventory, SERIAL, paper, address=["12 Sample Street"], sender="Bank", language="fr")
    front = printed.texts(paper)[0]
    assert "ZoëŒuvray12SampleStreet" in front
    assert printed.spaceless(TABLES["fr"]["subject"]) in front
    assert inventory.now().date().isoformat() in front


def test_a_token_of_plain_codes_has_no_step_for_a_challenge(inventory, paper, tmp_path):
    sealed(inventory, "PD-0000025", 2, "HOTP-SHA1-6")
    make_letter(inventory, "PD-0000025", paper)
    make_letter(inventory, SERIAL, tmp_path / "other.pdf")
    challenge = printed.spaceless(TABLES["en"]["step.challenge"])
    assert challenge not in printed.texts(paper)[1]
    assert challenge in printed.texts(tmp_path / "other.pdf")[1]


@pytest.mark.parametrize("moment", ["link", "unlink"])
def test_killed_while_it_writes_the_pin_is_in_the_inventory_still(inventory, location, paper, moment):
    """Before the letter has its name, and right after."""
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from host_tools.inventory import Inventory, Location\n"
        "from host_tools.station.paper.making import make_letter\n"
        "def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)\n"
        f"os.{moment} = die\n"
        "database, key, paper = map(Path, sys.argv[1:])\n"
        f"make_letter(Inventory.open(Location(database, key)), {SERIAL!r}, paper)\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", program, location.database, location.master_key, paper],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=False,
    )
    assert child.returncode == -signal.SIGKILL
    assert paper.exists() == (moment == "unlink")
    assert has_letter_pin(inventory, SERIAL)
    (draft,) = paper.parent.glob(f".{paper.name}.*")
    assert stat.S_IMODE(draft.stat().st_mode) == 0o600
    again = paper.with_name("again.pdf")
    make_letter(inventory, SERIAL, again)
    assert PIN.decode() in printed.texts(again)[0]


def test_a_sample_needs_no_inventory(paper):
    make_sample(paper, language="de", address=["Ada Beispiel"])
    front = printed.texts(paper)[0]
    assert "AdaBeispiel" in front
    assert "MUSTER" in front


def test_labels_are_made_of_tokens_that_there_are(inventory, paper):
    with pytest.raises(UnknownSerialError, match="did you mean PD-0000017"):
        make_labels(inventory, [SERIAL, "PD-0000071"], paper, stock("avery-l7160"))
    assert not paper.exists()
    assert make_labels(inventory, [SERIAL, SERIAL], paper, stock("avery-l7160")) == 1
    assert printed.texts(paper) == [SERIAL * 2]


def test_labels_overwrite_nothing_and_leave_nothing_behind(inventory, paper):
    paper.write_text("a letter")
    with pytest.raises(ExistingFileError):
        make_labels(inventory, [SERIAL], paper, stock("avery-l7160"))
    assert paper.read_text() == "a letter"
    assert not list(paper.parent.glob(".*"))


def test_labels_that_are_not_legible_leave_no_file(inventory, paper):
    long = "W" * 20 + "x" * 12
    sealed(inventory, long, 3)
    with pytest.raises(StockTooSmallError):
        make_labels(inventory, [long], paper, stock("dymo-54x25"))
    assert not list(paper.parent.glob("*paper*"))
