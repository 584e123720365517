"""Both loops that can execute instructions."""

import pytest

from host_tools.emulator.fast import loops


@pytest.fixture(params=[loops.FAST, loops.WHEEL])
def loop(request) -> str:
    """The name of a run loop."""
    if request.param not in loops.available():
        pytest.skip(f"the {request.param} loop is not built: run 'make emulator'")
    return request.param


@pytest.fixture(scope="session")
def both_loops() -> tuple[str, str]:
    """The names of the two, for tests that compare them."""
    if loops.FAST not in loops.available():
        pytest.skip("the fast loop is not built: run 'make emulator'")
    return loops.FAST, loops.WHEEL
