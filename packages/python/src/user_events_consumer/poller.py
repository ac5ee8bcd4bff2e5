"""Polls the queues of a consumer outside of Lambda."""

import logging
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from types import FrameType

from .aws import AWS_ERRORS, error_code
from .backoff import Backoff
from .consumer import Consumer
from .heartbeat import Heartbeat
from .messages import Message
from .next_queue import NextQueue
from .queues import MOST_MESSAGES, Queues
from .result import LONGEST_HIDDEN_SECONDS, Result, hidden_seconds

log = logging.getLogger("user_events_consumer")

Lane = Sequence[Message]
"""Messages of one group in their order, or one message of a standard queue."""


class Poller:
    """Receives messages and handles them in threads, one for each group, until it is stopped.

    `concurrency` is how many groups, or messages of a standard queue, are handled at once. A received message stays
    invisible to others for `visibility_seconds`; the poller extends that after each third, so a handler may take
    longer. A message that failed is hidden for `retry_first_seconds` the first time, up to double the time after each
    further failure, and at most `retry_most_seconds`.

    If the consumer has the queue of a snapshot, the poller reads that queue first. It begins with the live queue when
    the snapshot was handled to its end, here or in another process.

    The role of the process needs `sqs:ReceiveMessage`, `DeleteMessage` and `ChangeMessageVisibility` on each queue.

    Raises `ValueError` if the consumer has no queue or a setting is out of its bounds.
    """

    def __init__(
        self,
        consumer: Consumer,
        *,
        concurrency: int = 8,
        visibility_seconds: int = 30,
        wait_seconds: int = 20,
        retry_first_seconds: float = 1.0,
        retry_most_seconds: float = 300.0,
    ):
        if consumer.sqs is None or not consumer.queue_url:
            raise ValueError("the consumer has no queue; set `QUEUE_URL`, or give it `sqs` and `queue_url`")
        if concurrency < 1:
            raise ValueError("`concurrency` must be at least 1")
        if not 3 <= visibility_seconds <= LONGEST_HIDDEN_SECONDS:
            raise ValueError("`visibility_seconds` must be 3 to 43,200")
        if not 0 <= wait_seconds <= 20:
            raise ValueError("`wait_seconds` must be 0 to 20")
        if not 0 < retry_first_seconds <= retry_most_seconds <= LONGEST_HIDDEN_SECONDS:
            raise ValueError("`retry_first_seconds` must be at most `retry_most_seconds`, and that at most 43,200")
        self._consumer = consumer
        self._queues = Queues(consumer.sqs)
        self._next = NextQueue(consumer.queue_url, consumer.snapshot_queue_url, consumer.inbox.has_snapshot)
        self._concurrency = concurrency
        self._visibility_seconds = visibility_seconds
        self._wait_seconds = wait_seconds
        self._retries = Backoff(retry_first_seconds, retry_most_seconds)
        self._heartbeat = Heartbeat(self._queues, visibility_seconds)
        self._stopping = threading.Event()
        self._lane_ended = threading.Condition()
        self._lanes: set[Future[None]] = set()
        self._last_of_group: dict[str, Future[None]] = {}

    def run(self) -> None:
        """Polls until SIGTERM, SIGINT or `stop`. It then finishes the messages under way, and returns the others to the
        queue; this takes as long as the slowest handler, and at least until the current call to the queue ends.

        Signals are only heard in the main thread. A poller runs once.
        """
        with self._signals(), self._heartbeat, ThreadPoolExecutor(self._concurrency, "lane") as threads:
            backoff = Backoff(0.2, 30.0)
            while not self._stopping.is_set():
                room = self._room()
                url, wait_seconds = self._next.next(self._wait_seconds)
                asked_at = time.monotonic()
                try:
                    messages = self._queues.receive(url, room, wait_seconds, self._visibility_seconds)
                except AWS_ERRORS as error:
                    pause = backoff.next()
                    log.warning("no messages were received: %s; next call in %.1f s", error_code(error), pause)
                    self._stopping.wait(pause)
                    continue
                backoff.reset()
                self._heartbeat.hold(messages, asked_at)
                for lane in _lanes(messages):
                    self._begin(threads, lane)

    def stop(self) -> None:
        """Makes `run` return; see there. Any thread may call it."""
        self._stopping.set()

    def _room(self) -> int:
        """For how many messages there is room; waits until there is some."""
        with self._lane_ended:
            self._lane_ended.wait_for(lambda: len(self._lanes) < self._concurrency)
            return min(self._concurrency - len(self._lanes), MOST_MESSAGES)

    def _begin(self, threads: ThreadPoolExecutor, lane: Lane) -> None:
        group = lane[0].lane
        with self._lane_ended:
            earlier = self._last_of_group.get(group) if group else None
            future = threads.submit(self._work, lane, earlier)
            self._lanes.add(future)
            if group:
                self._last_of_group[group] = future
        future.add_done_callback(lambda ended: self._end(ended, group))

    def _end(self, future: "Future[None]", group: str | None) -> None:
        error = future.exception()
        if error is not None:
            # Its messages come again when their visibility timeout ends.
            log.error("the messages of a lane were not handled: %s", type(error).__name__)
        with self._lane_ended:
            self._lanes.discard(future)
            if group and self._last_of_group.get(group) is future:
                del self._last_of_group[group]
            self._lane_ended.notify_all()

    def _work(self, lane: Lane, earlier: "Future[None] | None") -> None:
        if earlier is not None:
            # The queue sent a group again that is still handled here, because a beat failed.
            wait([earlier])
        settled: list[Message] = []
        try:
            rest, pause = self._handle(lane, settled)
        finally:
            self._heartbeat.let_go(lane)
            self._queues.delete(settled)
        # The first one last: a FIFO queue sends nothing of a group while one of its messages is invisible.
        self._queues.hide(rest[1:], 0)
        self._queues.hide(rest[:1], pause)

    def _handle(self, lane: Lane, settled: list[Message]) -> tuple[Lane, int]:
        """Handles the messages in order and adds to `settled` those to delete.

        Returns the messages to give back, and for how many seconds the first of them is hidden.
        """
        for place, message in enumerate(lane):
            if self._stopping.is_set():
                return lane[place:], 0
            if self._heartbeat.has_lost(message):
                return [], 0
            result = self._consumer.handle(message)
            if result.is_settled:
                settled.append(message)
                continue
            pause = self._pause(message, result)
            if result.holds_group:
                return lane[place:], pause
            self._heartbeat.let_go([message])
            self._queues.hide([message], pause)
        return [], 0

    def _pause(self, message: Message, result: Result) -> int:
        if result.until is not None:
            return hidden_seconds(result.until.timestamp() - time.time())
        return hidden_seconds(self._retries.after(message.receive_count))

    @contextmanager
    def _signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(_signal: int, _frame: FrameType | None) -> None:
            self.stop()

        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _lanes(messages: list[Message]) -> list[Lane]:
    lanes: dict[str, list[Message]] = {}
    for place, message in enumerate(messages):
        # A group cannot be the key of a message without one: groups have no spaces.
        lanes.setdefault(message.lane or f"message {place}", []).append(message)
    return list(lanes.values())
