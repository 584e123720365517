"""Passwords take memory: no more of them at once than there are processors."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

from host_tools.login import passwords


class Hasher:
    """Counts how many are at it; all wait until as many are as may be, and a moment longer."""

    def __init__(self):
        self.now = self.most = 0
        self.lock, self.full = Lock(), Event()

    def verify(self, known, password):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            if self.now == passwords.AT_ONCE:
                self.full.set()
        assert self.full.wait(10)
        Event().wait(0.05)
        with self.lock:
            self.now -= 1

    def hash(self, password):
        self.verify("", password)
        return "$argon2"


def test_no_more_passwords_are_hashed_at_once_than_there_are_processors(house, monkeypatch):
    hasher = Hasher()
    monkeypatch.setattr(passwords, "_HASHER", hasher)
    rules = house.system.rules().password
    with ThreadPoolExecutor(4 * passwords.AT_ONCE) as threads:
        works = [
            (threads.submit(work, *given), expected)
            for _ in range(passwords.AT_ONCE)
            for work, given, expected in (
                (passwords.is_right, ("$argon2", "a password that is right", rules), True),
                (passwords.is_right, (None, "nobody's", rules), False),
                (passwords.hashed, ("a password that is new", rules), "$argon2"),
                (passwords.hashed_anew, ("a password that is old",), "$argon2"),
            )
        ]
    assert all(future.result() == expected for future, expected in works)
    assert hasher.most == passwords.AT_ONCE
