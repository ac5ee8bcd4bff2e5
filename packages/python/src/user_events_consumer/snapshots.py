"""Snapshots: the state of every row, sent to a consumer that joins late. docs/reading.md, *A snapshot*."""

from datetime import timedelta

from .aws import DynamoDbInbox
from .errors import SnapshotIncomplete
from .event import Event
from .lease import as_time
from .rows import Rows

PAUSE = timedelta(seconds=60)
"""How long a marker is hidden after its first receive. Each further receive adds as much again."""

LONGEST_PAUSE = timedelta(minutes=15)


class Snapshots:
    """The snapshots that one consumer receives."""

    def __init__(self, dynamodb: DynamoDbInbox, rows: Rows):
        self._dynamodb = dynamodb
        self._rows = rows

    def is_handled(self) -> bool:
        """Whether a snapshot was handled to its marker. Raises the errors of the client."""
        return "Item" in self._dynamodb.get_item(**self._rows.read_snapshot())

    def handled_events(self, run: str) -> int:
        """How many events of a run were handled. Raises the errors of the client."""
        return sum(self._count(query) for query in self._rows.count_handled(run))

    def check(self, event: Event, receives: int, now: int) -> None:
        """Returns if the event is not a marker, or all events of its snapshot were handled.

        Raises `SnapshotIncomplete` otherwise, and the errors of the client.
        """
        if event.snapshotrun is None or not event.is_marker:
            return
        if self.handled_events(event.snapshotrun) < event.data["events"]:
            raise SnapshotIncomplete(as_time(now) + min(PAUSE * receives, LONGEST_PAUSE))

    def _count(self, query: dict[str, object]) -> int:
        count = 0
        while True:
            answer = self._dynamodb.query(**query)
            count += int(answer["Count"])
            # A page ends after 1 MB of rows (Amazon DynamoDB Developer Guide, *Paginating table query results*).
            if "LastEvaluatedKey" not in answer:
                return count
            query = {**query, "ExclusiveStartKey": answer["LastEvaluatedKey"]}
