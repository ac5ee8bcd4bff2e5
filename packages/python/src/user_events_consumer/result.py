"""What becomes of a message."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from .messages import Message

LONGEST_HIDDEN_SECONDS = 43_200
"""Amazon SQS API Reference, *ChangeMessageVisibility*."""


@dataclass(frozen=True)
class Result:
    """What becomes of a message."""

    outcome: str
    """`done`, `duplicate`, `stale`, `retry` or `set-aside`."""
    reason: str | None = None
    """Why it is retried or set aside."""
    until: datetime | None = None
    """The time before which a retry makes no sense."""
    holds_group: bool = False
    """Whether the rest of its group waits behind it."""

    @property
    def is_settled(self) -> bool:
        """Whether the message is deleted; otherwise it returns to the queue."""
        return self.outcome != "retry"


Handle = Callable[[Message], Result]
"""Handles one message; never raises an `Exception`."""


def hidden_seconds(seconds: float) -> int:
    """For how long SQS hides a message that should be hidden for this long: whole seconds up to 12 hours."""
    return min(max(math.ceil(seconds), 0), LONGEST_HIDDEN_SECONDS)
