"""What the tests of the image on the emulated Pico share."""

import pytest

from sweep.rig import Rig


@pytest.fixture(scope="session")
def rig(rp2040, tmp_path_factory):
    """A board that boots from one flash after the other."""
    made = Rig(rp2040, tmp_path_factory.mktemp("rig"))
    yield made
    made.close()
