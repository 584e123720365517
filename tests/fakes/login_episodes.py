"""Short histories of logins, each of which comes to where one rule decides."""

from __future__ import annotations

from collections.abc import Callable

from fakes.login_walks import LoginWalks

History = Callable[[LoginWalks], None]


def guesses(times: int, then: str = "right") -> History:
    def history(walks: LoginWalks) -> None:
        walks.guess("alice", 0, times)
        walks.login("alice", 0, then)

    return history


def again(walks: LoginWalks) -> None:
    walks.login("alice", 0, "right")
    walks.something_is_answered(0, "again")


def codes_again(place: int, name: str) -> History:
    def history(walks: LoginWalks) -> None:
        walks.login(name, place, "right")
        walks.login(name, place, "again")

    return history


def a_day_later(walks: LoginWalks) -> None:
    walks.guess("alice", 0, 10)
    walks.clock.advance(hours=23, minutes=59)
    walks.begin("alice", 0)


def month_of_guesses(walks: LoginWalks) -> None:
    walks.somebody_guesses_nine_times_a_day("alice", 0, 3)
    walks.guess("alice", 0, 4)


def two_devices(walks: LoginWalks) -> None:
    walks.one_device_fails_and_the_other_one_does_not("alice", 0, 2)
    walks.guess("alice", 1, 9)


def silence(walks: LoginWalks) -> None:
    walks.somebody_is_asked_and_says_nothing("alice", 0, 10)
    walks.begin("alice", 0)


def silence_long_ago(walks: LoginWalks) -> None:
    walks.somebody_is_asked_and_says_nothing("alice", 0, 10)
    walks.clock.advance(days=40)
    walks.what_is_old_is_tidied_away()


def late(walks: LoginWalks) -> None:
    walks.begin("alice", 0)
    walks.clock.advance(minutes=3)
    walks.something_is_answered(0, "right")


def early(walks: LoginWalks) -> None:
    walks.begin("alice", 0)
    walks.clock.advance(seconds=-1)
    walks.something_is_answered(0, "right")


def twice(walks: LoginWalks) -> None:
    walks.begin("alice", 0)
    walks.begin("alice", 0)


def closed(walks: LoginWalks) -> None:
    walks.begin("carol", 1)
    walks.carols_account_is_closed()
    walks.something_is_answered(0, "right")


def duress(walks: LoginWalks) -> None:
    walks.login("alice", 0, "alarm")


def wrong_password(walks: LoginWalks) -> None:
    walks.passwords_are_typed("alice", right=False, times=10)
    walks.begin("alice", 0)


def logged_out(walks: LoginWalks) -> None:
    walks.login("alice", 0, "right")
    walks.somebody_sets_a_password("alice", None)
    walks.sessions_are_looked_at()


def identified(walks: LoginWalks) -> None:
    month_of_guesses(walks)
    walks.somebody_is_identified("alice")


def ended(walks: LoginWalks) -> None:
    walks.begin("alice", 0)
    walks.a_device_changes("alice", 0, "end")
    walks.something_is_answered(0, "right")


def guesses_over_a_day(walks: LoginWalks) -> None:
    walks.somebody_guesses("alice", 0, 11, 9000)


def drifting(walks: LoginWalks) -> None:
    for _ in range(3):
        walks.login("bob", 1, "ahead")
        walks.clock.advance(minutes=10)


def typed_late(walks: LoginWalks) -> None:
    for how in ("behind", "ahead"):
        walks.login("bob", 1, how)
        walks.clock.advance(minutes=10)


def far_ahead(walks: LoginWalks) -> None:
    for _ in range(2):
        walks.a_button_is_pressed_in_a_pocket("bob", 0, 15)
        walks.login("bob", 0, "right")


def locked_meanwhile(walks: LoginWalks) -> None:
    reference = walks.begin("alice", 0)
    assert reference is not None
    walks.guess("alice", 1, 10)
    walks.answer("alice", reference, "right")
