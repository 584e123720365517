"""The real image on the emulated Pico: from a blank board over USB to a login, and what the engine promises besides."""

import os
from pathlib import Path

import pytest

from dsc.app.token import PRODUCTION_ROUNDS
from dsc.crypto.ocra import Suite, respond
from dsc.protocol import messages, orders
from dsc.protocol.frames import encode_frame
from dsc.vault.store import SEALED, Vault
from fakes import image_faults, interpreter, units
from fakes.factory_link import FactoryLink, credential, order
from fakes.nor_flash import NorFlash
from host_tools.emulator import serial_port
from host_tools.engines import images, names
from host_tools.engines.errors import (
    EngineError,
    EngineMissingError,
    LinkError,
    PoweredOffError,
    TokenInUseError,
)
from host_tools.engines.open import PROGRAM, open_engine
from host_tools.engines.rp2040 import PicoEngine
from host_tools.engines.unit import FLASH_SIZE
from host_tools.inventory import Inventory
from host_tools.inventory.location import Location
from host_tools.inventory.verify import Verdict, answer, issue_challenge
from host_tools.simulator.login import respond as log_in
from host_tools.simulator.screen_reader import read_screen
from host_tools.simulator.script import Player, parse, tap
from host_tools.station.make import Order, make_token

SERIAL, PIN = "RP-0001", "7294"
LOGIN_SCRIPT = "press 4 7 1 1 OK\npress 1 2 3 4 5 7 OK"


def shown(engine) -> str:
    return read_screen(engine.frame()).text


@pytest.fixture
def engine(rp2040, tmp_path):
    """A sealed token with few rounds on the emulated Pico, switched on."""
    with open_engine("rp2040", units.sealed_unit(tmp_path)) as opened:
        opened.power_on()
        yield opened


@pytest.fixture
def blank(rp2040, tmp_path):
    """A blank board, switched on."""
    with open_engine("rp2040", units.blank_unit(tmp_path)) as opened:
        opened.power_on()
        yield opened


# Provision, reboot, log in.


def test_a_blank_board_is_provisioned_over_usb_and_its_response_is_accepted(rp2040, tmp_path):
    with Inventory.open(Location.inside(tmp_path)) as inventory:
        token = make_token(inventory, tmp_path / "token", Order(SERIAL, bytearray(PIN.encode())), "rp2040")
        vault = Vault.mount(NorFlash(FLASH_SIZE, token.flash.read_bytes()))
        assert (vault.state, vault.root.serial) == (SEALED, SERIAL)
        assert vault.root.rounds >= PRODUCTION_ROUNDS
        assert vault.root.rounds % 100 == 0
        with open_engine("rp2040", token.unit()) as running:
            for pin, verdict in (("7295", Verdict.REJECTED), (PIN, Verdict.ACCEPTED)):
                running.power_on()
                challenge = issue_challenge(inventory, SERIAL).question
                response = log_in(running, pin, challenge, lambda name, frame: None)
                assert answer(inventory, SERIAL, challenge, response) is verdict
                running.power_off()


def test_a_token_that_the_emulated_board_sealed_works_on_the_other_engines(rp2040, tmp_path):
    with Inventory.open(Location.inside(tmp_path)) as inventory:
        token = make_token(inventory, tmp_path / "token", Order(SERIAL, bytearray(PIN.encode())), "rp2040")
        with open_engine("cpython", token.unit()) as running:
            running.power_on()
            challenge = issue_challenge(inventory, SERIAL).question
            response = log_in(running, PIN, challenge, lambda name, frame: None)
        assert answer(inventory, SERIAL, challenge, response) is Verdict.ACCEPTED


def test_an_order_with_fewer_rounds_than_a_production_image_takes_is_refused(blank):
    link = FactoryLink(blank)
    assert link.refused(messages.PROVISION, orders.encode_provision(order(rounds=9_999))) == (
        "OrderError",
        "rounds: 9999 is less than 10000, the least on this board",
    )
    assert blank.flash_image.read_bytes() == b"\xff" * FLASH_SIZE


def test_the_board_says_what_it_is(blank):
    kind, payload = FactoryLink(blank).ask(messages.HELLO, messages.encode_hello())
    assert kind == messages.IDENTITY
    identity = messages.decode_identity(payload)
    assert (identity.board, identity.uid, identity.vault) == ("pico", units.UID, messages.VAULT_BLANK)
    assert blank.pico.usb.serial_number.lower() == units.UID.hex()


def test_the_station_can_leave_and_come_back(blank):
    link = FactoryLink(blank)
    for _ in range(2):
        assert link.state() == messages.VAULT_BLANK
        blank.link_send(b"\r\x03")
        blank.run(100)
        blank._drop_link()
    assert "Connect the station" in shown(blank)


def test_a_station_that_left_without_a_word_is_followed_by_another_at_once(blank, monkeypatch):
    monkeypatch.setattr(serial_port, "IDLE_MS", 1)  # a real port is asked, and no time has passed
    FactoryLink(blank).state()
    blank._drop_link()
    said, send = bytearray(), blank.pico.usb.send

    def heard(data):
        said.extend(data)
        send(data)

    blank.pico.usb.send = heard
    assert FactoryLink(blank).state() == messages.VAULT_BLANK
    assert said.count(b"\r\x01") == 1  # it asks for the raw REPL, and has not to ask again


def test_a_station_that_broke_off_within_a_frame_finds_the_token_again(blank):
    link = FactoryLink(blank)
    link.state()
    frame = encode_frame(messages.PROVISION, orders.encode_provision(order(credential())))
    blank.link_send(bytes(frame[:40]))
    blank.run(100)
    blank._drop_link()
    assert FactoryLink(blank).state() == messages.VAULT_BLANK


def test_the_factory_screen_names_board_and_build(blank, rp2040):
    build = interpreter.constant(rp2040, "BUILD")
    assert f"Board pico {build}" in shown(blank)


def test_the_about_screen_names_version_board_and_build(engine, rp2040):
    for key in ("FD", "FA", "OK"):  # the last entry of the menu
        tap(engine, key)
    text = shown(engine)
    assert "picodsc 0.1.0" in text
    assert f"Board pico {interpreter.constant(rp2040, 'BUILD')}" in text


# A sealed token is closed.


def test_a_sealed_token_never_shows_itself_on_usb(engine):
    engine.pico.plug_usb()
    Player(engine, lambda said: None).play(parse(f"{LOGIN_SCRIPT}\nwait 5s\npress OK\nwait 65s\npress 1"))
    assert engine.pico.usb.pull_ups == 0
    assert not any(uart.sent for uart in engine.pico.uarts)


def test_nothing_can_be_sent_to_a_sealed_token(engine):
    with pytest.raises(LinkError, match="sealed"):
        engine.link_send(b"hello")


# The engine.


def test_the_flash_file_holds_each_operation_at_once(engine):
    writes = []
    engine.pico.flash.on_operation.append(lambda operation: writes.append(engine.flash_image.read_bytes()))
    region = engine.pico.flash.size - FLASH_SIZE
    engine.close()
    unit = units.sealed_unit(engine.flash_image.parent / "counting", (("OCRA-1:HOTP-SHA256-8:C-QN06", ""),))
    with open_engine("rp2040", unit) as counting:
        counting.power_on()
        seen = []
        counting.pico.flash.on_operation.append(
            lambda operation: seen.append(
                counting.flash_image.read_bytes() == bytes(counting.pico.flash.data[region:])
            )
        )
        Player(counting, lambda said: None).play(parse(LOGIN_SCRIPT))
        assert seen
        assert all(seen)


def test_one_flash_image_is_used_by_one_engine_at_a_time(engine):
    for name in names.NAMES[:1] + names.NAMES[2:]:
        with open_engine(name, engine._unit) as other, pytest.raises(TokenInUseError):
            other.power_on()


def test_an_engine_that_is_off_refuses_what_needs_power(rp2040, tmp_path):
    engine = open_engine("rp2040", units.sealed_unit(tmp_path))
    for use in (
        lambda: engine.press("1"),
        lambda: engine.release("1"),
        lambda: engine.run(1),
        lambda: engine.settle(),
        lambda: engine.link_send(b"x"),
    ):
        with pytest.raises(PoweredOffError):
            use()
    assert engine.frame().sha256() == engine.display.frame().sha256()
    assert engine.link_receive() == b""


def test_the_same_keys_give_the_same_cycles(rp2040, tmp_path):
    cycles = set()
    for number in range(2):
        with open_engine("rp2040", units.sealed_unit(tmp_path / str(number))) as engine:
            engine.power_on()
            Player(engine, lambda said: None).play(parse(LOGIN_SCRIPT))
            cycles.add(engine.pico.chip.cycles)
    assert len(cycles) == 1


def test_the_display_is_told_nothing_that_it_does_not_know(engine):
    Player(engine, lambda said: None).play(parse(f"{LOGIN_SCRIPT}\npress OK\npress 1"))
    assert engine.display.unknown == []


def test_the_response_is_the_one_of_the_key_in_the_vault(engine):
    said = []
    Player(engine, said.append).play(parse(f"{LOGIN_SCRIPT}\nread RESPONSE"))
    assert said == [respond(Suite.parse(units.LOGIN), units.fixed_key(0), "123457")]


def test_an_unforeseen_error_shows_its_name_and_the_token_restarts(rp2040, tmp_path):
    engine = open_engine("rp2040", units.sealed_unit(tmp_path))
    engine.on_wired.append(image_faults.runtime_error_at_response)
    with engine:
        engine.power_on()
        script = f'{LOGIN_SCRIPT}\nexpect "RuntimeError"\npress OK\nexpect "PIN>"'
        Player(engine, lambda said: None).play(parse(script))


def test_a_unique_id_of_another_length_is_no_picos(rp2040, tmp_path):
    unit = units.blank_unit(tmp_path)
    with pytest.raises(EngineError, match="8 bytes"):
        PicoEngine(type(unit)(unit.flash, b"\x01" * 9), rp2040).power_on()


def test_an_image_runs_nothing_but_itself(rp2040, tmp_path):
    with pytest.raises(EngineError, match="runs its image"):
        open_engine("rp2040", units.blank_unit(tmp_path), PROGRAM.with_name("calculator.py"))


# Without an image.


def test_without_an_image_it_says_how_to_get_one(monkeypatch, tmp_path):
    monkeypatch.delenv("PICODSC_IMAGE", raising=False)
    monkeypatch.setattr(images, "IMAGE", tmp_path / "none.uf2")
    with pytest.raises(EngineMissingError, match="make firmware"):
        open_engine("rp2040", units.blank_unit(tmp_path))


def test_an_image_that_is_older_than_its_sources_is_known(monkeypatch, tmp_path):
    image, source = tmp_path / "image.uf2", tmp_path / "firmware" / "dsc" / "changed.py"
    source.parent.mkdir(parents=True)
    for number, path in enumerate((source, image)):
        path.touch()
        os.utime(path, (1000 + number, 1000 + number))
    monkeypatch.setattr(images, "IMAGE", image)
    monkeypatch.setattr(images, "SOURCES", (tmp_path / "firmware",))
    assert images.newer_source(image) is None
    os.utime(source, (2000, 2000))
    assert images.newer_source(image) == source
    assert (
        images.newer_source(source) is None
    )  # an image that was chosen by name is nobody's copy of this tree


def test_the_variable_names_another_image(monkeypatch, tmp_path):
    chosen = tmp_path / "other.uf2"
    monkeypatch.setenv("PICODSC_IMAGE", str(chosen))
    with pytest.raises(EngineMissingError, match="no file"):
        images.find()
    chosen.touch()
    assert images.find() == Path(os.environ["PICODSC_IMAGE"])
