"""What foreign clients may ask by privacyIDEA's interface: how much at once, and for how long they are known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WirePolicy:
    """Limits of requests, and the life of what `/auth` hands out.

    The Java client plans by when its token ends: a life of seconds would have it ask all the time.
    """

    token_seconds: int = 600
    body_bytes: int = 16_384
    parameters: int = 32
    name_characters: int = 256
    secret_bytes: int = 1_024
    transaction_characters: int = 128
