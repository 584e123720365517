"""What the application of one worker works with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from structlog.typing import FilteringBoundLogger

from host_tools.inventory.errors import InventoryError
from host_tools.login.rules.errors import ClockError
from host_tools.login.serving.crew import Crew
from host_tools.login.serving.limits import SharedLimits
from host_tools.login.serving.logs import about
from host_tools.login.serving.metrics import RequestMetrics
from host_tools.login.system import LoginSystem

DATABASE_UNREACHABLE: Final = "database-unreachable"
CLOCK_JUMPED: Final = "clock-jumped"


@dataclass(frozen=True, slots=True)
class System:
    """The login system, and what this worker has in common with the others: the key of tokens for API keys, too."""

    logins: LoginSystem
    limits: SharedLimits
    crew: Crew
    metrics: RequestMetrics
    logger: FilteringBoundLogger
    signing_key: bytes = field(repr=False)

    def reasons(self) -> list[str]:
        """Why it can't judge logins now, as codes; none if it can. Asks database and clock."""
        try:
            jump = self.logins.jump()
        except ClockError as error:
            self.logger.error("clock jumped", seconds=error.by.total_seconds())
            return [CLOCK_JUMPED]
        except (InventoryError, SQLAlchemyError) as error:
            self.logger.error("database unreachable", **about(error))
            return [DATABASE_UNREACHABLE]
        if jump is not None:
            self.logger.warning("clock jumped, and is not followed", seconds=jump.total_seconds())
        return []
