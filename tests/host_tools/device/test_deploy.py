"""The firmware's sources on a stock MicroPython, on the emulated Pico."""

import pytest

from dsc.protocol import messages, orders
from fakes.factory_link import FactoryLink, order
from fakes.plugged_pico import UID, PluggedPico
from fakes.pty_port import PtyPort
from fakes.strange_board import StrangeBoard
from host_tools.device import deploy, sources
from host_tools.device.__main__ import main
from host_tools.device.board_files import BoardFiles
from host_tools.device.errors import (
    BoardFullError,
    BoardLeftError,
    BoardScriptError,
    ForeignMainError,
    UnsuitableFirmwareError,
)
from host_tools.device.repl import Repl


@pytest.fixture(scope="session")
def files():
    return sources.collect()


@pytest.fixture(scope="session")
def stock_flash(stock):
    """The flash of a board that has made its file system."""
    return PluggedPico(stock).flash


@pytest.fixture(scope="session")
def first(stock, stock_flash, files):
    """A board onto which the sources were put once and started; what that gave, and what it showed."""
    board = PluggedPico(stock, stock_flash)
    transport = board.open()
    done = deploy.copy(transport, files)
    heap = deploy.start(transport)
    transport.close()
    return board, done, heap, board.text


@pytest.fixture
def running(first):
    """That board, with the firmware started at its REPL."""
    return first[0]


@pytest.fixture
def board(stock, first):
    """Another one with its flash, just plugged in."""
    return PluggedPico(stock, first[0].flash)


def run(board, code: str) -> str:
    transport = board.open()
    repl = Repl(transport)
    repl.interrupt()
    said = repl.run(code, "being asked").strip()
    transport.close()
    return said


def copy(board, files, **options):
    transport = board.open()
    try:
        return deploy.copy(transport, files, **options)
    finally:
        transport.close()


# What is put there, and what then runs.


def test_what_only_an_image_needs_stays_at_home(files):
    assert {"dsc/app/main.py", "pico/develop.py", "busio.py", "adafruit_bus_device/i2c_device.py"} <= set(
        files
    )
    assert [name for name in files if name.endswith(("manifest.py", "start.py", ".pyi"))] == []


def test_the_first_time_all_files_are_copied_and_the_factory_screen_is_drawn(first, files):
    _, done, heap, text = first
    assert (sorted(done.copied), done.deleted, done.kept) == (sorted(files), (), 0)
    assert "FACTORY" in text
    assert "Board pico-dev" in text
    assert UID.hex() in text
    assert heap > 20_000  # an order, and the modules that it brings in, take about as much


def test_the_repl_is_left_to_whoever_comes(running):
    running.pico.usb.receive()
    running.pico.usb.send(b"\x02print(develop.REASON[:25])\r")
    running.pico.run(100)
    assert b"this is a development set" in running.pico.usb.receive()


def test_no_file_of_anybody_elses_is_written(board):
    assert run(board, "import os; print(os.listdir('/'))") == "['picodsc']"


def test_the_keypad_is_alive_at_the_repl(running):
    run(running, "from dsc.app import factory; factory._waiting._dark_at = 0")  # as after a minute
    running.pico.run(100)
    assert "FACTORY" not in running.text
    (keypad,) = running.pico.keypads
    keypad.press(0, 0)
    running.pico.run(200)
    keypad.release(0, 0)
    running.pico.run(200)
    assert "FACTORY" in running.text


def test_an_order_to_seal_is_refused_with_the_reason(running):
    link = FactoryLink(running)
    assert link.state() == messages.VAULT_BLANK
    name, words = link.refused(messages.PROVISION, orders.encode_provision(order(rounds=10_000)))
    assert name == "OrderError"
    assert words.startswith("board: this is a development set-up: its REPL stays open and reads every key")


# The second time.


def test_the_second_time_nothing_is_copied(board, files):
    done = copy(board, files)
    assert (done.copied, done.deleted, done.kept) == ((), (), len(files))


def test_while_the_firmware_runs_the_command_deploys_again_over_a_serial_port(running, capsys, tmp_path):
    with PtyPort(running.pico, tmp_path / "ttyACM0") as port:
        assert main(["deploy", "--port", str(port.path)]) == 0
    said = capsys.readouterr().out
    assert "0 files copied, 0 deleted" in said
    assert "never seals" in said
    assert f"mpremote connect {port.path}" in said
    assert "Board pico-dev" in running.text


def test_a_changed_file_is_copied_and_no_other(board, files):
    new = b'"""The version."""\n\nVERSION = "9.9.9"\n'
    assert copy(board, {**files, "dsc/version.py": new}).copied == ("dsc/version.py",)
    assert run(
        board, "import sys; sys.path.insert(0, '/picodsc'); from dsc import version; print(version.VERSION)"
    ) == ("9.9.9")


def test_what_is_no_longer_there_is_deleted_and_what_is_not_ours_is_kept(board, files):
    run(
        board,
        "import os\n"
        "os.mkdir('/picodsc/old'); open('/picodsc/old/stale.py', 'w').close(); open('/mine.py', 'w').close()",
    )
    assert copy(board, files).deleted == ("old/stale.py",)
    said = run(board, "import os; print(os.listdir('/'), os.listdir('/picodsc'))")
    assert "mine.py" in said
    assert "'old'" not in said


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_what_was_interrupted_is_completed_by_doing_it_again(stock, stock_flash, files, share):
    files = {name: data for name, data in files.items() if name.startswith(("dsc/app/", "pico/"))}
    board = PluggedPico(stock, stock_flash)
    sent = sum(len(data) for data in files.values()) * 4 / 3  # as base64
    with pytest.raises(BoardLeftError, match="repeat"):
        deploy.copy(board.open(pulled_at=round(sent * share)), files)
    board.plug()
    done = copy(board, files)
    assert done.copied
    assert done.deleted == ()
    assert copy(board, files).kept == len(files)


# Starting by itself.


def test_only_if_asked_for_the_board_starts_it_by_itself(board, files):
    for _ in range(2):
        copy(board, files, autostart=True)
    board.plug()
    board.pico.run(20_000)
    assert "Board pico-dev" in board.text


def test_a_main_of_somebody_elses_is_not_overwritten(board, files):
    run(board, "with open('/main.py', 'w') as file: file.write('print(1)')")
    with pytest.raises(ForeignMainError):
        copy(board, files, autostart=True)
    assert run(board, "print(open('/main.py').read())") == "print(1)"


# What can go wrong.


def test_a_firmware_that_does_not_start_shows_its_traceback(board, files):
    copy(board, {**files, "pico/develop.py": b"def run():\n    missing()\n"})
    with pytest.raises(BoardScriptError, match="NameError"):
        deploy.start(board.open())


def test_without_a_display_it_says_so(stock, first):
    board = PluggedPico(stock, first[0].flash, display=False)
    with pytest.raises(BoardScriptError, match="no display answers at I2C address 0x3c"):
        deploy.start(board.open())


RAM_DISK = """
import vfs
class Disk:
    data = bytearray(32 * 512)
    def readblocks(self, block, buffer, offset=0):
        begin = block * 512 + offset
        buffer[:] = self.data[begin : begin + len(buffer)]
    def writeblocks(self, block, buffer, offset=0):
        begin = block * 512 + offset
        self.data[begin : begin + len(buffer)] = buffer
    def ioctl(self, what, _):
        return {4: 32, 5: 512}.get(what, 0)
vfs.VfsLfs2.mkfs(Disk())
vfs.mount(vfs.VfsLfs2(Disk()), "/small")
"""


def test_a_full_file_system_is_named(stock, stock_flash):
    repl = Repl(PluggedPico(stock, stock_flash).open())
    repl.interrupt()
    repl.run(RAM_DISK, "being given a small disk")
    files = BoardFiles(repl, "/small/picodsc")
    files.write("fits.py", b"#" * 4096)
    with pytest.raises(BoardFullError, match=r"no room for large\.py"):
        files.write("large.py", b"#" * 32_768)
    assert "fits.py" in files.digests()


def test_an_image_of_ours_takes_no_files_and_is_not_reset(rp2040, files):
    board = PluggedPico(rp2040)
    resets = []
    board.pico.chip.on_reset.append(lambda: resets.append(1))
    with pytest.raises(UnsuitableFirmwareError, match="picodsc image"):
        copy(board, files)
    assert resets == []


def test_a_board_without_a_file_system_is_refused(stock, stock_flash, files):
    board = PluggedPico(stock, stock_flash)
    run(board, "import vfs; vfs.umount('/')")
    with pytest.raises(UnsuitableFirmwareError, match="no file system"):
        copy(board, files)


@pytest.mark.parametrize(
    ("platform", "version", "reason"),
    [("esp32", (1, 25), "MicroPython for esp32"), ("rp2", (1, 24), r"MicroPython 1\.24")],
)
def test_a_micropython_of_another_kind_is_refused(platform, version, reason):
    with pytest.raises(UnsuitableFirmwareError, match=reason):
        deploy.require_stock(platform, version, ["", ".frozen", "/lib"], 352)
    deploy.require_stock("rp2", (1, 26), ["", ".frozen", "/lib"], 352)


def test_the_command_without_a_board_fails_with_a_reason(capsys, tmp_path):
    assert main(["deploy", "--port", str(tmp_path / "ttyACM0")]) == 1
    assert "can't be opened" in capsys.readouterr().err


@pytest.mark.parametrize("said", [b"", b"(", b"1", b"(1, 2)", b"(None, 'x', 1, 2)", b"(" * 5000, b"\xff"])
def test_a_board_that_does_not_say_what_it_is_gets_no_files(said):
    with pytest.raises(UnsuitableFirmwareError):
        deploy.copy(StrangeBoard(said), {})


@pytest.mark.parametrize("said", [b"", b"much", b"-1"])
def test_a_board_that_does_not_say_how_much_memory_it_has_is_refused(said):
    with pytest.raises(UnsuitableFirmwareError, match="how much memory"):
        deploy.start(StrangeBoard(said))
