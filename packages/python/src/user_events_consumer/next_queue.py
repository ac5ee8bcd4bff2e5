"""Which queue a poller reads next."""

import logging
from collections.abc import Callable

from .aws import AWS_ERRORS, error_code

MOST_WAIT_SECONDS = 2
"""How long a call to the snapshot queue waits at most, because another process may complete the snapshot meanwhile."""

log = logging.getLogger("user_events_consumer")


class NextQueue:
    """The snapshot queue until a snapshot is complete, then the live queue for ever."""

    def __init__(self, live_url: str, snapshot_url: str | None, has_snapshot: Callable[[], bool]):
        self._live_url = live_url
        self._snapshot_url = snapshot_url
        self._has_snapshot = has_snapshot

    def next(self, wait_seconds: int) -> tuple[str, int]:
        """The queue to read now, and for how long a call may wait for messages, at most `wait_seconds`."""
        if self._snapshot_url is not None and self._is_complete():
            self._snapshot_url = None
        if self._snapshot_url is None:
            return self._live_url, wait_seconds
        return self._snapshot_url, min(wait_seconds, MOST_WAIT_SECONDS)

    def _is_complete(self) -> bool:
        try:
            return self._has_snapshot()
        except AWS_ERRORS as error:
            # The live queue must not be read too early.
            log.warning("whether the snapshot is complete is not known: %s", error_code(error))
            return False
