"""Lists of orders in CSV and YAML: all mistakes told at once, each with its line, before anything starts."""

import csv
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.inventory.errors import ExposedFileError
from host_tools.station.order_list import COLUMNS, OrderListError, read
from host_tools.station.recipes import PinFrom, Recipe

BATCH = Recipe(prefix="DS", pin_from=PinFrom.RANDOM)


@pytest.fixture
def listed(tmp_path):
    """Reads a list of this text."""

    def listed(text, name="orders.csv", default=BATCH, mode=0o600):
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        path.chmod(mode)
        return read(path, default)

    return listed


@pytest.fixture
def problems(listed):
    """What is wrong with a list: (line, reason)."""

    def problems(text, **options):
        with pytest.raises(OrderListError) as refused:
            listed(text, **options)
        return [(problem.line, problem.reason) for problem in refused.value.problems]

    return problems


def test_a_line_says_what_is_to_be_made(listed):
    (recipe,) = listed(
        "reference,user,batch,pin,label,suite,language,duress,must_change\n"
        "2026-118,j.doe,ab,random,Bank,OCRA-1:HOTP-SHA1-6:QN08,de,yes,no\n"
    )
    assert (recipe.reference, recipe.user, recipe.prefix, recipe.pin_from) == (
        "2026-118", "j.doe", "AB", PinFrom.RANDOM,
    )  # fmt: skip
    assert recipe.line == 2
    order = recipe.wanted(bytearray(b"729472")).order
    assert (order.credentials[0].label, order.credentials[0].login) == ("Bank", "OCRA-1:HOTP-SHA1-6:QN08")
    assert (order.language, order.duress, order.user) == (2, b"500000", "j.doe")


def test_what_a_line_leaves_out_is_as_the_options_say(listed):
    default = Recipe(
        {"language": "fr", "credentials": [{"label": "Bank"}]}, PinFrom.RANDOM, prefix="DS", user="pool"
    )
    first, second = listed("user,language\nj.doe,\n,ja\n", default=default)
    assert (first.user, second.user) == ("j.doe", "pool")
    assert [one.wanted(bytearray(b"7294")).order.language for one in (first, second)] == [1, 4]
    assert second.wanted(bytearray(b"7294")).order.credentials[0].label == "Bank"


def test_spreadsheets_write_semicolons_a_byte_order_mark_and_empty_lines(listed):
    first, second = listed('\ufeffserial;user\r\nDS-1;j.doe\r\n;\r\nDS-2;"Roe, R."\r\n')
    assert [(one.serial, one.user, one.line) for one in (first, second)] == [
        ("DS-1", "j.doe", 2), ("DS-2", "Roe, R.", 4),
    ]  # fmt: skip


def test_a_quoted_field_of_two_lines_does_not_shift_the_numbers(problems):
    text = 'user,label\nj.doe,"two\nlines"\nk.doe,x,y\n'
    assert problems(text)[-1] == (4, "it has 3 fields, the header has 2")


def test_a_label_with_a_line_break_is_refused_on_the_line_where_it_begins(problems):
    assert [line for line, _ in problems('label\nBank\n"two\nlines"\n')] == [3]


def test_yaml_lists_credentials_of_several_kinds(listed):
    text = """
- reference: "118"
  user: j.doe
  pin: random
  credentials:
    - label: Bank
      login: OCRA-1:HOTP-SHA256-8:QN06
      sign: OCRA-1:HOTP-SHA256-8:QH64
      form: [{kind: account, label: To}, {kind: amount, label: Amount, decimals: 2, currency: EUR}]
    - {label: Door, kind: open, login: HOTP-SHA1-6}
- {reference: "119", serial: ds-9}
"""
    first, second = listed(text, name="orders.yaml")
    order = first.wanted(bytearray(b"729472")).order
    assert [(one.label, one.kind, len(one.form)) for one in order.credentials] == [
        ("Bank", "pin", 2), ("Door", "open", 0),
    ]  # fmt: skip
    assert (first.line, second.line, second.serial, second.prefix) == (2, 11, "DS-9", None)


# PINs.


def test_an_ordered_pin_keeps_its_zeros_and_is_kept_until_its_token_has_sealed(listed):
    (recipe,) = listed("serial,pin\nDS-1,0729\n")
    assert recipe.pin == b"0729"
    assert recipe.wanted(bytearray(recipe.pin)).order.keep_pin == "sealed"


def test_a_random_pin_goes_by_letter_and_must_be_changed(listed):
    (recipe,) = listed("serial\nDS-1\n")
    order = recipe.wanted(bytearray(b"729472")).order
    assert (order.keep_pin, order.must_change) == ("letter", True)


def test_a_list_with_pins_that_others_can_read_is_refused(listed):
    with pytest.raises(ExposedFileError):
        listed("serial,pin\nDS-1,0729\n", mode=0o644)
    listed("serial,user\nDS-1,j.doe\n", mode=0o644)


def test_no_pin_is_in_what_is_said_of_a_bad_list(problems):
    told = str(problems("serial,pin,user\nDS-1,1234,\nDS-2,7294, x\nDS-3,72x4,\n"))
    assert "1234" not in told
    assert "7294" not in told
    assert "72x4" not in told


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('- {serial: DS-1, pin: "1379", pin: "2580"}\n', "orders.yaml"),
        ("- {serial: DS-1, pin: *2580}\n", "orders.yaml"),
        ("2580,j.doe\n7294,r.roe\n", "orders.csv"),
        ("serial,2580\nDS-1,x\n", "orders.csv"),
    ],
)
def test_what_may_be_a_pin_is_not_repeated_where_it_should_not_stand(listed, text, name):
    with pytest.raises(OrderListError) as refused:
        listed(text, name=name)
    assert "2580" not in str(refused.value)
    assert "1379" not in str(refused.value)


def test_a_number_in_yaml_has_lost_its_zeros_and_is_refused(problems):
    ((line, reason),) = problems("- {serial: DS-1, pin: 0729}\n", name="orders.yml")
    assert line == 1
    assert "quotes" in reason


def test_pins_from_the_list_are_wanted_on_every_line(problems):
    default = Recipe(prefix="DS", pin_from=PinFrom.ORDER)
    assert problems("serial,pin\nDS-1,0729\nDS-2,\n", default=default) == [
        (3, "there is no pin, and the PINs were to come from the list")
    ]


# Mistakes.


def test_every_mistake_is_told_with_its_line(problems):
    text = (
        "reference,serial,batch,user,pin,suite,mode,language,must_change,duress\n"
        "1,DS-1,,,1111,,,,,\n"
        "2,DS-2,,,,OCRA-1:HOTP-SHA3-8:QN06,,,,\n"
        "3,DS-3,,,,,hard,,,\n"
        "4,DS-4,,,,,,nl,,\n"
        "5,DS-5,,,,,,,perhaps,\n"
        "6,DS-6,,,,,,,,12\n"
        "7,DS-7,AB,,,,,,,\n"
        "8,DS-8,,,maybe,,,,,\n"
        "1,DS-9,,,,,,,,\n"
        "10,ds-9,,,,,,,,\n"
    )
    found = problems(text)
    assert [line for line, _ in found] == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert found[-2][1] == "reference '1' stands in line 2 already"
    assert found[-1][1] == "serial 'ds-9' stands in line 10 already"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("reference,user\n\x1b]0;pwned\x07,a\n", "1 to 64 printable"),
        (f"reference\n{'x' * 65}\n", "1 to 64 printable"),
        ("user,batch\na,no such\n", "prefix"),
        ("serial,duress\nDS-1,123456\n", "0 or 5"),
        ("serial,duress\nDS-1,000000\n", "one must be 5"),
    ],
)
def test_what_no_token_could_be_made_of_is_told_beforehand(problems, text, said):
    ((line, reason),) = problems(text)
    assert line == 2
    assert said in reason


def test_a_message_steers_nobodys_terminal(listed):
    text = "reference\n\x1b]0;pwned\x07\n\x1b]0;pwned\x07\n"
    with pytest.raises(OrderListError) as refused:
        listed(text)
    assert all(line.isprintable() for line in str(refused.value).splitlines())


@pytest.mark.parametrize("text", ["- &a [*a]\n", "- &a {user: j.doe}\n- *a\n"])
def test_aliases_of_yaml_are_refused(problems, text):
    ((_, reason),) = problems(text, name="orders.yaml")
    assert "aliases" in reason


def test_the_message_has_one_line_for_each_mistake_with_the_file_s_name(listed):
    with pytest.raises(OrderListError) as refused:
        listed("serial,mode\nDS-1,x\nDS-2,y\n")
    assert [text.split(":")[0] for text in str(refused.value).splitlines()] == [
        "orders.csv, line 2", "orders.csv, line 3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "no order"),
        ("user\n", 1, "no order"),
        ("user,shoe\nj.doe,44\n", 1, "no column 'shoe'"),
        ("user,user\nj.doe,k.doe\n", 1, "twice"),
        ('user\n"j.doe\n', 2, "not CSV"),
        (b"user\nj\xe4.doe\n", 2, "UTF-8"),
    ],
)
def test_what_is_no_list_in_csv_is_refused(problems, text, line, said):
    ((found, reason),) = problems(text)
    assert found == line
    assert said in reason


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("user: j.doe\n", 1, "list of orders"),
        ("- j.doe\n", 1, "mapping"),
        ("- {user: j.doe\n", 2, "not YAML"),
        ("- {user: j.doe, user: k.doe}\n", 1, "twice"),
        ("- {shoe: '44'}\n", 1, "no 'shoe'"),
        ("- {label: Bank, credentials: [{label: Door}]}\n", 1, "in place of"),
        ("- {credentials: []}\n", 1, "at least one"),
        ("- {credentials: Bank}\n", 1, "credentials"),
        ("- !!python/object:os.system {}\n", 1, "tag"),
        ("- {credentials: [!own {label: Bank}]}\n", 1, "tag"),
    ],
)
def test_what_is_no_list_in_yaml_is_refused(problems, text, line, said):
    ((found, reason),) = problems(text, name="orders.yaml")
    assert found == line
    assert said in reason


@given(st.text(max_size=200), st.sampled_from(["orders.csv", "orders.yaml"]))
def test_any_text_is_a_list_or_is_refused(tmp_path_factory, text, name):
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    path.chmod(0o600)
    with suppress(OrderListError):
        read(path, BATCH)


@given(st.dictionaries(st.sampled_from(COLUMNS), st.text(max_size=12)), st.text(max_size=12))
def test_any_fields_are_an_order_or_are_refused(tmp_path_factory, fields, more):
    path = tmp_path_factory.getbasetemp() / "fields.csv"
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*fields, "user"] if "user" not in fields else list(fields))
        writer.writerow([*fields.values(), more] if "user" not in fields else list(fields.values()))
    path.chmod(0o600)
    with suppress(OrderListError):
        read(path, BATCH)
