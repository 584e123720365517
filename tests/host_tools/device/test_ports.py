"""Serial ports: which one is meant, and opening it."""

import pytest

from host_tools.device import ports
from host_tools.device.errors import NoPortError, PortError


def test_the_named_port_is_taken_whatever_else_is_there():
    assert ports.choose("/dev/ttyACM7", ["/dev/ttyACM0"]) == "/dev/ttyACM7"


def test_without_a_name_the_only_one_is_taken():
    assert ports.choose(None, ["/dev/ttyACM0"]) == "/dev/ttyACM0"


def test_without_a_name_several_or_none_are_refused():
    with pytest.raises(NoPortError, match="no board with MicroPython"):
        ports.choose(None, [])
    with pytest.raises(NoPortError, match="choose from a, b"):
        ports.choose(None, ["a", "b"])


def test_a_port_that_is_not_there_is_named(tmp_path, capsys):
    with pytest.raises(PortError, match="can't be opened"):
        ports.open_transport(str(tmp_path / "ttyACM0"))
    assert capsys.readouterr().out == ""
