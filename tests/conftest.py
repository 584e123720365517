"""What all tests share: Hypothesis profiles, the MicroPython interpreter, the rule that CI skips nothing."""

import os
import shutil
import sys
from pathlib import Path

import hypothesis
import pytest

IN_CI = bool(os.environ.get("CI"))

# No deadlines: the tests run in parallel on machines of any speed, and a slow example is no wrong one.
# In CI the examples are the same in each run, so that a red run means the change; at a desk they differ.
hypothesis.settings.register_profile("desk", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if IN_CI else "desk")


@pytest.fixture(scope="session")
def micropython() -> Path:
    """The path of MicroPython's Unix port: beside this interpreter, or on the PATH."""
    beside = Path(sys.executable).parent / "micropython"
    found = str(beside) if beside.exists() else shutil.which("micropython")
    if found is None:
        pytest.skip("no MicroPython interpreter: its wheel exists for Linux x86-64 and Apple silicon only")
    return Path(found)


@pytest.fixture(params=["cpython", "micropython"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engines that run the firmware in a child process, one after the other."""
    if request.param == "micropython":
        request.getfixturevalue("micropython")
    return request.param


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
