"""The way to a token's factory over its REPL, as far as it needs no token: what a hostile device says is only words."""

import pytest

from host_tools.engines.errors import LinkError
from host_tools.engines.repl_link import ReplLink


class HostileDevice:
    """A device with a REPL that answers everything with commands for the terminal of its reader."""

    serial: "HostileDevice"

    def __init__(self):
        self.serial = self

    def write(self, data):
        return len(data)

    def enter_raw_repl(self, soft_reset, timeout_overall):
        pass

    def exec_raw_no_follow(self, code):
        pass

    def read_until(self, least, ending, timeout_overall):
        return b"\x1b]0;yours\x07\x1b[2J"


def test_what_a_device_says_in_place_of_serving_steers_nobodys_terminal():
    with pytest.raises(LinkError) as caught:
        ReplLink(HostileDevice(), pause=lambda seconds: None)
    assert str(caught.value).isprintable()
    assert "yours" in str(caught.value)
