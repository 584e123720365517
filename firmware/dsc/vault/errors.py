"""What can go wrong with the vault; no error carries what a record holds."""


class VaultError(Exception):
    """Base of the errors of this package."""


class VaultRegionError(VaultError):
    """The flash region has an impossible size, or an access leaves it."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"vault region: {reason}")
        self.reason = reason


class VaultWriteError(VaultError):
    """The flash does not hold what was just written: the sector is worn out, or the chip is broken."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"flash at 0x{offset:x} does not keep what is written")
        self.offset = offset


class VaultDamagedError(VaultError):
    """The region holds something that no history of writes and power cuts leaves behind."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"vault damaged: {reason}")
        self.reason = reason


class VaultFormatError(VaultError):
    """The vault was written in a format that this firmware does not know."""

    def __init__(self, version: int, known: int) -> None:
        super().__init__(f"vault format {version} is unknown, this firmware reads {known}")
        self.version = version
        self.known = known


class UnknownRecordError(VaultError):
    """A record that must not be ignored has a type or version that this firmware does not know."""

    def __init__(self, kind: int, version: int) -> None:
        super().__init__(f"record type 0x{kind:02x} version {version} is unknown, and must not be ignored")
        self.kind = kind
        self.version = version


class VaultFullError(VaultError):
    """The log has no room for a record; both numbers are bytes of flash."""

    def __init__(self, needed: int, free: int) -> None:
        super().__init__(f"vault full: {needed} bytes needed, {free} free")
        self.needed = needed
        self.free = free


class MarksSpentError(VaultError):
    """All marks of a record are used."""

    def __init__(self) -> None:
        super().__init__("no mark left on this record")


class VaultStateError(VaultError):
    """The vault is not in a state in which this can be done; `state` is the one that it is in."""

    def __init__(self, state: str, reason: str) -> None:
        super().__init__(f"vault is {state}: {reason}")
        self.state = state
        self.reason = reason


class UnknownCredentialError(VaultError):
    """No credential has this id (16 bytes)."""

    def __init__(self, credential_id: bytes) -> None:
        super().__init__("no credential has this id")
        self.credential_id = credential_id


class CounterSpentError(VaultError):
    """The counter has reached its last value, 2^64 - 1."""

    def __init__(self) -> None:
        super().__init__("the counter has reached its end")


class ContentError(VaultError):
    """What a vault holds, or is to hold, does not fit together."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"vault content: {reason}")
        self.reason = reason
