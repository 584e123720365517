"""The policy: what it says on which date, what an operator changes of it, and what of a file is refused."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.policy import DeviceKind, Policy
from host_tools.policy.errors import MissingKeyError, PolicyFileError, PolicyValueError, UnknownKeyError
from host_tools.policy.layer import read_layer
from host_tools.policy.rules import Jump, Limit
from host_tools.policy.shape import forms
from host_tools.policy.table import BUILT_IN

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


@pytest.fixture
def load(tmp_path: Path):
    """Loads the policy with this text as the operator's file."""

    def load(text: str) -> Policy:
        path = tmp_path / "ours.toml"
        path.write_text(text, encoding="utf-8")
        return Policy.load(path)

    return load


def dollars(day, window):
    return Limit(*(None if one is None else one * 100 for one in (day, window)))


def test_withdrawal_limits_are_those_of_the_specification():
    assert dict(Policy.load().at(datetime(2020, 6, 1, tzinfo=UTC)).withdrawals.limits) == {
        None: dollars(50_000, 100_000),
        DeviceKind.TEMPORARY_PASSCODE: dollars(50_000, 100_000),
        DeviceKind.SMS: dollars(200_000, 600_000),
        DeviceKind.SECURITY_CODE_CARD: dollars(200_000, 600_000),
        DeviceKind.ONLINE_SECURITY_CODE_CARD: dollars(200_000, 600_000),
        DeviceKind.ALPINE: dollars(200_000, 600_000),
        DeviceKind.IB_KEY: dollars(200_000, 600_000),
        DeviceKind.DSC: dollars(1_000_000, 1_500_000),
        DeviceKind.DSC_PLUS: dollars(None, None),
        DeviceKind.GOLD: dollars(None, None),
        DeviceKind.PLATINUM: dollars(None, None),
    }


def test_lifetimes_and_counts_are_those_of_the_specification():
    rules = Policy.load().at(NOW)
    assert rules.challenge.lifetime == timedelta(minutes=3)
    assert (rules.failures.in_a_row, rules.failures.unanswered, rules.failures.without_success) == (
        10,
        10,
        30,
    )
    assert rules.failures.within == rules.failures.locked_for == timedelta(hours=24)
    assert (rules.card.codes, rules.card.code_length, rules.card.online_uses) == (224, 3, 1)
    assert rules.card.online_lifetime == timedelta(days=21)
    assert (rules.sms.lifetime, rules.sms.a_day, rules.sms.number_a_day) == (timedelta(minutes=5), 20, 20)
    assert (rules.passcode.full, rules.passcode.lifetime) == (timedelta(days=2), timedelta(days=12))
    assert (rules.withdrawals.business_days, rules.withdrawals.market) == (5, "NYSE")
    assert rules.withdrawals.number_a_day == 100
    assert (rules.clock.back, rules.clock.ahead) == (Jump.HOLD, Jump.HOLD)


def test_ib_key_has_two_limits_and_the_date_decides():
    policy = Policy.load()
    before = datetime(2020, 12, 31, 23, 59, 59, tzinfo=NEW_YORK)
    assert policy.at(before).withdrawals.limit(DeviceKind.IB_KEY) == dollars(200_000, 600_000)
    later = policy.at(before + timedelta(seconds=1))
    assert later.withdrawals.limit(DeviceKind.IB_KEY) == dollars(1_000_000, 1_000_000)
    assert later.withdrawals.limit(DeviceKind.DSC) == dollars(1_000_000, 1_500_000)


def test_a_date_begins_at_midnight_where_the_policy_is_at_home():
    policy = Policy.load()
    limit = Limit(20_000_000, 60_000_000)
    still_2020_in_new_york = datetime(2021, 1, 1, 4, 59, tzinfo=UTC)
    assert policy.at(still_2020_in_new_york).withdrawals.limit(DeviceKind.IB_KEY) == limit
    assert policy.at(datetime(2021, 1, 1, 5, tzinfo=UTC)).withdrawals.limit(DeviceKind.IB_KEY) != limit


def test_before_the_first_date_the_first_rules_hold():
    policy = Policy.load()
    assert policy.at(datetime(1970, 1, 2, tzinfo=UTC)) == policy.at(datetime(2020, 1, 2, tzinfo=UTC))


def test_a_moment_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        Policy.load().at(datetime(2026, 1, 1))


def test_look_alikes_are_in_no_alphabet():
    rules = Policy.load().at(NOW)
    for alike in ("0OQD", "1IL", "2Z", "5S", "6G", "8B", "UV"):
        for alphabet in (rules.card.alphabet, rules.passcode.alphabet):
            assert len(set(alike) & set(alphabet)) <= 1
    assert set("A3DZ3V") <= set(rules.card.alphabet)  # the operator's own example


def test_an_operator_changes_single_keys_from_a_date_on(load):
    policy = load(
        """
        [[policy]]
        effective = 2026-12-01
        [policy.challenge]
        lifetime = "90 s"
        [policy.withdrawals.limits."dsc+"]
        window = 5_000_000
        [[policy]]
        effective = 2027-01-01
        [policy.challenge]
        lifetime = "2 min"
        """
    )
    assert policy.at(NOW) == Policy.load().at(NOW)
    december, january = (policy.at(datetime(2026, 12, 1, 5, tzinfo=UTC) + timedelta(days=n)) for n in (0, 31))
    assert (december.challenge.lifetime, january.challenge.lifetime) == (
        timedelta(seconds=90),
        timedelta(minutes=2),
    )
    assert december.withdrawals.limit(DeviceKind.DSC_PLUS) == Limit(None, 500_000_000)
    assert january.withdrawals.limit(DeviceKind.DSC_PLUS) == Limit(None, 500_000_000)
    assert december.failures == Policy.load().at(NOW).failures


def test_an_operators_word_holds_over_later_tables_of_the_built_in_policy(load):
    policy = load(
        '[[policy]]\neffective = 2020-06-01\n[policy.withdrawals.limits]\nib-key = { day = 7, window = "unlimited" }'
    )
    built_in = Policy.load()
    for year, expected in ((2020, 20_000_000), (2026, 700)):
        at = datetime(year, 5, 1, tzinfo=UTC)
        assert policy.at(at).withdrawals.limit(DeviceKind.IB_KEY).day == expected
    assert built_in.at(NOW).withdrawals.limit(DeviceKind.IB_KEY).day == 100_000_000


def test_tables_need_not_be_in_order(load):
    table = "[[policy]]\neffective = {}\n[policy.sms]\ndigits = {}\n"
    policy = load(table.format("2026-03-01", 8) + table.format("2026-02-01", 7))
    assert [policy.at(datetime(2026, m, 15, tzinfo=UTC)).sms.digits for m in (1, 2, 3)] == [6, 7, 8]


def test_an_operators_time_zone_moves_all_dates(load):
    policy = load('time_zone = "Asia/Tokyo"')
    assert policy.at(NOW).time_zone == ZoneInfo("Asia/Tokyo")
    limit = policy.at(datetime(2020, 12, 31, 15, tzinfo=UTC)).withdrawals.limit(DeviceKind.IB_KEY)
    assert limit == dollars(1_000_000, 1_000_000)


def test_an_empty_file_changes_nothing(load):
    assert load("").at(NOW) == Policy.load().at(NOW)


def test_extra_closing_days_are_dates(load):
    policy = load(
        '[[policy]]\neffective = 2026-01-01\n[policy.withdrawals]\nalso_closed = [2026-12-24]\nmarket = "LSE"'
    )
    assert policy.at(NOW).withdrawals.also_closed == {date(2026, 12, 24)}
    assert policy.at(NOW).withdrawals.market == "LSE"


def test_the_built_in_policy_says_every_key_in_its_first_table_and_knows_its_market():
    first = read_layer(BUILT_IN).dated[0][1]
    assert set(first) == set(forms())
    assert first["withdrawals.market"] in holidays.list_supported_financial()


TABLE = "[[policy]]\neffective = 2026-01-01\n"


@pytest.mark.parametrize(
    ("text", "key", "allowed"),
    [
        ('[policy.challenge]\nlifetime = "3 minutes"', "challenge.lifetime", "30 s"),
        ('[policy.challenge]\nlifetime = "29 s"', "challenge.lifetime", "30 s"),
        ('[policy.challenge]\nlifetime = "61 min"', "challenge.lifetime", "1 h"),
        ('[policy.challenge]\nlifetime = "999999999 d"', "challenge.lifetime", "1 h"),
        ("[policy.challenge]\nlifetime = 180", "challenge.lifetime", "a span of time"),
        ("[policy.challenge]\nlifetime = {}", "challenge.lifetime", "a span of time"),
        ("challenge = 3", "challenge", "a table, with lifetime"),
        ("[policy.failures]\nin_a_row = 2", "failures.in_a_row", "from 3 to 100"),
        ("[policy.failures]\nin_a_row = 10.0", "failures.in_a_row", "whole number"),
        ("[policy.failures]\nin_a_row = true", "failures.in_a_row", "whole number"),
        ("[policy.withdrawals.limits.dsc]\nday = -1", "withdrawals.limits.dsc.day", "from 0"),
        ("[policy.withdrawals.limits.dsc]\nday = 0.5", "withdrawals.limits.dsc.day", "whole amount"),
        ('[policy.withdrawals.limits.dsc]\nday = "none"', "withdrawals.limits.dsc.day", "unlimited"),
        ("[policy.withdrawals.limits.dsc]\nday = 1_500_001", "withdrawals.limits.dsc.window", "no lower"),
        ('[policy.withdrawals]\ncurrency = "usd"', "withdrawals.currency", "capital letters"),
        ('[policy.withdrawals]\nmarket = "NYSX"', "withdrawals.market", "NYSE"),
        ('[policy.withdrawals]\nalso_closed = ["2026-12-24"]', "withdrawals.also_closed", "list of dates"),
        ("[policy.withdrawals]\nalso_closed = 2026-12-24", "withdrawals.also_closed", "list of dates"),
        ("[policy.withdrawals]\nalso_closed = [2026-12-24T00:00:00]", "withdrawals.also_closed", "dates"),
        ('[policy.card]\nalphabet = "ABCABCABCABCABCABCABC"', "card.alphabet", "at least 20 different"),
        ('[policy.card]\nalphabet = "3456789acdefhjkmnprtvwxyz"', "card.alphabet", "0-9 and A-Z"),
        ('[policy.clock]\nback = "panic"', "clock.back", "refuse, hold, go on"),
        ("[policy.clock]\nback = [1]", "clock.back", "refuse, hold, go on"),
    ],
)
def test_a_value_that_is_not_allowed_is_named_with_file_key_and_what_is(load, tmp_path, text, key, allowed):
    with pytest.raises(PolicyValueError) as error:
        load(TABLE + text)
    assert error.value.path == tmp_path / "ours.toml"
    assert error.value.key == f"{key} (of 2026-01-01)"
    assert allowed in error.value.allowed
    assert all(part in str(error.value) for part in ("ours.toml", key, allowed))


@pytest.mark.parametrize(
    ("text", "key", "allowed"),
    [
        ("policies = 3", "policies", "[[policy]]"),
        (TABLE + "[policy.challenges]", "challenges", "challenge"),
        (TABLE + "[policy.challenge]\nlife_time = 3", "challenge.life_time", "lifetime"),
        (TABLE + "[policy.withdrawals.limits.dscplus]", "withdrawals.limits.dscplus", "dsc+"),
        (TABLE + "[policy.withdrawals.limits.dsc]\nweek = 1", "withdrawals.limits.dsc.week", "window"),
        (TABLE + 'time_zone = "Asia/Tokyo"', "time_zone", "effective"),
    ],
)
def test_an_unknown_key_is_refused_with_those_that_there_are(load, text, key, allowed):
    with pytest.raises(UnknownKeyError) as error:
        load(text)
    assert error.value.key.removesuffix(" (of 2026-01-01)") == key
    assert allowed in error.value.allowed


@pytest.mark.parametrize(
    "text",
    [
        'time_zone = "America"',
        'time_zone = "/etc/passwd"',
        'time_zone = "../../etc/passwd"',
        'time_zone = "Nowhere/Land"',
        'time_zone = ""',
        "time_zone = 5",
        "policy = 3",
        "policy = [3]",
        "[policy]\neffective = 2026-01-01",
        '[[policy]]\neffective = "2026-01-01"',
        "[[policy]]\neffective = 2026-01-01T00:00:00Z",
        TABLE + TABLE,
    ],
)
def test_zones_and_dates_and_tables_have_one_form(load, text):
    with pytest.raises(PolicyValueError):
        load(text)


def test_a_table_without_a_date_is_refused(load):
    with pytest.raises(MissingKeyError, match="effective"):
        load("[[policy]]\n[policy.sms]\ndigits = 6")


@pytest.mark.parametrize("content", [b"[[policy", b"\xff\xfe", b"a = " + b"9" * 5000, b"x = " + b"[" * 5000])
def test_what_is_no_toml_is_refused(tmp_path, content):
    path = tmp_path / "ours.toml"
    path.write_bytes(content)
    with pytest.raises(PolicyFileError) as error:
        Policy.load(path)
    assert error.value.path == path


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(PolicyFileError, match="no such file"):
        Policy.load(tmp_path / "missing.toml")
    with pytest.raises(PolicyFileError, match="directory"):
        Policy.load(tmp_path)


def test_a_conflict_that_only_comes_on_a_later_date_is_found_at_once(load):
    """From 2020 to 2021 a window of 600,000 holds, and a day's limit of 800,000 is above it."""
    with pytest.raises(PolicyValueError, match="ib-key"):
        load("[[policy]]\neffective = 2020-02-01\n[policy.withdrawals.limits.ib-key]\nday = 800_000")


@given(st.dates(date(2019, 1, 1), date(2030, 1, 1)), st.integers(0, 86399))
def test_the_date_alone_decides(day, second):
    policy = Policy.load()
    moment = datetime(day.year, day.month, day.day, tzinfo=NEW_YORK) + timedelta(seconds=second)
    first, later = (policy.at(datetime(year, 1, 2, tzinfo=UTC)) for year in (2020, 2022))
    assert policy.at(moment) == (later if day >= date(2021, 1, 1) else first)
