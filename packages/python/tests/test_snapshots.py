"""Snapshots: their events, their marker, and the two queues. In memory, and on moto."""

import json
import threading
from typing import Any

import pytest
from conftest import row
from queue_fake import FifoQueue, TwoQueues
from sealing import RUN, body, document, event_id, marker, snapshot
from support import QUEUE, SNAPSHOT_ARN, SNAPSHOT_QUEUE, Clock, Lines, Sqs, client_error, consumer, failed, record
from support import inbox as inbox_of
from table_fake import Table

from user_events_consumer import Effects, Event, OpenableEvent, Outcome, Poller, Refused, SnapshotIncomplete, read_event
from user_events_consumer.content import fingerprint
from user_events_consumer.next_queue import NextQueue
from user_events_consumer.queues import Queues

NOW = 1_772_366_400_000
PATIENCE = 60.0


def read(made: dict[str, Any]) -> Event:
    """The event of a document."""
    return read_event(body(made))


def counted(number: int, digit: str = "0") -> dict[str, Any]:
    """A snapshot event with an id that begins with this digit."""
    return snapshot(number, id=digit + event_id(number)[1:])


def partition(digit: str) -> str:
    """The partition of the ids with this first digit."""
    return f"CONSUMER#welcome#SNAPSHOT#{RUN}#{digit}"


@pytest.mark.parametrize("run", ["a", "0", "a" * 64, RUN])
def test_an_event_of_a_snapshot_has_its_run(run: str) -> None:
    assert read(snapshot(run=run)).snapshotrun == run
    assert read(document(snapshotrun=None)).snapshotrun is None


@pytest.mark.parametrize("run", ["", "-a", "A", "a" * 65, "a_b", "a\n", 7, True])
def test_a_run_that_is_not_in_its_form_is_no_event(run: Any) -> None:
    with pytest.raises(Refused, match="not-an-event: `snapshotrun`"):
        read(snapshot(run=run))


def test_a_snapshot_event_comes_before_every_change() -> None:
    for sequence in (f"{1:040}.0000", f"{0:040}.0001"):
        with pytest.raises(Refused, match="not-an-event: `sequence`"):
            read({**snapshot(), "sequence": sequence})


def test_a_snapshot_event_is_recorded_under_its_run_and_has_no_lane(tables: Any) -> None:
    inbox = inbox_of(tables)
    event = read(counted(1, "f"))
    assert inbox.commit(event, []) is Outcome.DONE
    assert row(tables, partition("f"), event.id) == {
        "pk": {"S": partition("f")},
        "sk": {"S": event.id},
        "state": {"S": "COMPLETED"},
        "completedAt": {"N": str(NOW)},
        "content": {"S": fingerprint(event)},
        "ttl": {"N": str(NOW // 1_000 + 60 * 86_400)},
    }
    assert len(tables.scan(TableName="inbox")["Items"] if hasattr(tables, "scan") else tables.items) == 1
    assert inbox.commit(event, []) is Outcome.DUPLICATE


def test_a_snapshot_event_after_live_events_is_not_stale_and_makes_none_stale(tables: Any) -> None:
    inbox = inbox_of(tables)
    assert inbox.commit(read(document(5)), []) is Outcome.DONE
    assert inbox.commit(read(snapshot(6)), []) is Outcome.DONE
    assert inbox.commit(read(document(4)), []) is Outcome.STALE
    assert inbox.commit(read(document(7)), []) is Outcome.DONE


def test_a_marker_waits_until_all_events_of_its_run_are_completed(tables: Any) -> None:
    inbox = inbox_of(tables)
    events = [read(counted(number, digit)) for digit in "0123456789abcdef" for number in range(1, 5)]
    last = read(marker(len(events)))
    for event in events[:-1]:
        inbox.commit(event, [])
    # Another run counts for itself, and a claim does not count.
    inbox.commit(read(snapshot(1, run="other")), [])

    def claimed(_: Any) -> None:
        with pytest.raises(SnapshotIncomplete):
            inbox.check_snapshot(last)

    inbox.process(events[-1], claimed)
    inbox.check_snapshot(last)
    with pytest.raises(SnapshotIncomplete):
        inbox.check_snapshot(read(marker(len(events) + 1)))


@pytest.mark.parametrize("leased", [False, True])
def test_a_marker_completes_the_snapshot_in_the_transaction_of_its_record(tables: Any, leased: bool) -> None:
    inbox = inbox_of(tables)
    last = read(marker(0))
    assert not inbox.has_snapshot()
    outcome = inbox.process(last, lambda _: None) if leased else inbox.commit(last, [])
    assert outcome is Outcome.DONE
    assert inbox.has_snapshot()
    assert row(tables, "CONSUMER#welcome", "SNAPSHOT") == {
        "pk": {"S": "CONSUMER#welcome"},
        "sk": {"S": "SNAPSHOT"},
        "run": {"S": RUN},
        "events": {"N": "0"},
        "completedAt": {"N": str(NOW)},
    }
    assert row(tables, f"CONSUMER#welcome#EVENT#{last.id}", "INBOX")
    assert row(tables, f"CONSUMER#welcome#LANE#{last.partition_key}", f"SEQUENCE#snapshot#{last.source}") is None
    assert inbox.commit(last, []) is Outcome.DUPLICATE


def test_a_run_that_an_operator_completed_is_not_counted(tables: Any) -> None:
    inbox = inbox_of(tables)
    tables.put_item(
        TableName="inbox", Item={"pk": {"S": "CONSUMER#welcome"}, "sk": {"S": "SNAPSHOT"}, "run": {"S": "given-up"}}
    )
    assert inbox.has_snapshot()
    inbox.check_snapshot(read(marker(7, run="given-up")))
    with pytest.raises(SnapshotIncomplete):
        inbox.check_snapshot(read(marker(7)))


NO_WHOLE_NUMBERS: list[Any] = [None, "2", True, -1, 1.5, 2**53, []]


@pytest.mark.parametrize(
    "members",
    [
        {"snapshotrun": None},
        {"data": {"events": 2}},
        {"data": {"run": "other", "events": 2}},
        *({"data": {"run": RUN, "events": events}} for events in NO_WHOLE_NUMBERS),
    ],
)
def test_a_marker_that_is_not_in_its_form_is_set_aside(members: dict[str, Any]) -> None:
    sqs, lines = Sqs(), Lines()
    consumer(Table(), sqs=sqs, lines=lines).lambda_handler({"Records": [record(body(marker(0, **members)))]})
    assert lines.messages()[0]["reason"] == "does-not-fit"
    assert len(sqs.sent) == 1


@pytest.mark.parametrize(("text", "events"), [("2.0", "2"), ("0", "0"), (str(2**53 - 1), str(2**53 - 1))])
def test_a_whole_number_may_be_written_in_any_way(text: str, events: str) -> None:
    table = Table()
    made = json.dumps(marker("EVENTS")).replace('"EVENTS"', text)
    inbox_of(table).commit(read_event(made), [])
    assert row(table, "CONSUMER#welcome", "SNAPSHOT")["events"] == {"N": events}  # type: ignore[index]


@pytest.mark.parametrize(("receives", "seconds"), [(0, 60), (1, 60), (3, 180), (15, 900), (16, 900)])
def test_a_marker_that_comes_too_early_is_hidden_in_its_queue_and_not_handled(receives: int, seconds: int) -> None:
    handled: list[str] = []

    def handler(event: OpenableEvent) -> Effects:
        handled.append(event.id)
        return []

    sqs, lines = Sqs(), Lines()
    subject = consumer(Table(), handler=handler, sqs=sqs, lines=lines, snapshot_queue_url=SNAPSHOT_QUEUE)
    early = record(body(marker(1)), "m1", group=f"snapshots/{RUN}", arn=SNAPSHOT_ARN, receives=receives)
    assert failed(subject.lambda_handler({"Records": [early]})) == ["m1"]
    assert sqs.hidden == {"receipt of m1": seconds}
    assert sqs.hidden_in == {"receipt of m1": SNAPSHOT_QUEUE}
    assert (lines.messages()[0]["outcome"], lines.messages()[0]["reason"]) == ("retry", "snapshot-incomplete")
    assert handled == []


def test_a_message_of_the_live_queue_is_hidden_there() -> None:
    sqs = Sqs()
    subject = consumer(Table(), sqs=sqs, snapshot_queue_url=SNAPSHOT_QUEUE)
    subject.lambda_handler({"Records": [record(body(marker(1)), "m1")]})
    assert sqs.hidden_in == {"receipt of m1": QUEUE}


def test_an_inbox_that_does_not_answer_keeps_the_marker_waiting() -> None:
    class Silent(Table):
        def query(self, **_: Any) -> dict[str, Any]:
            raise client_error("InternalServerError")

    lines = Lines()
    consumer(Silent(), lines=lines).lambda_handler({"Records": [record(body(marker(0)))]})
    assert lines.outcomes() == ["retry"]


def test_the_live_queue_is_next_when_the_inbox_has_a_snapshot() -> None:
    answers: list[Any] = [False, client_error("ServiceUnavailable"), False, True]

    def has_snapshot() -> bool:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return bool(answer)

    subject = NextQueue("live", "snapshot", has_snapshot)
    assert [subject.next(20) for _ in range(3)] == [("snapshot", 2)] * 3
    assert subject.next(20) == ("live", 20)
    assert subject.next(0) == ("live", 0), "it does not ask again"
    assert NextQueue("live", None, has_snapshot).next(20) == ("live", 20)


def test_messages_are_kept_and_deleted_in_their_own_queues() -> None:
    queues = {url: FifoQueue([("a", "one"), ("b", "two")]) for url in (SNAPSHOT_QUEUE, QUEUE)}
    subject = Queues(TwoQueues(queues))
    messages = [message for url in queues for message in subject.receive(url, 10, 0, 30)]
    assert subject.hide(messages, 30) == [
        message for url in sorted(queues) for message in messages if message.is_from(url)
    ]
    subject.delete(messages)
    assert all(queue.empty.is_set() for queue in queues.values())


def test_a_poller_reads_the_snapshot_to_its_marker_and_then_the_live_queue() -> None:
    handled: list[str] = []
    lock = threading.Lock()

    def handler(event: OpenableEvent) -> Effects:
        with lock:
            handled.append(event.type)
        return []

    users = [f"user-{number}" for number in range(8)]
    # The marker is the first of its group, so it comes before most events of its run.
    snapshots = [(f"snapshots/{RUN}", body(marker(len(users))))]
    snapshots += [(user, body(snapshot(place, user=user))) for place, user in enumerate(users)]
    changes = [(user, body(document(100 + place, user=user))) for place, user in enumerate(users)]
    queues = {SNAPSHOT_QUEUE: FifoQueue(snapshots), QUEUE: FifoQueue(changes)}
    table, lines, clock = Table(), Lines(), Clock()
    subject = consumer(
        table,
        handler=handler,
        sqs=TwoQueues(queues),
        lines=lines,
        # The marker is visible again at once.
        clock=Clock(clock.now - 3_600),
        snapshot_queue_url=SNAPSHOT_QUEUE,
    )
    poller = Poller(subject, wait_seconds=0, concurrency=2, retry_first_seconds=0.001, retry_most_seconds=0.001)
    running = threading.Thread(target=poller.run)
    running.start()
    assert queues[QUEUE].empty.wait(PATIENCE)
    poller.stop()
    running.join(PATIENCE)
    assert queues[SNAPSHOT_QUEUE].empty.is_set()
    assert handled == [
        *["UserAccountSnapshotEventV1"] * len(users),
        "SnapshotCompletedEventV1",
        *["UserRegisteredEventV1"] * len(users),
    ]
    assert "snapshot-incomplete" in [line.get("reason") for line in lines.messages()]
