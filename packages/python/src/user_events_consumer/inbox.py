"""Remembers which events a consumer has handled, so that each takes effect once."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Final

from .aws import DynamoDbInbox
from .errors import InProgress, LeaseLost, OtherContent, Retry
from .event import Event
from .item_size import check_limits
from .lease import Lease, Renewal, as_time
from .marker import Marker
from .rows import CLAIMED, COMPLETED, Rows
from .snapshots import Snapshots
from .writes import FailedCondition, Writes

Effects = Sequence[Mapping[str, Any]]
"""Items of `TransactWriteItems`, such as `{"Put": {"TableName": …, "Item": …}}`."""

KEEP_DAYS: Final = 60
"""A message can come again after 30 days in the publisher's bucket of failures, 14 in a queue and 14 in its dead-letter
queue."""

LANE_DAYS: Final = 30
"""How many days longer than that of an event the row of a lane (message group) is kept."""

LEASE_SECONDS: Final = 30.0

_DAY_SECONDS = 86_400
_LONGEST_LEASE_SECONDS = 12 * 3_600
_OWNER_BYTES = 12


class Outcome(Enum):
    """The result of an event that was handled."""

    DONE = "done"
    """The effects happened now."""
    DUPLICATE = "duplicate"
    """The event was handled before; the effects were left out."""
    STALE = "stale"
    """A later event of its lane (message group) was handled before; the effects were left out."""


class Inbox:
    """The handled events of one consumer, in a DynamoDB table (idempotent consumer pattern). Threads may share it.

    The table has the string keys `pk` and `sk` and the time to live attribute `ttl`; `infra/subscriber.yaml` creates
    it. Several consumers may share it. The role of the consumer needs `dynamodb:PutItem`, `UpdateItem` and `DeleteItem`
    on the table, and the permissions of its effects; with snapshots also `dynamodb:GetItem` and `Query`.

    `commit` makes the effects and the record of the event in one transaction: **exactly once**. `process` is for
    effects outside of DynamoDB: **at least once**, and never by two handlers at once.

    Raises `ValueError` for a consumer that is not 1 to 64 ASCII letters, digits, hyphens, underscores or dots, for a
    lease that is not 1 second to 12 hours, and for less than 60 days.
    """

    def __init__(
        self,
        dynamodb: DynamoDbInbox,
        table: str,
        consumer: str,
        *,
        lease_seconds: float = LEASE_SECONDS,
        keep_days: int = KEEP_DAYS,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ):
        if not 1 <= lease_seconds <= _LONGEST_LEASE_SECONDS:
            raise ValueError("`lease_seconds` must be 1 to 43,200")
        if keep_days < KEEP_DAYS:
            raise ValueError(f"`keep_days` must be at least {KEEP_DAYS}, or late duplicates take effect again")
        self._rows = Rows(table, consumer, keep_days * _DAY_SECONDS, (keep_days + LANE_DAYS) * _DAY_SECONDS)
        self._writes = Writes(dynamodb, sleep)
        self._snapshots = Snapshots(dynamodb, self._rows)
        self._lease_seconds = lease_seconds
        self._clock = clock

    def commit(self, event: Event, effects: Effects) -> Outcome:
        """Records the event and makes its effects in one transaction, or leaves the effects out.

        Raises `Refused` with the reason `limits` for more than 98 effects and for sizes that DynamoDB does not take,
        `OtherContent`, `InProgress` if another handler has claimed the event, and `Retry` if the condition of an effect
        fails or DynamoDB does not answer.
        """
        now = self._now()
        record = {"Put": self._rows.record(event, now)}
        # An event of a snapshot has no place in its lane.
        advance = [] if event.snapshotrun is not None else [{"Update": self._rows.advance(event, now)}]
        items = [record, *advance, *self._completes(event, now), *effects]
        check_limits(items)
        failed = self._writes.transact(items)
        if failed is None:
            return Outcome.DONE
        if failed.place == 0:
            return self._taken(event, failed)
        if failed.place > len(advance):
            raise Retry("effect-condition")
        failed = self._writes.transact([record])
        return Outcome.STALE if failed is None else self._taken(event, failed)

    def check_snapshot(self, event: Event, receives: int = 1) -> None:
        """Returns if the event may be handled now. Only the marker of a snapshot may have to wait.

        Raises `SnapshotIncomplete` if the event is a marker and events of its run were not handled yet; `receives`, how
        often it was received, says until when it waits. Raises `Refused` with the reason `does-not-fit` if it is not in
        its form, and the errors of the client.
        """
        marker = Marker.from_event(event)
        if marker is not None:
            self._snapshots.check(marker, receives, self._now())

    def has_snapshot(self) -> bool:
        """Whether a snapshot is complete, so that the live queue may be read. Raises the errors of the client."""
        return self._snapshots.is_complete()

    def process(self, event: Event, effect: Callable[[Lease], None]) -> Outcome:
        """Claims the event, runs the effect under a lease, and records the event as handled.

        The lease is renewed after each third of it. If the effect raises, the claim is released and the exception
        passes. If the process dies, the next handler waits until the lease ends. The lane of the event is neither
        checked nor advanced: an event that comes late is handled, too.

        Raises `OtherContent`, `InProgress`, `LeaseLost` if another handler claimed the event meanwhile, and `Retry` if
        DynamoDB does not answer.
        """
        now = self._now()
        lease = Lease(event.id, secrets.token_urlsafe(_OWNER_BYTES), self._lease_end(now), self._now)
        failed = self._writes.put(self._rows.claim(event, lease.owner, self._lease_end(now), now))
        # The client repeats a write if its answer was lost, and then meets its own claim.
        if failed is not None and not _is_own(failed, lease, CLAIMED):
            return self._taken(event, failed)
        try:
            with Renewal(lambda: self._renew(event, lease), self._lease_seconds / 3):
                effect(lease)
        except BaseException:
            self._release(event, lease)
            raise
        now = self._now()
        complete = self._rows.complete(event, lease.owner, now)
        completes = self._completes(event, now)
        failed = (
            self._writes.transact([{"Update": complete}, *completes]) if completes else self._writes.update(complete)
        )
        if failed is not None and not _is_own(failed, lease, COMPLETED):
            raise LeaseLost
        return Outcome.DONE

    def _completes(self, event: Event, now: int) -> list[Mapping[str, Any]]:
        """The write that completes a snapshot, if the event is its marker."""
        marker = Marker.from_event(event)
        return [] if marker is None else [{"Put": self._rows.complete_snapshot(marker, now)}]

    def _taken(self, event: Event, failed: FailedCondition) -> Outcome:
        """What the row of an event means that could be neither recorded nor claimed."""
        if failed.old is None:
            # The row was deleted meanwhile.
            raise Retry("in-progress")
        record = self._rows.record(event, 0)["Item"]
        # A row of an earlier version has no content.
        if failed.old.get("content", record["content"]) != record["content"]:
            raise OtherContent
        if failed.old.get("state") == {"S": CLAIMED}:
            raise InProgress(as_time(int(failed.old["leaseUntil"]["N"])))
        return Outcome.DUPLICATE

    def _renew(self, event: Event, lease: Lease) -> None:
        until = self._lease_end(self._now())
        if self._writes.update(self._rows.renew(event, lease.owner, until)) is not None:
            lease.lose()
            raise LeaseLost
        lease.renewed(until)

    def _release(self, event: Event, lease: Lease) -> None:
        try:
            self._writes.delete(self._rows.release(event, lease.owner))
        except Retry:
            # The claim ends at its time. The exception of the effect matters more.
            return

    def _lease_end(self, now: int) -> int:
        return now + int(self._lease_seconds * 1_000)

    def _now(self) -> int:
        return int(self._clock() * 1_000)


def _is_own(failed: FailedCondition, lease: Lease, state: str) -> bool:
    old = failed.old or {}
    return bool(old.get("owner") == {"S": lease.owner} and old.get("state") == {"S": state})
