"""Effects outside of DynamoDB: claims, renewals, crashes."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from conftest import row
from sealing import body, document, event_id
from support import ROWS, Clock, Lines, client_error, consumer, event, inbox, put, record
from table_fake import Table

from user_events_consumer import (
    Inbox,
    InProgress,
    Lease,
    LeaseLost,
    OpenableEvent,
    OtherContent,
    Outcome,
    Retry,
    leased,
)
from user_events_consumer.lease import Renewal

PK = f"CONSUMER#welcome#EVENT#{event_id(1)}"


def nothing(_: Lease) -> None:
    """An effect that does nothing."""


def fails(_: Lease) -> None:
    """An effect that fails."""
    raise ConnectionError


def test_an_effect_runs_once_and_is_recorded(tables: Any) -> None:
    seen: list[str] = []

    def effect(lease: Lease) -> None:
        claim = row(tables, PK, "INBOX")
        assert claim is not None
        assert claim["state"] == {"S": "CLAIMED"}
        assert claim["leaseUntil"] == {"N": "1772366430000"}
        assert lease.until.timestamp() == 1_772_366_430
        lease.check()
        seen.append(lease.event_id)

    assert inbox(tables).process(event(), effect) is Outcome.DONE
    assert inbox(tables).process(event(), effect) is Outcome.DUPLICATE
    assert seen == [event_id(1)]
    completed = row(tables, PK, "INBOX")
    assert completed is not None
    assert completed["state"] == {"S": "COMPLETED"}
    assert "leaseUntil" not in completed


def test_committed_and_processed_events_are_duplicates_of_each_other(tables: Any) -> None:
    subject = inbox(tables)
    subject.commit(event(1), [])
    assert subject.process(event(1), nothing) is Outcome.DUPLICATE
    subject.process(event(2), nothing)
    assert subject.commit(event(2), [put("again")]) is Outcome.DUPLICATE
    with pytest.raises(OtherContent):
        subject.process(event(2, type="UserDeletedEventV1"), nothing)


def test_a_failed_effect_releases_the_claim(tables: Any) -> None:
    with pytest.raises(ConnectionError):
        inbox(tables).process(event(), fails)
    assert row(tables, PK, "INBOX") is None
    assert inbox(tables).process(event(), nothing) is Outcome.DONE


def test_after_a_crash_the_next_handler_waits_until_the_lease_ends(tables: Any) -> None:
    clock = Clock()
    tables.put_item(**ROWS.claim(event(), "crashed", int(clock.now * 1_000) + 30_000, int(clock.now * 1_000)))
    with pytest.raises(InProgress) as error:
        inbox(tables, clock).process(event(), nothing)
    assert error.value.until is not None
    clock.now = error.value.until.timestamp()
    assert inbox(tables, clock).process(event(), nothing) is Outcome.DONE


class Watched(Table):
    """Notes the updates, and can act after one."""

    def __init__(self) -> None:
        super().__init__()
        self.updated = threading.Semaphore(0)
        self.before_update: Callable[[], None] = lambda: None

    def update_item(self, **write: Any) -> dict[str, Any]:
        self.before_update()
        try:
            return super().update_item(**write)
        finally:
            self.updated.release()


def test_a_lease_is_renewed_while_the_effect_runs() -> None:
    table, clock = Watched(), Clock()
    subject = Inbox(table, "inbox", "welcome", lease_seconds=1, clock=clock)

    def effect(lease: Lease) -> None:
        clock.now += 0.9
        # The renewal that may have read the clock before, and one that cannot.
        for _ in range(2):
            assert table.updated.acquire(timeout=60)
        clock.now += 0.9
        lease.check()
        with pytest.raises(InProgress):
            Inbox(table, "inbox", "welcome", clock=clock).process(event(), nothing)

    assert subject.process(event(), effect) is Outcome.DONE


def test_a_lease_is_renewed_after_each_third_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    class Noted(Renewal):
        def __init__(self, renew: Callable[[], None], every_seconds: float):
            pauses.append(every_seconds)
            super().__init__(renew, every_seconds)

    monkeypatch.setattr("user_events_consumer.inbox.Renewal", Noted)
    inbox(Table()).process(event(1), nothing)
    inbox(Table(), lease_seconds=3).process(event(2), nothing)
    assert pauses == [10, 1]


def test_a_lost_lease_is_noticed_and_not_completed() -> None:
    table, clock = Watched(), Clock()
    subject = Inbox(table, "inbox", "welcome", lease_seconds=1, clock=clock)
    checked = threading.Event()

    def steal() -> None:
        now = int(clock.now * 1_000) + 60_000
        table.items.clear()
        table.put_item(**ROWS.claim(event(), "another", now + 30_000, now))

    def effect(lease: Lease) -> None:
        table.before_update = steal
        assert table.updated.acquire(timeout=60)
        while not lease.is_lost:
            # The renewal notes its loss right after the answer.
            assert not checked.wait(0.01)
        lease.check()

    with pytest.raises(LeaseLost):
        subject.process(event(), effect)
    assert table.rows(PK)[PK]["owner"] == {"S": "another"}, "the claim of the other handler is not released"


def test_an_effect_that_ignores_its_loss_is_not_recorded_as_done() -> None:
    table, clock = Table(), Clock()

    def effect(lease: Lease) -> None:
        clock.now += 31
        with pytest.raises(LeaseLost):
            lease.check()
        assert inbox(table, clock).process(event(), nothing) is Outcome.DONE

    with pytest.raises(LeaseLost):
        inbox(table, clock).process(event(), effect)


class LosesAnswers(Table):
    """Makes a write and loses the answer; the client repeats the write, as that of boto3 does."""

    def put_item(self, **write: Any) -> dict[str, Any]:
        super().put_item(**write)
        return super().put_item(**write)

    def update_item(self, **write: Any) -> dict[str, Any]:
        super().update_item(**write)
        return super().update_item(**write)


def test_a_repeated_write_meets_its_own_claim() -> None:
    assert inbox(LosesAnswers()).process(event(), nothing) is Outcome.DONE
    assert inbox(LosesAnswers()).process(event(), nothing) is Outcome.DONE


def test_a_conflict_of_a_single_write_is_tried_again() -> None:
    class Conflicting(Table):
        left = 5

        def put_item(self, **write: Any) -> dict[str, Any]:
            if self.left:
                self.left -= 1
                raise client_error("TransactionConflictException")
            return super().put_item(**write)

    table = Conflicting()
    assert inbox(table).process(event(), nothing) is Outcome.DONE
    table.left = 6
    with pytest.raises(Retry, match="TransactionConflictException"):
        inbox(table).process(event(2), nothing)


def test_the_failure_of_the_effect_is_raised_even_if_the_release_fails() -> None:
    class Down(Table):
        def delete_item(self, **_: Any) -> dict[str, Any]:
            raise client_error("InternalServerError")

    with pytest.raises(ConnectionError):
        inbox(Down()).process(event(), fails)


def test_a_leased_handler_of_a_consumer_gets_event_and_lease() -> None:
    mails: list[str] = []

    @leased
    def send(event: OpenableEvent, lease: Lease) -> None:
        contact = event.open("contact")
        assert contact
        mails.append(f"{lease.event_id} {contact['email']}")

    table, lines = Table(), Lines()
    subject = consumer(table, handler=send, lines=lines)
    for _ in range(2):
        subject.lambda_handler({"Records": [record(body(document()))]})
    assert mails == [f"{event_id(1)} ada@example.com"]
    assert lines.outcomes() == ["done", "duplicate"]
    assert lines.messages()[0]["opened"] == ["contact"]
