"""A board that says anything but what it is asked for."""


class StrangeBoard:
    """A board whose REPL answers every question with the same words."""

    def __init__(self, said: bytes) -> None:
        self.said = said
        self.serial = self

    def write(self, data: bytes) -> int:
        return len(data)

    def enter_raw_repl(self, soft_reset: bool, timeout_overall: float) -> None:
        pass

    def exec_raw(self, code: str, timeout: float) -> tuple[bytes, bytes]:
        return self.said, b""
