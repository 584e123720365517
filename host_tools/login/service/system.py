"""What the application of one worker works with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from structlog.typing import FilteringBoundLogger

from host_tools.inventory import Inventory
from host_tools.inventory.errors import InventoryError
from host_tools.inventory.schema import AuditRow
from host_tools.login.serving.crew import Crew
from host_tools.login.serving.limits import SharedLimits
from host_tools.login.serving.logs import about
from host_tools.login.serving.metrics import RequestMetrics

DATABASE_UNREACHABLE: Final = "database-unreachable"
CLOCK_BEHIND: Final = "clock-behind-record"


@dataclass(frozen=True, slots=True)
class System:
    """The inventory, and what this worker has in common with the others."""

    inventory: Inventory
    limits: SharedLimits
    crew: Crew
    metrics: RequestMetrics
    logger: FilteringBoundLogger
    clock_tolerance_seconds: int

    def reasons(self) -> list[str]:
        """Why it can't judge logins now, as codes; none if it can. Asks the database."""
        try:
            with self.inventory.reading() as session:
                latest = session.scalar(select(AuditRow.at).order_by(AuditRow.sequence.desc()).limit(1))
        except (InventoryError, SQLAlchemyError) as error:
            self.logger.error("database unreachable", **about(error))
            return [DATABASE_UNREACHABLE]
        tolerance = timedelta(seconds=self.clock_tolerance_seconds)
        if latest is not None and latest - self.inventory.now() > tolerance:
            return [CLOCK_BEHIND]
        return []
