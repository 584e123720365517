"""The token in a terminal: every size, keyboard and mouse, the login page."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input, Static
from textual.worker import WorkerFailed

from dsc.crypto.ocra import Suite, respond
from fakes.made import PIN, SERIAL, made_token
from fakes.scratch_pad import ScratchPad
from host_tools.display.frame import Frame
from host_tools.engines.open import open_engine
from host_tools.inventory import Inventory, Location, NewCredential
from host_tools.simulator import terminal_widgets
from host_tools.simulator.folder import TokenFolder
from host_tools.simulator.login_page import LONGEST_RESPONSE, LoginPage, grouped
from host_tools.simulator.screen_reader import read_screen
from host_tools.simulator.script import shown_response
from host_tools.simulator.terminal import CrashedError, TokenApp, run, run_demo
from host_tools.simulator.terminal_layout import BESIDE_A_LOGIN, TOKEN_ALONE, arrange
from host_tools.simulator.terminal_widgets import DARK_FRAME, HOLD_MS, Key, Oled

LARGE, MIDDLING, SMALL = (140, 50), (100, 40), (80, 24)
SIZES = [LARGE, MIDDLING, SMALL, (130, 40), (130, 24), (164, 40), (200, 60), (240, 70), (80, 40), (100, 27)]


class HandClock:
    """A time of day that moves when the test says so."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


class Driven:
    """An app under test with the means to wait for what its token's thread does."""

    def __init__(self, app: TokenApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self.oled = app.query_one(Oled)

    async def until(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it did not happen in time"
            await self.pilot.pause(0.01)

    def type(self, *keys: str) -> None:
        """As fast as a terminal hands keys over, without the pilot's wait after each."""
        for key in keys:
            name = {"#": "number_sign", "*": "asterisk"}.get(key, key)
            self.app.post_message(events.Key(name, key if len(key) == 1 else None))

    async def reads(self, text: str) -> None:
        await self.until(lambda: text in read_screen(self.oled.frame).text)

    def said(self, selector: str) -> str:
        return str(self.app.query_one(selector, Static).render())

    @property
    def page(self) -> LoginPage:
        return self.app.query_one(LoginPage)

    @property
    def challenge(self) -> str:
        return str(self.app.query_one("#challenge-line", Static).render()).replace(" ", "")


@asynccontextmanager
async def driven(app: TokenApp, size: tuple[int, int] = LARGE) -> AsyncIterator[Driven]:
    async with app.run_test(size=size) as pilot:
        running = Driven(app, pilot)
        await running.until(lambda: "power on" in running.said("#status"))
        await running.until(lambda: app.query_one("#key-FD").region.area > 0)
        await pilot.pause()
        yield running


@pytest.fixture
def pad() -> ScratchPad:
    return ScratchPad()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def inventory(tmp_path: Path, clock: HandClock) -> Iterator[Inventory]:
    with Inventory.open(Location.inside(tmp_path), now=clock) as opened:
        opened.record_in_doubt(
            SERIAL,
            board="simulated",
            uid=bytes(8),
            firmware_version="0.1.0",
            credentials=[
                NewCredential(
                    id=bytes(16), label="login", key=bytearray(range(32)), alarm_key=bytearray(range(50, 82))
                )
            ],
        )
        yield opened


@pytest.fixture
def page(inventory: Inventory) -> LoginPage:
    return LoginPage(inventory, SERIAL, PIN, "alice")


@pytest.mark.parametrize("with_login", [False, True], ids=["alone", "beside a login"])
def test_at_any_size_all_parts_are_on_the_terminal_and_none_covers_another(pad, page, with_login):
    async def scenario():
        async with driven(TokenApp(pad, SERIAL, page if with_login else None)) as running:
            parts = [running.oled, *running.app.query(Key)]
            parts += [page.query_one(Input), page.query_one("#fresh")] if with_login else []
            for size in SIZES:
                await running.pilot.resize_terminal(*size)
                await running.until(lambda: apart(running.app, parts), seconds=10)

    asyncio.run(scenario())


def apart(app: TokenApp, parts: list[Widget]) -> bool:
    """Whether all parts have a place of their own on the screen."""
    places = [part.region for part in parts]
    return all(place.area > 0 and app.screen.region.contains_region(place) for place in places) and not any(
        one.overlaps(other) for one, other in itertools.combinations(places, 2)
    )


def test_half_blocks_are_chosen_from_130_columns_on():
    assert arrange(130, 36, with_login=False).half_blocks
    assert not arrange(129, 60, with_login=False).half_blocks
    assert arrange(130, 50, with_login=True).half_blocks


@pytest.mark.parametrize("with_login", [False, True])
def test_a_terminal_that_is_too_small_for_all_gets_the_smallest_arrangement(with_login):
    assert arrange(40, 10, with_login) == (BESIDE_A_LOGIN if with_login else TOKEN_ALONE)[-1]


@pytest.mark.parametrize(("size", "drawn"), [(LARGE, Frame.blocks), (SMALL, Frame.braille)])
def test_the_display_shows_every_pixel(pad, size, drawn):
    async def scenario():
        async with driven(TokenApp(pad, SERIAL), size) as running:
            await running.until(lambda: running.oled.frame == pad.frame())
            oled = running.oled
            shown = [oled.render_line(y).text for y in range(oled.size.height)]
            wanted = drawn(oled.frame).replace("\N{BRAILLE PATTERN BLANK}", " ").split("\n")
            assert shown == wanted

    asyncio.run(scenario())


def test_the_terminal_may_change_its_size(pad):
    async def scenario():
        async with driven(TokenApp(pad, SERIAL), LARGE) as running:
            assert running.oled.half_blocks
            await running.pilot.resize_terminal(*SMALL)
            await running.until(lambda: not running.oled.half_blocks)

    asyncio.run(scenario())


def test_the_keyboard_has_every_key_of_the_keypad(pad):
    async def scenario():
        async with driven(TokenApp(pad, SERIAL)) as running:
            running.type(*"0123456789", "enter", "backspace", *"abcd", "#", "*", "x")
            wanted = [*"0123456789", "OK", "C", "FA", "FB", "FC", "FD", "OK", "C"]
            await running.until(lambda: len(pad.log) == 2 * len(wanted))
            assert pad.typed == wanted

    asyncio.run(scenario())


def test_delete_holds_the_clear_key_once_however_often_the_terminal_repeats_it(pad, monkeypatch):
    monkeypatch.setattr(terminal_widgets, "monotonic", lambda: 100.0)

    async def scenario():
        async with driven(TokenApp(pad, SERIAL)) as running:
            running.type("delete", "delete", "delete", "1")
            await running.until(lambda: "1" in pad.typed)
            assert pad.typed == ["C", "1"]
            assert pad.log[1][2] - pad.log[0][2] == HOLD_MS

    asyncio.run(scenario())


def test_a_key_is_down_for_as_long_as_the_mouse_button_is_wherever_it_is_let_go(pad):
    async def scenario():
        async with driven(TokenApp(pad, SERIAL)) as running:
            key = running.app.query_one("#key-FB")
            await running.pilot.mouse_down(key)
            await running.until(lambda: key.has_class("-down"))
            await running.pilot.pause(0.5)
            assert pad.log == [("FB", True, pad.log[0][2])]
            await running.pilot.mouse_up("#title")
            await running.until(lambda: not key.has_class("-down"))
            assert pad.log[1][:2] == ("FB", False)
            assert pad.log[1][2] - pad.log[0][2] > 200

    asyncio.run(scenario())


def test_the_power_is_cut_and_restored(pad):
    async def scenario():
        async with driven(TokenApp(pad, SERIAL)) as running:
            await running.pilot.press("ctrl+p")
            await running.until(lambda: "power off" in running.said("#status"))
            assert not pad.powered
            await running.pilot.press("ctrl+p")
            await running.until(lambda: "power on" in running.said("#status"))
            assert pad.starts == 2

    asyncio.run(scenario())


@pytest.mark.parametrize("place", ["a handler", "the token's thread"])
def test_the_traceback_of_an_unforeseen_error_shows_no_value(pad, place, capsys):
    """As Textual has it, it would show local variables, and a key or response among them."""
    value = os.urandom(8).hex()

    def fail(*_):
        held = value
        raise LookupError(f"unforeseen after {len(held)} digits")

    class Failing(TokenApp):
        action_new_challenge = fail

    async def scenario():
        async with driven(Failing(pad, SERIAL)) as running:
            if place == "a handler":
                running.type("f5")
            else:
                pad.run = fail
            await running.until(lambda: running.app._exit)

    with pytest.raises((LookupError, WorkerFailed)):
        asyncio.run(scenario())
    shown = capsys.readouterr().err
    assert "unforeseen after 16 digits" in shown
    assert value not in shown
    assert "locals" not in shown


def test_a_firmware_that_stops_is_told_in_the_status_line_and_restarts_with_the_power_key(pad):
    async def scenario():
        async with driven(TokenApp(pad, SERIAL)) as running:
            pad.stop_next = True
            await running.until(lambda: "firmware stopped: MemoryError: no heap" in running.said("#status"))
            await running.pilot.press("ctrl+p")
            await running.until(lambda: "power on" in running.said("#status"))

    asyncio.run(scenario())


def test_a_fault_that_the_firmware_reports_is_shown(pad):
    async def scenario():
        async with driven(TokenApp(pad, SERIAL)) as running:
            pad.faults.append("ValueError")
            await running.until(lambda: "fault: ValueError" in running.said("#status"))

    asyncio.run(scenario())


def test_a_program_that_crashed_is_told_from_one_that_was_left(monkeypatch, pad, page, inventory):
    monkeypatch.setattr(TokenApp, "run", lambda app: None)
    run(pad, SERIAL)
    assert not run_demo(pad, inventory, SERIAL, PIN)
    monkeypatch.setattr(TokenApp, "return_code", 1)
    with pytest.raises(CrashedError):
        run(pad, SERIAL)
    with pytest.raises(CrashedError):
        run_demo(pad, inventory, SERIAL, PIN)


def test_quitting_closes_the_engine(pad):
    async def scenario():
        async with driven(TokenApp(pad, SERIAL)) as running:
            await running.pilot.press("ctrl+q")

    asyncio.run(scenario())
    assert pad.closed


def test_the_focus_decides_where_digits_go(pad, page):
    async def scenario():
        async with driven(TokenApp(pad, SERIAL, page)) as running:
            await running.pilot.press("1")
            await running.pilot.press("tab", "2", "3")
            assert page.query_one(Input).value == "23"
            await running.pilot.press("tab", "6")  # and back, as the help line says
            await running.pilot.click("#key-4")
            await running.pilot.press("5")
            await running.until(lambda: len(pad.log) == 8)
            assert pad.typed == ["1", "6", "4", "5"]
            assert page.query_one(Input).value == "23"

    asyncio.run(scenario())


async def submit(running: Driven, response: str) -> None:
    field = running.app.query_one(Input)
    field.focus()
    field.value = response
    await running.pilot.press("enter")


def right_response(challenge: str, first: int = 0) -> str:
    key = bytearray(range(first, first + 32))
    return respond(Suite.parse("OCRA-1:HOTP-SHA256-8:QN06"), key, challenge)


def test_the_page_shows_user_challenge_and_pin(pad, page):
    async def scenario():
        async with driven(TokenApp(pad, SERIAL, page)) as running:
            assert re.fullmatch(r"\d{3} \d{3}", running.said("#challenge-line"))
            assert running.said("#user") == "alice"
            assert running.said("#hint") == PIN

    asyncio.run(scenario())


def test_a_login_under_duress_looks_like_any_other(pad, page, inventory):
    async def scenario():
        async with driven(TokenApp(pad, SERIAL, page)) as running:
            await submit(running, right_response(running.challenge, 50))
            assert running.said("#verdict").strip() == "✔ accepted: welcome, alice"
            assert page.accepted

    asyncio.run(scenario())


def test_the_right_response_is_accepted_once(pad, page, inventory):
    async def scenario():
        async with driven(TokenApp(pad, SERIAL, page)) as running:
            response = right_response(running.challenge)
            await submit(running, f"{response[:4]} {response[4:]}")
            assert "accepted: welcome, alice" in running.said("#verdict")
            assert page.has_class("-accepted")
            await submit(running, response)
            assert "refused: this challenge was answered" in running.said("#verdict")
            assert page.accepted, "a login was accepted, whatever came after"

    asyncio.run(scenario())


def test_a_wrong_response_is_refused_and_f5_brings_another_challenge(pad, page, inventory):
    async def scenario():
        async with driven(TokenApp(pad, SERIAL, page)) as running:
            first = running.challenge
            wrong = right_response(first)
            await submit(running, wrong[:-1] + str((int(wrong[-1]) + 1) % 10))
            assert "refused: wrong response" in running.said("#verdict")
            assert page.has_class("-refused")
            await running.pilot.press("f5")
            assert running.challenge != first
            assert not page.has_class("-refused")
            assert not page.accepted

    asyncio.run(scenario())


def test_a_malformed_response_is_refused_and_leaves_the_challenge_open(pad, page, inventory):
    async def scenario():
        async with driven(TokenApp(pad, SERIAL, page)) as running:
            await submit(running, "1234")
            assert running.said("#verdict").strip() == "✘ expected 8 digits"
            running.type("5")
            await running.until(lambda: page.query_one(Input).value == "5")  # typing on replaces it
            await submit(running, right_response(running.challenge))
            assert page.accepted

    asyncio.run(scenario())


def test_a_response_is_of_digits_spaces_and_dashes_and_not_long(pad, page):
    async def scenario():
        async with driven(TokenApp(pad, SERIAL, page)) as running:
            await running.pilot.press("tab")
            running.type("a", "1", "minus", "#", "space", *"2" * 40)
            running.app.post_message(events.Key("minus", "-"))
            field = page.query_one(Input)
            await running.until(lambda: len(field.value) == LONGEST_RESPONSE)
            assert set(field.value) <= set("12 -")

    asyncio.run(scenario())


def test_in_the_demo_the_help_names_the_function_keys_too(pad, page):
    async def scenario():
        async with driven(TokenApp(pad, SERIAL, page), SMALL) as running:
            assert "0-9 a-d keys" in running.said("#help")
            assert len(running.said("#help")) <= 78

    asyncio.run(scenario())


@pytest.mark.parametrize("size", [(79, 24), (80, 23), (40, 10)])
def test_a_terminal_that_is_too_small_says_so_until_it_is_larger(pad, page, size):
    async def scenario():
        async with driven(TokenApp(pad, SERIAL, page), SMALL) as running:
            notice = running.app.query_one("#too-small")
            assert not notice.display
            await running.pilot.resize_terminal(*size)
            await running.until(lambda: notice.region == running.app.screen.region)
            assert running.said("#too-small") == f"terminal is {size[0]}x{size[1]}; needs 80x24"
            await running.pilot.resize_terminal(*SMALL)
            await running.until(lambda: not notice.display)
            await running.pilot.press("1")
            await running.until(lambda: pad.typed == ["1"])

    asyncio.run(scenario())


@pytest.mark.parametrize("engine", ["cpython", "micropython"])
def test_a_display_that_sleeps_is_told_in_the_status_line(pad, engine):
    pad.name = engine

    async def scenario():
        async with driven(TokenApp(pad, SERIAL), SMALL) as running:
            pad.frame = lambda: DARK_FRAME
            await running.until(lambda: "any key wakes it (it is not typed)" in running.said("#status"))
            assert len(running.said("#status")) <= 78
            del pad.frame
            await running.until(lambda: "asleep" not in running.said("#status"))

    asyncio.run(scenario())


def test_a_challenge_expires_before_the_eyes_of_the_user(pad, page, inventory, clock):
    async def scenario():
        async with driven(TokenApp(pad, SERIAL, page)) as running:
            await running.until(lambda: "3:00" in running.said("#life"))
            clock.time += timedelta(seconds=170)
            await running.until(lambda: "0:10" in running.said("#life"))
            clock.time += timedelta(seconds=10)
            await running.until(lambda: "expired" in running.said("#life"))
            await submit(running, right_response(running.challenge))
            assert "refused: the challenge has expired" in running.said("#verdict")
            await running.pilot.click("#fresh")
            await running.until(lambda: "3:00" in running.said("#life"))

    asyncio.run(scenario())


def test_what_the_inventory_refuses_is_told_on_the_page(pad, inventory):
    async def scenario():
        async with driven(TokenApp(pad, SERIAL, LoginPage(inventory, "NO-1", PIN, "alice"))) as running:
            assert "no token has the serial" in running.said("#verdict")
            await submit(running, "12345678")
            assert not running.page.accepted

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("digits", "shown"), [("123456", "123 456"), ("12345678", "1234 5678"), ("1234", "1234")]
)
def test_digits_are_grouped_for_the_eye(digits, shown):
    assert grouped(digits) == shown


@pytest.fixture
def made(tmp_path: Path) -> Iterator[tuple[Inventory, TokenFolder]]:
    with made_token(tmp_path) as both:
        yield both


def test_a_login_with_the_real_firmware_typed_on_the_keyboard_is_accepted(made):
    inventory, token = made
    page = LoginPage(inventory, SERIAL, PIN, "alice")

    async def scenario():
        async with driven(TokenApp(open_engine("cpython", token.unit()), SERIAL, page), SMALL) as running:
            await running.reads("PIN>")
            running.type(*PIN, "enter")
            await running.reads("CHALLNG>")
            running.type(*running.challenge, "enter")
            await running.until(lambda: shown_response(read_screen(running.oled.frame)) is not None)
            response = shown_response(read_screen(running.oled.frame))
            await running.pilot.press("tab")
            running.type(*response, "enter")
            await running.until(lambda: "accepted" in running.said("#verdict"))

    asyncio.run(scenario())
    assert page.accepted
