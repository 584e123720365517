"""A desk with a token on it; panels of either height, and every language."""

import pytest

from dsc.ui import texts
from fakes import units
from fakes.desk import Desk
from fakes.witness import Witness
from host_tools.engines.open import open_engine


def _desks(engine_name, folder, witnessed):
    desks = []

    def make(credentials=((units.LOGIN, ""),), **options):
        unit = units.sealed_unit(folder, credentials, **options)
        engine = open_engine(engine_name, unit)
        witness = Witness(engine) if witnessed else None
        desks.append(Desk(engine))
        return (desks[-1], witness) if witnessed else desks[-1]

    yield make
    for desk in desks:
        desk.engine.close()


@pytest.fixture
def desk(any_engine, tmp_path):
    """Makes a desk with a token of the given credentials, on every engine."""
    yield from _desks(any_engine, tmp_path, witnessed=False)


@pytest.fixture
def witnessed(engine_name, tmp_path):
    """Makes (a desk, a witness of what it shows), on the simulated boards."""
    yield from _desks(engine_name, tmp_path, witnessed=True)


@pytest.fixture(params=[32, 64])
def height(request):
    """Rows of pixels of a panel."""
    return request.param


@pytest.fixture(params=range(len(texts.LANGUAGES)))
def language(request):
    """A language by number, which all texts are in until the test ends."""
    texts.use(request.param)
    yield request.param
    texts.use(texts.ENGLISH)
