"""The login flow: keys in, pictures out, on both engines."""

import pytest

from dsc.app import timing
from dsc.crypto.ocra import Suite, respond
from fakes import units
from fakes.desk import Desk
from host_tools.engines.errors import FirmwareStoppedError
from host_tools.engines.open import open_engine
from screens.scenes import SEVERAL

COUNTER = "OCRA-1:HOTP-SHA256-8:C-QN06"


def expected(challenge, suite=units.LOGIN, index=0, **inputs):
    return respond(Suite.parse(suite), units.fixed_key(index), challenge, **inputs)


@pytest.mark.parametrize(
    "suite",
    [
        units.LOGIN,
        "OCRA-1:HOTP-SHA1-6:QN06",
        "OCRA-1:HOTP-SHA512-8:QN06",
        "OCRA-1:HOTP-SHA256-4:QN06",
        "OCRA-1:HOTP-SHA256-10:QN06",
    ],
)
def test_the_right_pin_gives_the_response_of_rfc_6287(desk, suite):
    assert desk(((suite, ""),)).login("4711", "123457") == expected("123457", suite)


def test_leading_zeros_of_the_challenge_are_typed_and_count_as_the_rfc_says(desk):
    assert desk().login("4711", "000001") == expected("000001")


def test_eight_digit_pins_work(desk):
    assert desk(pin=b"90210763").login("90210763", "123457") == expected("123457")


@pytest.mark.parametrize("wrong", ["4710", "0000", "1174"])
def test_a_wrong_pin_gives_another_response_and_the_token_does_not_tell(desk, wrong):
    token = desk()
    response = token.login(wrong, "123457")
    assert len(response) == 8
    assert response != expected("123457")
    assert token.screen.lines[0] == units.SERIAL


def test_neither_right_nor_wrong_pin_changes_the_flash(desk):
    token = desk()
    before = token.engine.flash_image.read_bytes()
    token.login("4711", "123457")
    token.do("press OK\npress OK")
    token.login("4710", "123457")
    assert token.engine.flash_image.read_bytes() == before


def test_corrected_digits_do_not_count(desk):
    token = desk()
    assert token.do("press 4 7 9 C 1 1 OK\npress 1 2 9 9 C C 3 4 5 7 OK\nread RESPONSE") == expected("123457")


def test_digits_beyond_the_last_are_ignored(desk):
    token = desk()
    assert token.do("press 4 7 1 1 5 5 OK\npress 1 2 3 4 5 7 8 9 OK\nread RESPONSE") == expected("123457")


def test_digits_too_many_are_told(desk):
    token = desk()
    token.do('press 4 7 1 1 5\nexpect "PIN has 4 digits"\nexpect "****"')
    token.do('press OK\npress 1 2 3 4 5 7\nexpect "#OK"\npress 8\nexpect "It has 6 digits"\nexpect "123457"')


def test_the_legend_names_the_menu_only_while_it_does_something(desk):
    token = desk()
    assert "Menu" in token.screen.text
    token.do("press 4")
    assert "Menu" not in token.screen.text
    assert "#OK" in token.screen.text
    token.do('press C\nexpect "Menu"')


def test_an_ok_held_from_the_challenge_on_does_not_sweep_the_response_away(desk):
    token = desk()
    token.do("press 4 7 1 1 OK\npress 1 2 3 4 5 7\nhold OK 3s")
    assert token.do("read RESPONSE") == expected("123457")


def test_function_keys_do_nothing_where_the_screen_does_not_name_them(desk):
    token = desk()
    script = "press 4 A 7 FB 1 FC D 1 OK\npress A 1 2 FB 3 FC 4 FD 5 7 OK\npress 1 A\nread RESPONSE"
    assert token.do(script) == expected("123457")


def test_a_challenge_that_is_short_takes_a_second_ok(desk):
    token = desk()
    token.do('press 4 7 1 1 OK\npress 1 2 3 4 OK\nexpect "4 of 6 digits. OK?"')
    assert token.do("press OK\nread RESPONSE") == expected("1234")


def test_typing_on_takes_the_question_about_a_short_challenge_back(desk):
    token = desk()
    token.do('press 4 7 1 1 OK\npress 1 2 3 4 OK\npress 5 OK\nexpect "5 of 6 digits. OK?"')
    assert token.do("press 7 OK\nread RESPONSE") == expected("123457")


def test_an_empty_challenge_is_never_answered(desk):
    token = desk()
    token.do('press 4 7 1 1 OK\npress OK OK OK\nexpect "Type the challenge"\nexpect "CHALLNG>"')


def test_after_a_response_the_token_is_dark_until_a_key_that_is_not_typed(desk):
    token = desk()
    token.login("4711", "123457")
    token.do('press OK\nexpect ""\nwait 5m\nexpect ""\npress 4\nexpect "PIN>"\nexpect "----"')
    assert token.login("4711", "000016") == expected("000016")


def test_a_response_goes_dark_by_itself_when_its_time_is_up(desk):
    token = desk()
    token.login("4711", "123457")
    token.do(f'wait {timing.RESPONSE_MS - 500}ms\nread RESPONSE\nwait 600ms\nexpect ""')


def test_the_bar_shrinks_with_the_time_to_live(desk):
    token = desk()
    token.login("4711", "123457")

    def width():
        frame = token.engine.frame()
        return max(sum(frame.pixel(x, y) for x in range(frame.width)) for y in (47, 48, 49))

    widths = [width()]
    for _ in range(5):
        token.do(f"wait {timing.RESPONSE_MS // 6}ms")
        widths.append(width())
    assert widths == sorted(widths, reverse=True)
    assert len(set(widths)) == len(widths)


@pytest.mark.parametrize("typed", ["", "press 4 7", "press 4 7 1 1"])
def test_holding_c_empties_the_pin_screen(desk, typed):
    token = desk()
    token.do(f'{typed}\nhold C 2s\nexpect "PIN>"\nexpect "----"')


def test_holding_c_leaves_the_challenge_and_asks_for_the_pin_again(desk):
    token = desk()
    token.do('press 4 7 1 1 OK\npress 1 2\nhold C 2s\nexpect "PIN>"\nexpect "----"')
    assert token.login("4711", "123457") == expected("123457")


def test_holding_another_key_cancels_nothing(desk):
    token = desk()
    token.do("hold 4 2s\npress 7 1 1 OK\nhold 1 2s\npress 2 3 4 5 7 OK")
    assert token.do("read RESPONSE") == expected("123457")


@pytest.mark.parametrize(
    ("script", "milliseconds"),
    [
        ("", timing.PATIENCE_MS),
        ("press 4 7 1 1", timing.PATIENCE_MS),
        ("press 4 7 1 1 OK", timing.CHALLENGE_MS),
        ("press 4 7 1 1 OK\npress 1 2 3", timing.CHALLENGE_MS),
        ("press D", timing.PATIENCE_MS),
        ("press D A OK", timing.ABOUT_MS),
    ],
)
def test_every_wait_ends_dark_and_the_next_key_begins_anew(desk, script, milliseconds):
    token = desk()
    token.do(script)
    token.do(f"wait {milliseconds - 1000}ms")
    assert not token.dark
    token.do('wait 3s\nexpect ""\npress 5\nexpect "PIN>"\nexpect "----"')


def test_each_key_gives_the_pin_screen_its_full_time_again(desk):
    token = desk()
    for _ in range(3):
        token.do(f'wait {timing.PATIENCE_MS - 2000}ms\npress 4\nexpect "PIN>"')


def test_the_last_pin_digit_can_be_read_for_a_moment_only(desk):
    token = desk()
    token.do('press 4 7\nexpect "*7--"')
    token.do(f'wait {timing.REVEAL_MS}ms\nexpect "**--"')


def test_ok_on_an_unfinished_pin_says_how_long_it_is(desk):
    token = desk()
    token.do(
        'press 4 7 OK\nexpect "PIN has 4 digits"\nwait 2s\nexpect "#OK"\npress 1 1 OK\nexpect "CHALLNG>"'
    )


def test_about_is_left_by_any_key(desk):
    token = desk()
    token.do('press D A OK\nexpect "Serial DS-0815"\npress 4\nexpect "About this token"')
    token.do('hold C 2s\nexpect "PIN>"\nexpect "----"')


def test_a_key_held_while_the_token_goes_dark_does_not_wake_it_until_pressed_again(desk):
    token = desk()
    token.login("4711", "123457")
    token.engine.press("OK")
    token.engine.run(3000)
    assert token.dark
    token.engine.release("OK")
    token.engine.run(1000)
    assert token.dark
    token.do('press OK\nexpect "PIN>"')


def test_a_counter_moves_with_each_response_and_survives_power_off(desk):
    token = desk(((COUNTER, ""),))
    for counter in range(3):
        assert token.login("4711", "123457") == expected("123457", COUNTER, counter=counter)
        token.do('power off\npower on\nexpect "PIN>"')


def test_the_counter_moves_on_for_a_wrong_pin_too(desk):
    token = desk(((COUNTER, ""),))
    assert token.login("4710", "123457") != expected("123457", COUNTER, counter=0)
    token.do("press OK\npress OK")
    assert token.login("4711", "123457") == expected("123457", COUNTER, counter=1)


def test_a_cancelled_login_uses_no_counter(desk):
    token = desk(((COUNTER, ""),))
    token.do("press 4 7 1 1 OK\npress 1 2\nhold C 2s")
    assert token.login("4711", "123457") == expected("123457", COUNTER, counter=0)


@pytest.mark.parametrize(
    ("keys", "index"), [("", 0), ("B", 1), ("B B B", 3), ("A", 7), ("A A B", 7), ("B A", 0)]
)
def test_the_chosen_credential_answers_with_its_own_key(desk, keys, index):
    token = desk(SEVERAL)
    script = f"press {keys}\npress OK" if keys else "press OK"
    token.do(script + '\nexpect "PIN>"')
    assert token.login("4711", "123457") == expected("123457", index=index)
    assert token.screen.lines[0].rstrip("…") == SEVERAL[index][1][: len(token.screen.lines[0].rstrip("…"))]


def test_the_list_keeps_what_is_chosen_in_sight(desk):
    token = desk(SEVERAL)
    for index in range(len(SEVERAL)):
        assert f"{index + 1}/8" in token.screen.text
        assert SEVERAL[index][1][:18] in token.screen.text
        token.do("press B")
    assert "1/8" in token.screen.text


def test_the_choice_times_out_and_can_be_cancelled(desk):
    token = desk(SEVERAL)
    token.do('press B\nhold C 2s\nexpect "1/8"')
    token.do(f'wait {timing.PATIENCE_MS}ms\nwait 1s\nexpect ""\npress 1\nexpect "Which login?"')


def test_a_halted_token_goes_dark_and_shows_its_halt_again(any_engine, tmp_path):
    unit = units.sealed_unit(tmp_path)
    image = bytearray(unit.flash.read_bytes())
    image[image.index(units.fixed("salt", 16))] ^= 0xFF
    unit.flash.write_bytes(image)
    with open_engine(any_engine, unit) as engine:
        token = Desk(engine)
        token.do('expect "HALTED"\npress 1\nexpect "HALTED"\nwait 61s\nexpect ""\npress 1\nexpect "HALTED"')
        token.do('press OK\nexpect "HALTED"')  # it restarted, and found the same
        assert unit.flash.read_bytes() == bytes(image), "nothing is changed in a vault that cannot be read"


def test_without_a_display_the_firmware_stops_with_a_named_error(engine_name, tmp_path):
    unit = units.sealed_unit(tmp_path, display=False)
    with open_engine(engine_name, unit) as engine, pytest.raises(FirmwareStoppedError) as caught:
        engine.power_on()
    assert "DisplayMissingError" in caught.value.detail
    assert "0x3c" in caught.value.detail


def test_an_unforeseen_error_shows_its_name_and_the_token_restarts(engine_name, tmp_path):
    from screens.scenes import PROGRAMS

    unit = units.sealed_unit(tmp_path)
    with open_engine(engine_name, unit, PROGRAMS / "failing_ocra.py") as engine:
        token = Desk(engine)
        token.do('press 4 7 1 1 OK\npress 1 2 3 4 5 7 OK\nexpect "RuntimeError"\npress OK\nexpect "PIN>"')
        assert engine.faults == ["RuntimeError"]
