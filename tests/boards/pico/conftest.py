"""What the tests of the image on the emulated Pico share."""

import random

import pytest

from sweep.rig import Rig
from sweep.sealed_token import SealedToken


@pytest.fixture(scope="session")
def rig(rp2040, tmp_path_factory):
    """A board that boots from one flash after the other."""
    made = Rig(rp2040, tmp_path_factory.mktemp("rig"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def sealed_token(rp2040, tmp_path_factory):
    """A sealed token that is attacked, and taken back, again and again."""
    made = SealedToken(rp2040, tmp_path_factory.mktemp("sealed"))
    yield made
    made.close()


@pytest.fixture
def seeded(request):
    """Randomness that is the same each time for the same test."""
    return random.Random(request.node.name)
