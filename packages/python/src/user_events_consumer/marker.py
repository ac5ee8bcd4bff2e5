"""The last event of a snapshot. docs/reading.md, *The marker*."""

from dataclasses import dataclass
from typing import Any

from .errors import Refused
from .event import Event

MARKER = "SnapshotCompletedEventV1"
"""The type of a marker."""

_MAX_SAFE_INTEGER = 2**53 - 1


@dataclass(frozen=True)
class Marker:
    """The end of a run."""

    run: str
    events: int
    """How many snapshot events the run sent."""

    @classmethod
    def from_event(cls, event: Event) -> "Marker | None":
        """The marker in an event; `None` if the event is of another type.

        Raises `Refused` with the reason `does-not-fit` if it is not in its form.
        """
        if event.type != MARKER:
            return None
        run = event.snapshotrun
        events: Any = event.data.get("events")
        if run is None or event.data.get("run") != run:
            raise Refused("does-not-fit", "`snapshotrun` and `data.run` of a marker must be the same run")
        # Not `isinstance`: a bool is an int in Python, but not in JSON.
        if type(events) not in (int, float) or not 0 <= events <= _MAX_SAFE_INTEGER or events % 1:
            raise Refused("does-not-fit", "`data.events` of a marker must be a whole number")
        return cls(run, int(events))


def is_snapshot_event(event: Event) -> bool:
    """Whether the event says what a row is like: it has a run and is not its marker."""
    return event.snapshotrun is not None and event.type != MARKER
