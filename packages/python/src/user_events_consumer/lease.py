"""The right to handle one event for a while."""

import threading
from collections.abc import Callable
from datetime import datetime, timezone

from .errors import LeaseLost, Retry
from .repeating import Repeating


def as_time(milliseconds: int) -> datetime:
    """A time in milliseconds since 1970."""
    return datetime.fromtimestamp(milliseconds / 1_000, timezone.utc)


class Lease:
    """The right to handle one event. The library renews it while the effect runs.

    No other handler has the event meanwhile, unless the renewals fail for the length of a lease. Python cannot stop a
    function from outside, so an effect with several steps calls `check` between them.
    """

    def __init__(self, event_id: str, owner: str, until: int, clock: Callable[[], int]):
        self.event_id = event_id
        """The id of the event: an idempotency key for the service that the effect calls."""
        self.owner = owner
        """A random name that no other claim has."""
        self._until = until
        self._clock = clock
        self._lost = threading.Event()

    @property
    def until(self) -> datetime:
        """When the lease ends if it is not renewed."""
        return as_time(self._until)

    @property
    def is_lost(self) -> bool:
        """Whether another handler has claimed the event."""
        return self._lost.is_set()

    def check(self) -> None:
        """Raises `LeaseLost` if another handler may have the event: the lease is lost, or it has ended."""
        if self.is_lost or self._clock() >= self._until:
            raise LeaseLost

    def renewed(self, until: int) -> None:
        """Notes that the lease lasts until this time."""
        self._until = until

    def lose(self) -> None:
        """Notes that another handler has claimed the event."""
        self._lost.set()


class Renewal(Repeating):
    """Renews a lease in a thread of its own, until its block ends."""

    def __init__(self, renew: Callable[[], None], every_seconds: float):
        super().__init__("lease-renewal", every_seconds)
        self._renew = renew

    def turn(self) -> bool:
        """Renews the lease once. Returns whether it still lasts."""
        try:
            self._renew()
        except LeaseLost:
            return False
        except Retry:
            # The lease still lasts for two more turns.
            return True
        return True
