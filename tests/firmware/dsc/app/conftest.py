"""A desk with a token on it; panels of either height, and every language; a count of what walks came to."""

from collections import Counter

import pytest

from dsc.ui import texts
from fakes import units
from fakes.desk import Desk
from fakes.walker import Walker
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


class Tally:
    """What all walks of one test came to."""

    def __init__(self) -> None:
        self.walks = 0
        self.counts: Counter[str] = Counter()
        self._shares: dict[str, int] = {}

    def add(self, walker: Walker, **shares: int) -> None:
        """Another walk; of what is named there must be one in so many walks in the end."""
        self.walks += 1
        self.counts += walker.counts
        self._shares = shares

    def check(self) -> None:
        for name, share in self._shares.items():
            assert self.counts[name] >= self.walks // share, f"walks that lead to no {name} show nothing"


@pytest.fixture
def tally(request, counted):
    """Counts the walks of a test, which must have come to something."""
    made = Tally()
    yield made
    counts = ", ".join(f"{count} {name}" for name, count in sorted(made.counts.items()))
    counted(f"{request.node.name}: {made.walks} walks, {counts}")
    made.check()


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
