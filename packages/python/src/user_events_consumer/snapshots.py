"""Snapshots: the state of every row, for a consumer that joins late. docs/reading.md, *Snapshots*."""

from datetime import timedelta
from typing import Any

from .aws import DynamoDbInbox
from .errors import SnapshotIncomplete
from .lease import as_time
from .marker import Marker
from .rows import Rows

PAUSE = timedelta(seconds=60)
"""How long a marker is hidden that came too early, times its receive count."""

LONGEST_PAUSE = timedelta(minutes=15)


class Snapshots:
    """The snapshots that one consumer receives. Every method raises the errors of the client."""

    def __init__(self, dynamodb: DynamoDbInbox, rows: Rows):
        self._dynamodb = dynamodb
        self._rows = rows

    def is_complete(self, run: str | None = None) -> bool:
        """Whether a snapshot is complete: that of this run, or any."""
        row = self._dynamodb.get_item(**self._rows.read_snapshot()).get("Item")
        return row is not None and (run is None or row.get("run") == {"S": run})

    def check(self, marker: Marker, receives: int, now: int) -> None:
        """Returns if all events of the run were handled.

        Raises `SnapshotIncomplete` otherwise.
        """
        if self.is_complete(marker.run):
            return
        if sum(self._count(query) for query in self._rows.count_handled(marker.run)) < marker.events:
            raise SnapshotIncomplete(as_time(now) + min(PAUSE * max(receives, 1), LONGEST_PAUSE))

    def _count(self, query: dict[str, Any]) -> int:
        count = 0
        while True:
            answer = self._dynamodb.query(**query)
            count += int(answer["Count"])
            # A page ends after 1 MB of rows (Amazon DynamoDB Developer Guide, *Paginating table query results*).
            if "LastEvaluatedKey" not in answer:
                return count
            query = {**query, "ExclusiveStartKey": answer["LastEvaluatedKey"]}
