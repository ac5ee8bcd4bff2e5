"""The rows of an inbox, and the conditions of its writes. docs/reading.md, *The inbox*, has the table of both."""

import re
from dataclasses import dataclass
from typing import Any

from .content import fingerprint
from .event import Event
from .marker import Marker, is_snapshot_event

CLAIMED = "CLAIMED"
COMPLETED = "COMPLETED"

_CONSUMER = re.compile(r"[A-Za-z0-9\-_.]{1,64}")
_IS_FREE = "attribute_not_exists(pk) OR (#state = :claimed AND leaseUntil <= :now AND content = :content)"
_IS_MINE = "#state = :claimed AND #owner = :owner"
_IS_NOT_LATER = "attribute_not_exists(pk) OR #sequence <= :sequence"
_PARTITIONS = "0123456789abcdef"
"""The first digits of event ids. A run is spread over so many partitions, so that it can be recorded fast."""

Write = dict[str, Any]


@dataclass(frozen=True)
class Rows:
    """The writes of one consumer into its inbox. All times are in milliseconds since 1970.

    Raises `ValueError` for a name that is not 1 to 64 ASCII letters, digits, hyphens, underscores and dots.
    """

    table: str
    consumer: str
    keep_seconds: int
    """How long the row of an event is kept."""
    keep_lane_seconds: int
    """How long the row of a lane (message group) is kept after its last event."""

    def __post_init__(self) -> None:
        if _CONSUMER.fullmatch(self.consumer) is None:
            raise ValueError("`consumer` must be 1 to 64 ASCII letters, digits, hyphens, underscores or dots")

    def record(self, event: Event, now: int) -> Write:
        """Records the event as handled, unless it was handled before or is claimed."""
        return self._put_if_free(event, now, {"state": _s(COMPLETED), "completedAt": _n(now)})

    def claim(self, event: Event, owner: str, until: int, now: int) -> Write:
        """Claims the event for one handler, unless it was handled before or is claimed."""
        return self._put_if_free(event, now, {"state": _s(CLAIMED), "owner": _s(owner), "leaseUntil": _n(until)})

    def advance(self, event: Event, now: int) -> Write:
        """Makes the event the latest one of its lane, unless a later one was."""
        return {
            "TableName": self.table,
            "Key": {
                "pk": _s(f"CONSUMER#{self.consumer}#LANE#{event.partition_key}"),
                "sk": _s(f"SEQUENCE#{event.category}#{event.source}"),
            },
            "UpdateExpression": "SET #sequence = :sequence, #ttl = :ttl",
            "ConditionExpression": _IS_NOT_LATER,
            "ExpressionAttributeNames": {"#sequence": "sequence", "#ttl": "ttl"},
            "ExpressionAttributeValues": {
                ":sequence": _s(event.sequence),
                ":ttl": _n(now // 1_000 + self.keep_lane_seconds),
            },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def complete_snapshot(self, marker: Marker, now: int) -> Write:
        """Records that a snapshot is complete. The row has no `ttl`: it is never forgotten."""
        item = {"run": _s(marker.run), "events": _n(marker.events), "completedAt": _n(now)}
        return {"TableName": self.table, "Item": {**self._snapshot_key(), **item}}

    def read_snapshot(self) -> Write:
        """Reads the row of the snapshot that is complete."""
        return {"TableName": self.table, "Key": self._snapshot_key(), "ConsistentRead": True}

    def count_handled(self, run: str) -> list[Write]:
        """Counts the handled events of a snapshot: one query for each of its partitions."""
        return [
            {
                "TableName": self.table,
                "KeyConditionExpression": "pk = :pk",
                "FilterExpression": "#state = :completed",
                "ExpressionAttributeNames": {"#state": "state"},
                "ExpressionAttributeValues": {":pk": self._run(run, digit), ":completed": _s(COMPLETED)},
                "Select": "COUNT",
                "ConsistentRead": True,
            }
            for digit in _PARTITIONS
        ]

    def complete(self, event: Event, owner: str, now: int) -> Write:
        """Records a claimed event as handled."""
        update = "SET #state = :completed, completedAt = :now, #ttl = :ttl REMOVE leaseUntil"
        values = {":completed": _s(COMPLETED), ":now": _n(now), ":ttl": self._ttl(now)}
        return self._update_if_mine(event, owner, update, values, {"#ttl": "ttl"})

    def renew(self, event: Event, owner: str, until: int) -> Write:
        """Lets a claim last until a later time."""
        return self._update_if_mine(event, owner, "SET leaseUntil = :until", {":until": _n(until)}, {})

    def release(self, event: Event, owner: str) -> Write:
        """Deletes a claim, so that the next one is free."""
        return {"TableName": self.table, "Key": self._key(event), **_if_mine(owner, {}, {})}

    def _put_if_free(self, event: Event, now: int, attributes: Write) -> Write:
        content = _s(fingerprint(event))
        return {
            "TableName": self.table,
            "Item": {**self._key(event), **attributes, "content": content, "ttl": self._ttl(now)},
            "ConditionExpression": _IS_FREE,
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": {":claimed": _s(CLAIMED), ":now": _n(now), ":content": content},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def _update_if_mine(self, event: Event, owner: str, update: str, values: Write, names: Write) -> Write:
        key = {"TableName": self.table, "Key": self._key(event), "UpdateExpression": update}
        return {**key, **_if_mine(owner, values, names)}

    def _key(self, event: Event) -> Write:
        if is_snapshot_event(event):
            return {"pk": self._run(event.snapshotrun, event.id[0]), "sk": _s(event.id)}
        return {"pk": _s(f"CONSUMER#{self.consumer}#EVENT#{event.id}"), "sk": _s("INBOX")}

    def _run(self, run: str | None, digit: str) -> Write:
        return _s(f"CONSUMER#{self.consumer}#SNAPSHOT#{run}#{digit}")

    def _snapshot_key(self) -> Write:
        return {"pk": _s(f"CONSUMER#{self.consumer}"), "sk": _s("SNAPSHOT")}

    def _ttl(self, now: int) -> Write:
        return _n(now // 1_000 + self.keep_seconds)


def _if_mine(owner: str, values: Write, names: Write) -> Write:
    return {
        "ConditionExpression": _IS_MINE,
        "ExpressionAttributeNames": {"#state": "state", "#owner": "owner", **names},
        "ExpressionAttributeValues": {":claimed": _s(CLAIMED), ":owner": _s(owner), **values},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def _s(text: str) -> Write:
    return {"S": text}


def _n(number: int) -> Write:
    return {"N": str(number)}
