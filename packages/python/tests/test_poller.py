"""The poller, on a queue in memory that keeps groups in order and counts visibility timeouts by a clock of its own."""

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest
from queue_fake import FifoQueue
from sealing import body, document
from support import Clock, Lines, client_error, consumer, count_once
from table_fake import Table

from user_events_consumer import Effects, OpenableEvent, Poller, SetAside
from user_events_consumer.backoff import Backoff

PATIENCE = 60.0
"""Seconds after which a test fails that waits for a thread."""


class RunningPoller:
    """A poller in a thread, until its block ends."""

    def __init__(self, queue: FifoQueue, handler: Callable[[OpenableEvent], Effects] = count_once, **settings: Any):
        self.table, self.lines = Table(), Lines()
        self.queue = queue
        subject = consumer(self.table, handler=handler, sqs=queue, lines=self.lines, clock=Clock())
        settings = {"wait_seconds": 0, "retry_first_seconds": 0.001, "retry_most_seconds": 0.001, **settings}
        self.poller = Poller(subject, **settings)
        self.thread = threading.Thread(target=self.poller.run)

    def __enter__(self) -> "RunningPoller":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.poller.stop()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()

    def effects(self) -> int:
        """How many events took effect."""
        return len(self.table.rows("EFFECT#"))


def events(users: int, each: int) -> list[tuple[str, str]]:
    """Groups and bodies: the events of several users in turn."""
    order = [(place, user) for place in range(each) for user in range(users)]
    return [(f"user-{user}", body(document(user * 1_000 + place + 1, user=f"user-{user}"))) for place, user in order]


def test_messages_are_handled_in_the_order_of_their_group_and_deleted() -> None:
    handled: dict[str, list[str]] = {}

    def handler(event: OpenableEvent) -> Effects:
        handled.setdefault(event.subject, []).append(event.sequence)
        return count_once(event)

    queue = FifoQueue(events(5, 20))
    with RunningPoller(queue, handler) as subject:
        assert queue.empty.wait(PATIENCE)
    assert subject.effects() == 100
    assert all(sequences == sorted(sequences) and len(sequences) == 20 for sequences in handled.values())


def test_groups_are_handled_in_parallel() -> None:
    together = threading.Barrier(4, timeout=PATIENCE)

    def handler(event: OpenableEvent) -> Effects:
        together.wait()
        return count_once(event)

    queue = FifoQueue(events(4, 3))
    with RunningPoller(queue, handler, concurrency=4):
        assert queue.empty.wait(PATIENCE)
    assert not together.broken


def test_no_more_groups_are_handled_at_once_than_the_concurrency() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def handler(event: OpenableEvent) -> Effects:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        effects = count_once(event)
        with lock:
            running -= 1
        return effects

    queue = FifoQueue(events(12, 3))
    with RunningPoller(queue, handler, concurrency=2):
        assert queue.empty.wait(PATIENCE)
    assert most <= 2


def test_a_failed_message_holds_its_group_and_comes_again() -> None:
    failures = threading.Semaphore(3)
    handled: list[str] = []

    def handler(event: OpenableEvent) -> Effects:
        if event.id.endswith("001") and failures.acquire(blocking=False):
            raise RuntimeError
        handled.append(event.id)
        return count_once(event)

    queue = FifoQueue(events(1, 4))
    with RunningPoller(queue, handler) as subject:
        assert queue.empty.wait(PATIENCE)
    assert handled == sorted(handled)
    assert subject.lines.outcomes() == ["retry"] * 3 + ["done"] * 4


def test_a_message_that_is_set_aside_lets_its_group_go_on() -> None:
    def handler(event: OpenableEvent) -> Effects:
        if event.id.endswith("002"):
            raise SetAside("no-such-country")
        return count_once(event)

    queue = FifoQueue(events(1, 4))
    with RunningPoller(queue, handler) as subject:
        assert queue.empty.wait(PATIENCE)
    assert subject.lines.outcomes() == ["done", "set-aside", "done", "done"]
    assert len(queue.sent) == 1


def test_a_slow_handler_keeps_its_messages_invisible() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def handler(event: OpenableEvent) -> Effects:
        begun.set()
        assert go_on.wait(PATIENCE)
        return count_once(event)

    queue = FifoQueue(events(1, 3))
    with RunningPoller(queue, handler, visibility_seconds=3) as subject:
        assert begun.wait(PATIENCE)
        # More beats than it takes for the first timeout to end.
        for _ in range(4):
            queue.extended.clear()
            assert queue.extended.wait(PATIENCE)
            assert len(queue.extensions[-1]) == 3, "the whole group is kept"
        go_on.set()
        assert queue.empty.wait(PATIENCE)
    assert subject.lines.outcomes() == ["done"] * 3
    assert queue.most_receives == 1


def test_messages_that_another_receiver_may_have_are_not_handled() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def handler(event: OpenableEvent) -> Effects:
        begun.set()
        assert go_on.wait(PATIENCE)
        return count_once(event)

    queue = FifoQueue(events(1, 3))
    with RunningPoller(queue, handler, visibility_seconds=3) as subject:
        assert begun.wait(PATIENCE)
        queue.refuses_extensions = True
        while not all(subject.poller._heartbeat.has_lost(message) for message in queue.received):
            assert not go_on.wait(0.05)
        subject.poller.stop()
        go_on.set()
    assert subject.lines.outcomes() == ["done"], "only the one under way"


def test_a_group_that_is_sent_again_waits_for_its_earlier_delivery() -> None:
    running, overlapped = threading.Lock(), threading.Event()

    def handler(event: OpenableEvent) -> Effects:
        if not running.acquire(blocking=False):
            overlapped.set()
            return count_once(event)
        if not queue.sent_again.is_set():
            assert queue.sent_again.wait(PATIENCE)
            queue.refuses_extensions = False
            # Time for the second delivery to overtake, if it could.
            overlapped.wait(0.5)
        running.release()
        return count_once(event)

    queue = FifoQueue(events(1, 2))
    queue.refuses_extensions = True
    with RunningPoller(queue, handler, visibility_seconds=3) as subject:
        assert queue.empty.wait(PATIENCE)
    assert not overlapped.is_set()
    assert subject.effects() == 2


def test_a_queue_that_does_not_answer_is_asked_again() -> None:
    queue = FifoQueue(events(1, 2))
    queue.failures = [client_error("ServiceUnavailable")] * 2
    with RunningPoller(queue):
        assert queue.empty.wait(PATIENCE)
    assert not queue.failures


def test_a_deletion_that_fails_is_tried_again() -> None:
    queue = FifoQueue(events(1, 2))
    queue.deletion_failures = 2
    with RunningPoller(queue) as subject:
        assert queue.empty.wait(PATIENCE)
    assert subject.lines.outcomes() == ["done"] * 2


def test_a_stop_finishes_the_message_under_way_and_gives_the_others_back() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def handler(event: OpenableEvent) -> Effects:
        begun.set()
        assert go_on.wait(PATIENCE)
        return count_once(event)

    queue = FifoQueue(events(1, 3))
    with RunningPoller(queue, handler) as subject:
        assert begun.wait(PATIENCE)
        subject.poller.stop()
        go_on.set()
    assert subject.lines.outcomes() == ["done"]
    assert queue.visible() == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_poller(number: signal.Signals) -> None:
    def handler(event: OpenableEvent) -> Effects:
        os.kill(os.getpid(), number)
        return count_once(event)

    before = signal.getsignal(number)
    subject = RunningPoller(FifoQueue(events(1, 1)), handler)
    subject.poller.run()
    assert subject.effects() == 1
    assert signal.getsignal(number) is before


def test_settings_out_of_bounds_are_refused() -> None:
    subject = consumer(Table(), sqs=FifoQueue([]))
    settings: list[dict[str, Any]] = [
        {"concurrency": 0},
        {"visibility_seconds": 2},
        {"visibility_seconds": 43_201},
        {"wait_seconds": 21},
        {"retry_first_seconds": 301.0},
        {"retry_most_seconds": 43_201.0},
    ]
    for setting in settings:
        with pytest.raises(ValueError, match=next(iter(setting))):
            Poller(subject, **setting)
    with pytest.raises(ValueError, match="QUEUE_URL"):
        Poller(consumer(Table()))


def test_pauses_double_up_to_the_longest_and_never_fall_below_half() -> None:
    backoff = Backoff(0.2, 30.0)
    for longest in (0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30):
        assert longest / 2 <= backoff.next() <= longest
    backoff.reset()
    assert backoff.next() <= 0.2
    assert backoff.after(10_000) <= 30
