"""What all tests share: Hypothesis profiles, the MicroPython interpreter, the rule that CI skips nothing."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

from host_tools.emulator.fast import loops
from host_tools.engines import images, interpreters, names
from host_tools.engines.errors import EngineMissingError

IN_CI = bool(os.environ.get("CI"))
COUNTED = "counted"

# No deadlines: the tests run in parallel on machines of any speed, and a slow example is no wrong one.
# In CI the examples are the same in each run, so that a red run means the change; at a desk they differ.
hypothesis.settings.register_profile("desk", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if IN_CI else "desk")

MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder in it that is this user's alone
MEMORY_BYTES = 4 << 30  # left for everything that tests write, several runs at once
TEMPORARY = "PYTEST_DEBUG_TEMPROOT"  # pytest's name for where its temporary folders are


def keeps_files_in_memory(place: Path) -> bool:
    """Whether it is a file system in memory with room for the tests, and runs programs, as some write."""
    if not (place.is_mount() and os.access(place, os.W_OK)):
        return False
    return not os.statvfs(place).f_flag & os.ST_NOEXEC and shutil.disk_usage(place).free >= MEMORY_BYTES


# An inventory waits for the disk at each commit; no test can take the power from this machine.
if keeps_files_in_memory(MEMORY):
    os.environ.setdefault(TEMPORARY, str(MEMORY))


@pytest.fixture(scope="session")
def micropython() -> Path:
    """The path of MicroPython's Unix port. In CI it is the one built from the image's sources, and no other."""
    if IN_CI and not interpreters.BUILT_MICROPYTHON.is_file():
        pytest.fail("CI tests on the interpreter that 'make micropython' builds, and it is not there")
    try:
        (program,) = interpreters.find(interpreters.MICROPYTHON).command
    except EngineMissingError as error:
        pytest.skip(str(error))
    return Path(program)


@pytest.fixture(scope="session")
def image() -> Path:
    """The UF2 image of the firmware as it is in this tree; its ELF file lies beside it."""
    built = subprocess.run(
        [sys.executable, "-m", "host_tools.image", "build"],
        cwd=interpreters.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode != 0:
        pytest.skip(f"the image can't be built here: {built.stderr.strip()}")
    return images.find()


@pytest.fixture(scope="session")
def rp2040(image: Path) -> Path:
    """The image, where it runs at a speed that a test can wait for."""
    if loops.FAST not in loops.available():
        pytest.skip("the emulated Pico is too slow for this: run 'make emulator'")
    return image


@pytest.fixture(params=["cpython", "micropython"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engines that run the firmware in a child process, one after the other."""
    if request.param == "micropython":
        request.getfixturevalue("micropython")
    return request.param


@pytest.fixture(params=names.NAMES)
def any_engine(request: pytest.FixtureRequest) -> str:
    """All engines, the emulated Pico included, one after the other."""
    if request.param != "cpython":
        request.getfixturevalue(request.param)
    return request.param


@pytest.fixture
def counted(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Takes a line that says how many cases a test went through; it is printed at the end of the run."""
    return lambda line: request.node.user_properties.append((COUNTED, line))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    # Of a teardown, for fixtures count as well; one that passes has no outcome's name.
    reports = [report for outcome in ("", "error") for report in terminalreporter.getreports(outcome)]
    lines = [
        line
        for report in reports
        if report.when == "teardown"
        for name, line in report.user_properties
        if name == COUNTED
    ]
    if lines:
        terminalreporter.section("counted")
        for line in lines:
            terminalreporter.write_line(line)


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turns a skip into a failure that tells the reason; an expected failure (xfail) is no skip."""
    if IN_CI and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"CI runs every test, but this one was skipped. {reason}"


@pytest.hookimpl(wrapper=True, tryfirst=True)  # outermost: after xfail and skip marks have been judged
def pytest_runtest_makereport(item, call):
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    _fail_if_skipped(report)
    return report
