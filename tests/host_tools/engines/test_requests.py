"""What a line of a batch may be; one parser decides for all interpreters."""

import json

import pytest

from host_tools.engines.requests import MAX_LINE, MAX_NUMBER, RequestError, form, normalised


@pytest.mark.parametrize(
    "line",
    [
        "",
        "x",
        "{",
        '{"key": }',
        '{"key": "31",}',
        "{'key': '31'}",
        '{"key" "31"}',
        '{"key": "31"} {}',
        '{"key": "31"}}',
        '{"counter": 01}',
        '{"counter": +1}',
        '{"counter": NaN}',
        '{"counter": -Infinity}',
        '{"key": "\t"}',
        '{"key": "\\x31"}',
        "[" * 5000,
    ],
)
def test_what_is_not_json_is_refused(line):
    with pytest.raises(RequestError, match="JSON"):
        normalised(line)


@pytest.mark.parametrize("line", ["[]", "5", '"text"', "null", "true", "1.5", '[{"key": "31"}]'])
def test_json_that_is_no_object_is_refused(line):
    with pytest.raises(RequestError, match="a request is a JSON object"):
        normalised(line)


@pytest.mark.parametrize("value", ["1.0", "1e3", "[]", "{}", '["31"]'])
def test_a_value_that_no_field_has_is_refused_and_its_field_named(value):
    with pytest.raises(RequestError, match="'counter' must be text, a whole number or null"):
        normalised(f'{{"counter": {value}}}')


@pytest.mark.parametrize("line", [b'{"pin": "\xff"}', b"\x80", b'{"pin": "\xed\xa0\x80"}'])
def test_bytes_that_are_not_utf_8_are_refused(line):
    with pytest.raises(RequestError, match="UTF-8"):
        normalised(line)


@pytest.mark.parametrize("line", [r'{"pin": "\ud800"}', r'{"\udfff": 1}', r'{"pin": "1\udc00\ud800"}'])
def test_half_a_character_is_refused(line):
    with pytest.raises(RequestError, match="half a character"):
        normalised(line)


def test_two_halves_are_one_character_however_they_are_written():
    assert normalised(r'{"pin": "\ud83d\ude00"}') == normalised('{"pin": "😀"}') == '{"pin": "😀"}'


def test_a_line_that_no_request_needs_is_refused_before_it_is_read():
    with pytest.raises(RequestError, match="longer than"):
        normalised('{"key": "' + "3" * MAX_LINE + '"}')


def test_a_number_may_be_larger_than_any_field_takes_but_not_without_end():
    assert json.loads(normalised(f'{{"counter": {2**64}}}')) == {"counter": 2**64}
    with pytest.raises(RequestError, match="more than 100 digits"):
        normalised('{"counter": ' + "9" * (MAX_NUMBER + 1) + "}")


def test_a_request_is_one_line_whatever_is_in_it():
    assert "\n" not in form({"question": "1\r\n2"})


def test_a_request_keeps_its_values():
    request = {"suite": "S", "counter": 5, "pin": None, "question": True}
    assert json.loads(form(request)) == request
