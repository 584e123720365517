"""The limits against a plain count, and a table with more sources than places."""

from hypothesis import given
from hypothesis import strategies as st

from host_tools.login.serving.limits import SECOND, WAYS, Kind, Limit, SharedLimits


class Clock:
    """A clock that is set by hand."""

    now = 10 * SECOND

    def __call__(self):
        return self.now


@given(
    burst=st.integers(1, 5),
    per_second=st.integers(1, 4),
    pauses=st.lists(st.integers(0, 2 * SECOND), min_size=1, max_size=40),
)
def test_a_source_passes_as_a_bucket_of_tokens_would_let_it(burst, per_second, pauses):
    clock = Clock()
    limits, limit = SharedLimits(64, clock), Limit(per_second, burst)
    step = SECOND // per_second
    tokens = burst * step  # in ns, so that nothing is rounded
    for pause in pauses:
        clock.now += pause
        tokens = min(burst * step, tokens + pause)
        wait = limits.wait(Kind.SOURCE, b"one", limit)
        assert (wait == 0) == (tokens >= step)
        if wait == 0:
            tokens -= step
        else:
            assert wait == (step - tokens) / SECOND
    limits.close()


def test_after_the_time_that_it_says_a_request_passes_and_not_before():
    clock = Clock()
    limits, limit = SharedLimits(64, clock), Limit(4, 1)
    assert limits.wait(Kind.SOURCE, b"one", limit) == 0
    wait = round(limits.wait(Kind.SOURCE, b"one", limit) * SECOND)
    clock.now += wait - 1
    assert limits.wait(Kind.SOURCE, b"one", limit) > 0
    clock.now += 1
    assert limits.wait(Kind.SOURCE, b"one", limit) == 0
    limits.close()


def test_a_limit_may_be_of_a_longer_time_than_a_second():
    clock = Clock()
    limits, limit = SharedLimits(64, clock), Limit(10, 1, seconds=60)
    assert limits.wait(Kind.SOURCE, b"one", limit) == 0
    assert limits.wait(Kind.SOURCE, b"one", limit) == 6
    clock.now += 6 * SECOND
    assert limits.wait(Kind.SOURCE, b"one", limit) == 0
    limits.close()


def test_sources_do_not_pay_for_each_other_while_there_is_room():
    limits, limit = SharedLimits(4096, Clock()), Limit(1, 1)
    assert [limits.wait(Kind.SOURCE, b"%d" % one, limit) for one in range(100)] == [0] * 100
    assert all(limits.wait(Kind.SOURCE, b"%d" % one, limit) > 0 for one in range(100))
    limits.close()


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, SECOND // 2)), max_size=300))
def test_no_source_passes_more_often_than_it_may_however_many_there_are(asked):
    clock = Clock()
    limits, limit = SharedLimits(1, clock), Limit(1, 2)  # one bucket
    tokens = {}
    for source, pause in asked:
        clock.now += pause
        left, at = tokens.get(source, (2 * SECOND, clock.now))
        left = min(2 * SECOND, left + clock.now - at)
        if limits.wait(Kind.SOURCE, b"%d" % source, limit) == 0:
            assert left >= SECOND
            left -= SECOND
        tokens[source] = (left, clock.now)
    limits.close()


def test_a_newcomer_to_a_full_table_is_not_shut_out_for_longer_than_the_one_it_displaces():
    clock = Clock()
    limits, limit = SharedLimits(1, clock), Limit(1, 1)
    for one in range(WAYS):
        limits.wait(Kind.SOURCE, b"%d" % one, limit)
    assert limits.wait(Kind.SOURCE, b"new", limit) == 1
    clock.now += SECOND
    assert limits.wait(Kind.SOURCE, b"new", limit) == 0
    limits.close()


def test_names_can_not_take_the_places_of_sources():
    limits, account = SharedLimits(64, Clock()), Limit(10, 20, 60)
    for one in range(400):
        limits.wait(Kind.ACCOUNT, b"%d" % one, account)
        limits.wait(Kind.KEY, b"%d" % one, account)
    assert limits.wait(Kind.SOURCE, b"one", Limit(1, 1)) == 0
    assert limits.wait(Kind.ACCOUNT, b"one", Limit(1, 1)) > 0
    limits.close()


def test_what_has_the_same_name_is_limited_by_its_kind():
    limits, limit = SharedLimits(64, Clock()), Limit(1, 1)
    assert [limits.wait(kind, b"one", limit) for kind in Kind] == [0] * len(Kind)
    assert all(limits.wait(kind, b"one", limit) > 0 for kind in Kind)
    limits.close()
