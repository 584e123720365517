"""The large database that measurements are made on is an inventory as any other."""

import sys
from pathlib import Path

import pytest

from dsc.crypto.ocra import Suite, respond
from host_tools.inventory import Inventory, Location
from host_tools.inventory.states import TokenState
from host_tools.inventory.verify import answer, issue_challenge


@pytest.fixture
def many(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent)
    import many_devices

    return many_devices


def test_each_device_answers_with_the_key_that_is_told_of_it(many, tmp_path, monkeypatch):
    monkeypatch.setattr(many, "SHARE", 16)
    devices = many.Devices(50, seed=3)
    many.fill(Location.inside(tmp_path), devices)
    with Inventory.open(Location.inside(tmp_path), create=False) as inventory:
        assert inventory.serials() == [devices.serial(number) for number in devices.numbers]
        for number in (1, 16, 17, 50):
            serial = devices.serial(number)
            challenge = issue_challenge(inventory, serial)
            response = respond(Suite.parse(many.SUITE), devices.key(number), challenge.question)
            assert answer(inventory, serial, challenge.question, response).accepted
        owned = [inventory.token(devices.serial(number)).state for number in (9, 10)]
        assert owned == [TokenState.ASSIGNED, TokenState.SEALED]
        assert inventory.token(devices.serial(7)).user == "user7"


def test_the_order_of_challenges_is_each_device_s_own(many, tmp_path):
    devices = many.Devices(20)
    many.fill(Location.inside(tmp_path), devices, jobs=1)
    with Inventory.open(Location.inside(tmp_path), create=False) as inventory:
        first = {issue_challenge(inventory, devices.serial(number)).question for number in devices.numbers}
    assert len(first) == 20


def test_the_program_says_what_it_made(many, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["many_devices.py", str(tmp_path), "--devices", "10"])
    assert many.main() == 0
    assert "10 devices in" in capsys.readouterr().out
