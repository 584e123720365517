"""Which interpreter runs the firmware, and what is said when there is none."""

import subprocess

import pytest

from host_tools.engines import interpreters
from host_tools.engines.errors import EngineMissingError, UnknownEngineError


def test_an_unknown_name_is_refused_and_the_known_ones_listed():
    with pytest.raises(UnknownEngineError) as caught:
        interpreters.find("rp2350")
    assert caught.value.known == ("cpython", "micropython")


def test_a_script_finds_the_firmware_and_its_drivers(engine_name, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import dsc.crypto.ocra, simulated.board, adafruit_ssd1306, framebuf, digitalio\nprint('found')\n"
    )
    interpreter = interpreters.find(engine_name)
    done = subprocess.run(
        interpreter.run(script), env=interpreter.environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("found\n", "", 0)


def test_the_variable_chooses_the_micropython(monkeypatch, micropython):
    monkeypatch.setenv("PICODSC_MICROPYTHON", str(micropython))
    assert interpreters.find("micropython").command == (str(micropython),)


@pytest.mark.parametrize("chosen", ["nowhere/micropython", "pyproject.toml"])
def test_a_variable_that_names_no_program_is_reported_not_passed_over(monkeypatch, chosen):
    monkeypatch.setenv("PICODSC_MICROPYTHON", chosen)
    with pytest.raises(EngineMissingError, match=f"names {chosen}, which is no program"):
        interpreters.find("micropython")


@pytest.fixture
def nothing_built(monkeypatch, tmp_path):
    """A machine on which `make micropython` has not been run."""
    monkeypatch.setattr(interpreters, "BUILT_MICROPYTHON", tmp_path / "not" / "built")


def test_the_micropython_that_was_built_comes_before_all_others(monkeypatch, tmp_path):
    built = tmp_path / "built"
    built.touch()
    monkeypatch.delenv("PICODSC_MICROPYTHON", raising=False)
    monkeypatch.setattr(interpreters, "BUILT_MICROPYTHON", built)
    assert interpreters.find("micropython").command == (str(built),)


@pytest.mark.usefixtures("nothing_built")
def test_a_micropython_on_the_path_is_found(monkeypatch, tmp_path):
    program = tmp_path / "bin" / "micropython"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.delenv("PICODSC_MICROPYTHON", raising=False)
    monkeypatch.setattr("sys.executable", str(tmp_path / "elsewhere" / "python"))
    monkeypatch.setenv("PATH", str(program.parent))
    assert interpreters.find("micropython").command == (str(program),)


@pytest.mark.usefixtures("nothing_built")
def test_without_any_micropython_it_says_how_to_get_one(monkeypatch, tmp_path):
    monkeypatch.delenv("PICODSC_MICROPYTHON", raising=False)
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineMissingError, match="make setup-dev"):
        interpreters.find("micropython")


def test_without_the_drivers_it_says_how_to_get_them(monkeypatch, tmp_path, engine_name):
    monkeypatch.setattr(interpreters, "DEVICE_LIBRARIES", tmp_path)
    with pytest.raises(EngineMissingError, match="run 'make setup'"):
        interpreters.find(engine_name)
