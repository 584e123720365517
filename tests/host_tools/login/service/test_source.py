"""The source of a request: the peer, or the right end of what trusted proxies say."""

from ipaddress import ip_network

import pytest

from host_tools.login.service.source import Sources, parsed

PROXIES = Sources([ip_network("10.0.0.0/8"), ip_network("::1/128")])


def found_for(peer, *forwarded, sources=PROXIES, header=b"x-forwarded-for"):
    headers = [(b"host", b"x"), *((header, one) for one in forwarded)]
    return sources.of({"client": (peer, 1), "headers": headers})


def source(peer, *forwarded, **more):
    """As it is shown."""
    return found_for(peer, *forwarded, **more).shown


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.1", [b"192.0.2.1"], "203.0.113.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [b"192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", [b"198.51.100.1, 192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", [b"198.51.100.1", b"192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", [b"192.0.2.1, 10.0.0.2"], "192.0.2.1"),
        ("10.0.0.1", [b"10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", [b"192.0.2.1, nonsense"], "10.0.0.1"),
        ("10.0.0.1", [b"192.0.2.1, nonsense, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", [b"\xff"], "10.0.0.1"),
        ("::ffff:10.0.0.1", [b"192.0.2.1"], "192.0.2.1"),
        ("::1", [b"2001:db8::1"], "2001:db8::1"),
    ],
)
def test_it_is_the_first_from_the_right_that_is_no_proxy_of_ours(peer, forwarded, found):
    assert source(peer, *forwarded) == found


def test_without_trusted_proxies_nothing_is_believed():
    assert source("10.0.0.1", b"192.0.2.1", sources=Sources([])) == "10.0.0.1"


def test_a_subscriber_s_ipv6_addresses_count_as_one():
    first, second, other = map(parsed, ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"))
    assert first.counted_as == second.counted_as != other.counted_as


def test_the_zone_of_an_address_which_is_any_text_is_not_shown():
    assert parsed('fe80::1%"\nx').shown == "fe80::1"


@pytest.mark.parametrize(
    "forwarded",
    [b"", b"unknown", b"203.0.113.9:5555", b"[2001:db8::1]:5555", b"192.0.2.1,", b"192.0.2.1, x, 10.0.0.2"],
)
def test_what_a_proxy_of_ours_has_forwarded_from_what_is_no_address_comes_from_nobody_knows_where(forwarded):
    assert not found_for("10.0.0.1", forwarded).is_known


def test_what_a_proxy_that_is_not_ours_has_forwarded_comes_from_nobody_knows_where():
    assert not found_for("127.0.0.1", b"203.0.113.9", sources=Sources([])).is_known
    assert not found_for("203.0.113.1", b"203.0.113.9").is_known


@pytest.mark.parametrize(
    ("peer", "forwarded", "shown"),
    [
        ("10.0.0.1", b"127.0.0.1", "10.0.0.1"),
        ("10.0.0.1", b"127.0.0.1, 10.9.9.9", "10.9.9.9"),  # a client in the proxies' network
        ("::1", b"127.0.0.1, 10.9.9.9", "10.9.9.9"),
        ("10.0.0.1", b"::1", "10.0.0.1"),
        ("10.0.0.1", b"::1%lo, 192.0.2.1, ::ffff:127.0.0.9, 10.9.9.9", "10.9.9.9"),
    ],
)
def test_a_loopback_address_that_another_machine_has_forwarded_is_none_of_ours(peer, forwarded, shown):
    found = found_for(peer, forwarded)
    assert (found.is_known, found.shown) == (False, shown)


def test_a_program_behind_a_proxy_on_this_machine_is_on_this_machine():
    found = found_for("::1", b"192.0.2.1, 127.0.0.1")
    assert (found.is_known, found.shown) == (True, "127.0.0.1")


@pytest.mark.parametrize("header", [b"forwarded", b"x-real-ip"])
def test_what_was_forwarded_in_other_words_comes_from_nobody_knows_where(header):
    assert not found_for("10.0.0.1", b"for=192.0.2.1", header=header).is_known


@pytest.mark.parametrize("forwarded", [[], [b"192.0.2.1"], [b"10.0.0.3, 10.0.0.2"]])
def test_what_was_not_forwarded_or_by_proxies_of_ours_alone_comes_from_there(forwarded):
    assert found_for("10.0.0.1", *forwarded).is_known
