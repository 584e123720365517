"""Where units come from: the one port with a blank token, one after another on a line, or a folder."""

import json

import pytest

from host_tools.simulator.folder import TokenFolder, TokenFolderError
from host_tools.station import desk as desks
from host_tools.station.desk import FolderDesk, SimulatedDesk, UsbDesk, taken
from host_tools.station.errors import NoUnitError


class Ports:
    """What is plugged in: a list of ports for each look; the last one stays."""

    def __init__(self, *looks):
        self.looks = list(looks)

    def __call__(self):
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


@pytest.fixture(autouse=True)
def opened(monkeypatch):
    """The ports that were opened."""
    opened = []
    monkeypatch.setattr(desks, "on_port", lambda port: opened.append(port) or port)
    monkeypatch.setattr(desks.time, "sleep", lambda seconds: None)
    return opened


def test_the_only_unit_is_taken():
    assert UsbDesk(None, Ports(["ttyACM3"])).one() == "ttyACM3"


def test_the_named_port_is_taken_whatever_is_there():
    assert UsbDesk("ttyACM7", Ports([])).one() == "ttyACM7"


@pytest.mark.parametrize(("found", "said"), [([], "no blank token"), (["a", "b"], r"several boards .*a, b")])
def test_none_and_several_are_told_apart(found, said):
    with pytest.raises(NoUnitError, match=said):
        UsbDesk(None, Ports(found)).one()


def test_a_board_that_is_being_prepared_is_seen_afterwards():
    ports = Ports([])

    def flash():
        ports.looks = [["ttyACM0"]]

    assert UsbDesk(None, ports, flash).one() == "ttyACM0"


def test_on_a_line_each_unit_is_taken_once_until_it_was_unplugged():
    desk = UsbDesk(None, Ports([], ["a"], ["a"], ["a", "b"], ["b"], ["a", "b"]))
    assert [desk.wait() for _ in range(3)] == ["a", "b", "a"]


def test_on_a_line_with_a_named_port_the_next_one_is_waited_for():
    desk = UsbDesk("a", Ports(["a", "b"], ["a", "b"], ["b"], ["a"]))
    assert [desk.wait() for _ in range(2)] == ["a", "a"]


def test_a_simulated_unit_stays_in_its_folder_and_gets_its_serial(tmp_path):
    desk = SimulatedDesk(tmp_path / "unit", "cpython")
    with taken(desk.one()):
        assert TokenFolder.load(tmp_path / "unit").serial == ""
    desk.named("DS-1")
    assert TokenFolder.load(tmp_path / "unit").serial == "DS-1"
    assert (tmp_path / "unit" / "token.json").stat().st_mode & 0o077 == 0


def test_several_simulated_units_have_folders_of_their_own(tmp_path):
    desk = SimulatedDesk(tmp_path / "units", "cpython", several=True)
    for serial in ("DS-1", "DS-2"):
        with taken(desk.wait()):
            pass
        desk.named(serial)
    described = [json.loads(path.read_text()) for path in (tmp_path / "units").glob("*/token.json")]
    assert sorted(one["serial"] for one in described) == ["DS-1", "DS-2"]
    assert len({one["uid"] for one in described}) == 2


def test_a_folder_with_something_in_it_becomes_no_unit(tmp_path):
    (tmp_path / "photo.jpg").touch()
    with pytest.raises(TokenFolderError, match="not empty"):
        SimulatedDesk(tmp_path, "cpython").one()
    assert [path.name for path in tmp_path.iterdir()] == ["photo.jpg"]


def test_a_unit_that_is_there_already_is_plugged_in_again(tmp_path):
    TokenFolder.new_blank(tmp_path / "unit", "simulated")
    desk = FolderDesk(tmp_path / "unit", "cpython")
    for _ in range(2):
        with taken(desk.one()) as unit:
            assert unit.name == "cpython"
