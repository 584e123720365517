"""What a figure has to be: kept, or missed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bound:
    """A measured ratio, and the least that it may be."""

    what: str
    ratio: float
    least: float

    @property
    def is_kept(self) -> bool:
        """Whether it is; what could not be measured is not."""
        return self.ratio >= self.least

    def __str__(self) -> str:
        verdict = "kept" if self.is_kept else "missed"
        return f"{verdict}: {self.what}: {self.ratio:.2f}, at least {self.least:g}"
