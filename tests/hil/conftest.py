"""Which board the hardware checks use: the one on --port that has --uid, or the emulated Pico without them."""

import pytest

from fakes import units
from hil.desk import Desk, EmulatedDesk, RealDesk, WrongBoardError
from host_tools.engines.open import open_engine

NOTHING = "_token.board.flash.read(offset, 4096) == b'\\xff' * 4096"
BLANK = f"""
from dsc.app import factory
_token = factory._waiting._token
print(all({NOTHING} for offset in range(0, _token.board.flash.size, 4096)))
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("hardware checks")
    group.addoption("--port", help="serial port of a blank token; without it, the emulated Pico is checked")
    group.addoption("--uid", help="its unique id, 16 hexadecimal digits: no other device is touched")
    group.addoption("--ask", action="store_true", help="with --port: have a person press keys and look")
    group.addoption(
        "--seal", action="store_true", help="with --port: SEAL A TEST TOKEN on the board, asking before"
    )


def chosen(config: pytest.Config, name: str) -> object:
    # With the whole suite this file comes too late to add options.
    return config.getoption(name, default=None)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "person: a person has to press keys or to look")
    config.addinivalue_line("markers", "seals: leaves a sealed token behind")
    port, uid = chosen(config, "--port"), chosen(config, "--uid")
    if bool(port) != bool(uid):
        raise pytest.UsageError(
            "name the board by PORT= and BOARD_UID= (--port and --uid): its id is on its factory screen, and in "
            "what '.venv/bin/mpremote connect list' prints"
        )
    if port and chosen(config, "numprocesses"):
        raise pytest.UsageError("one board is checked by one process: leave --numprocesses out")


def pytest_report_header(config: pytest.Config) -> str:
    port = chosen(config, "--port")
    return f"hardware checks on {port}" if port else "hardware checks on the emulated Pico"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Nobody shall take the emulated Pico's good health for his board's."""
    if not chosen(config, "--port") and all("hil" in argument for argument in config.args):
        terminalreporter.write_line(
            "This was the EMULATED Pico, and nobody was asked: name a real board with PORT= and BOARD_UID="
        )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a real board, only what was asked for is done."""
    if not chosen(config, "--port"):
        return
    unwanted = {
        mark for mark, option in (("person", "--ask"), ("seals", "--seal")) if not chosen(config, option)
    }
    left_out = [item for item in items if unwanted & {mark.name for mark in item.iter_markers()}]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """A blank token, which is blank again at the end unless it was sealed on purpose."""
    port = chosen(request.config, "--port")
    if port:
        try:
            board = RealDesk(port, chosen(request.config, "--uid"))
        except WrongBoardError as error:
            pytest.exit(str(error), returncode=1)
        if board.ask(BLANK) != "True":
            pytest.exit(
                f"the vault of the board on {port} is not blank; nothing was done to it", returncode=1
            )
        yield board
        _require_blank(board)
    else:
        rp2040 = request.getfixturevalue("rp2040")
        assert rp2040
        unit = units.blank_unit(tmp_path_factory.mktemp("desk"))
        with open_engine("rp2040", unit) as engine:
            engine.power_on()
            board = EmulatedDesk(engine, unit.uid)
            yield board
            _require_blank(board)


@pytest.fixture
def desk_to_seal(request: pytest.FixtureRequest, tmp_path):
    """A blank token that may be sealed: on a real board only if the person there says so once more."""
    if chosen(request.config, "--port"):
        board = request.getfixturevalue("desk")
        sentence = f"seal {board.uid.hex()}"
        print(
            "\n  A test token is SEALED on this board now; only 'make flash ERASE=yes' makes it blank again."
        )
        if input(f"  Type '{sentence}' to go on: ").strip() != sentence:
            pytest.fail("not confirmed; the board is as it was", pytrace=False)
        yield board
    else:
        request.getfixturevalue("rp2040")
        unit = units.blank_unit(tmp_path)
        with open_engine("rp2040", unit) as engine:
            engine.power_on()
            yield EmulatedDesk(engine, unit.uid)


def _require_blank(board: Desk) -> None:
    board.drop_link()
    assert board.sealed or board.ask(BLANK) == "True", "the checks left something in the vault"
