"""Which queue a poller reads next: that of a snapshot, then the live one."""

import time
from collections.abc import Callable

MOST_WAIT_SECONDS = 4
"""How long a call to the snapshot queue waits at most: another process may handle the end of the snapshot meanwhile."""

LOOK_SECONDS = 1.0
"""How often the inbox is asked at most. With the wait, the end of a snapshot is noticed within 5 seconds."""


class NextQueue:
    """The snapshot queue until a snapshot was handled to its end, then the live queue."""

    def __init__(
        self,
        live_url: str,
        snapshot_url: str | None,
        has_snapshot: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ):
        self._live_url = live_url
        self._snapshot_url = snapshot_url
        self._has_snapshot = has_snapshot
        self._clock = clock
        self._looked_at: float | None = None

    def url(self) -> str:
        """The queue to read now. Raises the errors of the client of DynamoDB."""
        if self._snapshot_url is None:
            return self._live_url
        now = self._clock()
        if self._looked_at is None or now - self._looked_at >= LOOK_SECONDS:
            if self._has_snapshot():
                self._snapshot_url = None
                return self._live_url
            self._looked_at = now
        return self._snapshot_url

    def wait_seconds(self, longest: int) -> int:
        """For how long a call to that queue may wait for messages."""
        return longest if self._snapshot_url is None else min(longest, MOST_WAIT_SECONDS)
