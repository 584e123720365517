"""Whether the memory of a worker is flat: a slope that single steps do not move, and the bound that it must keep."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

WARM_UP = 0.2  # of the logins: caches fill, pools grow, the allocator finds its size
# Bytes of a worker's memory for each login of the service. The least thing that Python can keep of a login, an object
# of 56 bytes or so, is 28 here, for each of two workers sees half of the logins. What the allocator does by itself
# moves some hundred kB now and then: 24 bytes a login are 1.9 MB from the warm-up to the end of 100,000 logins.
BOUND = 24.0
FEWEST = 40  # samples: a median slope of a few follows each step that the allocator makes


@dataclass(frozen=True)
class Sample:
    """What a worker had resident after so many logins of the service, in bytes."""

    logins: int
    resident: int


def slope(samples: Sequence[Sample]) -> float:
    """Bytes a login: the median slope of all pairs (Theil and Sen), which a quarter of the samples may not move."""
    pairs = itertools.combinations(samples, 2)
    return median((two.resident - one.resident) / (two.logins - one.logins) for one, two in pairs)


def settled(samples: Sequence[Sample], logins: int) -> list[Sample]:
    """Those after the warm-up of so many logins."""
    return [sample for sample in samples if sample.logins >= logins * WARM_UP]


def growth_fault(worker: int, samples: Sequence[Sample], logins: int) -> str | None:
    """What is wrong with the memory of a worker, if it is not flat."""
    judged = settled(samples, logins)
    if len(judged) < FEWEST:
        return f"worker {worker} was looked at {len(judged)} times after the warm-up: too few to judge"
    grown = slope(judged)
    if grown <= BOUND:
        return None
    return f"worker {worker} grows by {grown:,.0f} bytes a login; {BOUND:g} are allowed"
