"""How a screen ends other than by its own result."""


class FlowEnded(Exception):  # noqa: N818 - no error, a way out
    """A screen ended without a result."""


class Cancelled(FlowEnded):
    """The user held C."""


class MenuWanted(FlowEnded):
    """The user asked for the menu, on a first screen."""


class LimitReached(Cancelled):
    """Too many wrong PINs in a row: back to the first screen, which says so."""


class TimedOut(FlowEnded):
    """No key was pressed in time."""


class VaultNotMountedError(Exception):
    """A screen asked for the vault before it was read."""


class UnusableSuiteError(Exception):
    """The credential's login suite asks for something this token does not have.

    `suite` is the suite's text, `reason` what is missing.
    """

    def __init__(self, suite: str, reason: str) -> None:
        super().__init__(f"{suite}: {reason}")
        self.suite = suite
        self.reason = reason
