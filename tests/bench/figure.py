"""A figure of a table."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A measured figure in `unit`, and the reference that it can be compared with, if there is one."""

    what: str
    value: float
    unit: str
    reference: str = ""
    its_value: float | None = None
