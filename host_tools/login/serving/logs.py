"""Logs as JSON, a line each on standard error, with nothing in them that a client or a database could put there.

Of an exception the class and the places in the code are logged, never its message: that of a database driver repeats
the values it was given. Of a library's message the template is logged, without its arguments.
"""

from __future__ import annotations

import logging
import os
import traceback
from typing import Any, Final

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

STANDARD_ERROR: Final = 2
DEEPEST: Final = 12  # places in the code of one exception
LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


class LineLogger:
    """Writes each line whole, by one call: lines of several processes do not mix."""

    def __init__(self, descriptor: int = STANDARD_ERROR) -> None:
        self._descriptor = descriptor

    def msg(self, line: str) -> None:
        """Write it. A log that nobody takes any more stops no login."""
        try:
            os.write(self._descriptor, line.encode() + b"\n")
        except OSError:
            return

    debug = info = warning = error = critical = msg


class _Handler(logging.Handler):
    """What libraries log by `logging`, in our form."""

    def __init__(self, logger: FilteringBoundLogger) -> None:
        super().__init__()
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        fields = {} if error is None else about(error)
        self._logger.log(record.levelno, str(record.msg), logger=record.name, **fields)


def about(error: BaseException) -> dict[str, Any]:
    """An exception as fields of a log line: class, cause's class, and places in the code."""
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
    fields: dict[str, Any] = {
        "error": type(error).__qualname__,
        "at": [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if error.__cause__ is not None:
        fields["cause"] = type(error.__cause__).__qualname__
    return fields


def set_up(level: str, **bound: Any) -> FilteringBoundLogger:
    """The logger of this process; all its lines have the fields `bound`. Libraries use it from `warning` on."""
    least = LEVELS[level]
    logger: FilteringBoundLogger = structlog.wrap_logger(
        LineLogger(),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            _first_the_time,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        cache_logger_on_first_use=True,
        context_class=dict,
        **bound,
    )
    root = logging.getLogger()
    root.handlers = [_Handler(logger)]
    root.setLevel(max(least, logging.WARNING))
    return logger.bind()


def _first_the_time(_: WrappedLogger, __: str, fields: EventDict) -> EventDict:
    return {"time": fields.pop("time"), "level": fields.pop("level"), "event": fields.pop("event"), **fields}
