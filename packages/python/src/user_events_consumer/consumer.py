"""Handles messages, from their body to their effect."""

import os
import time
import traceback
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import boto3

from .aws import AWS_ERRORS, SqsClient, error_code
from .dead_letters import DeadLetters
from .errors import Refused, Retry, SetAside
from .event import read_event
from .inbox import Effects, Inbox, Outcome
from .journal import Journal, Sink, to_standard_output
from .lambda_batch import answer
from .lease import Lease
from .messages import Message
from .openable import OpenableEvent
from .opener import Opener, OpensClasses
from .result import Result, hidden_seconds
from .subject_keys import SubjectKeys

Handler = Callable[[OpenableEvent], Effects | None]
"""Returns the writes that an event causes, if any. The consumer makes them in one transaction with the record of the
event.
"""


@dataclass(frozen=True)
class Leased:
    """A handler with an effect outside of DynamoDB. It runs under a lease of the event."""

    effect: Callable[[OpenableEvent, Lease], None]


def leased(effect: Callable[[OpenableEvent, Lease], None]) -> Leased:
    """Makes a handler of a function that calls another service; a decorator.

    The effect happens at least once: it is repeated after a crash between the effect and its record. Pass
    `lease.event_id` to the service as an idempotency key.
    """
    return Leased(effect)


class Consumer:
    """A consumer of events: a handler with all that it needs. Threads may share it if they may share the handler.

    `dead_letters` takes the messages that are set aside; without it they are retried until the queue gives them up.
    `sqs` and `queue_url` are the queue that the messages come from: a Lambda function uses them to hide a message until
    it can be handled, and a `Poller` to receive. `snapshot_queue_url` is the queue of a snapshot, for a consumer that
    joins late: a `Poller` reads it before the other one. Unless `accepts_tests`, events that are marked as tests are
    refused.
    """

    def __init__(
        self,
        name: str,
        handler: Handler | Leased,
        *,
        opener: OpensClasses,
        inbox: Inbox,
        dead_letters: DeadLetters | None = None,
        sqs: SqsClient | None = None,
        queue_url: str | None = None,
        snapshot_queue_url: str | None = None,
        accepts_tests: bool = False,
        sink: Sink = to_standard_output,
        clock: Callable[[], float] = time.time,
    ):
        self.sqs = sqs
        self.queue_url = queue_url
        self.snapshot_queue_url = snapshot_queue_url
        self.inbox = inbox
        self._handler = handler
        self._opener = opener
        self._dead_letters = dead_letters
        self._accepts_tests = accepts_tests
        self._journal = Journal(name, sink, clock)
        self._clock = clock

    @classmethod
    def from_environment(
        cls,
        handler: Handler | Leased,
        *,
        requires: Collection[str] = (),
        accepts_tests: bool = False,
        environment: Mapping[str, str] = os.environ,
    ) -> "Consumer":
        """A consumer with the settings of the environment and the clients of `boto3`.

        `CONSUMER_NAME`, `INBOX_TABLE` and `SEAL_KEY_ARN` (several ARNs are separated by commas) are required.
        `DEAD_LETTER_QUEUE_URL`, `QUEUE_URL`, `SNAPSHOT_QUEUE_URL` and `SUBJECT_KEYS_TABLE` are optional.

        Raises `ValueError` if a required variable is missing or a name is not in its form.
        """
        name, table, seal_key_arns = (
            _variable(environment, variable) for variable in ("CONSUMER_NAME", "INBOX_TABLE", "SEAL_KEY_ARN")
        )
        dead_letter_url, subject_keys = environment.get("DEAD_LETTER_QUEUE_URL"), environment.get("SUBJECT_KEYS_TABLE")
        dynamodb, sqs = boto3.client("dynamodb"), boto3.client("sqs")
        return cls(
            name,
            handler,
            opener=Opener(
                boto3.client("kms"),
                seal_key_arns.split(","),
                requires=requires,
                subject_keys=SubjectKeys(dynamodb, subject_keys) if subject_keys else None,
            ),
            inbox=Inbox(dynamodb, table, name),
            dead_letters=DeadLetters(sqs, dead_letter_url) if dead_letter_url else None,
            sqs=sqs,
            queue_url=environment.get("QUEUE_URL") or None,
            snapshot_queue_url=environment.get("SNAPSHOT_QUEUE_URL") or None,
            accepts_tests=accepts_tests,
        )

    def handle(self, message: Message) -> Result:
        """Handles one message, and writes its line and its metrics. Never raises an `Exception`.

        A message that is set aside is in the dead-letter queue then. If that is not possible, the result is a retry.
        """
        event: OpenableEvent | None = None
        location: str | None = None
        try:
            event = OpenableEvent.from_event(read_event(message.body, message.texts()), self._opener)
            result = Result(self._apply(event, message.receive_count).value)
        except SetAside as aside:
            self._count(aside.metric)
            result = self._set_aside(message, aside.reason)
        except Retry as retry:
            self._count(retry.metric)
            result = Result("retry", retry.reason, retry.until, holds_group=True)
        except Exception as error:  # noqa: BLE001 -- an exception concerns its own message
            # Its text could quote the event.
            location = _location(error)
            result = Result("retry", error_code(error), holds_group=True)
        self._journal.write(_line(message, event, result, location))
        return result

    def lambda_handler(self, event: Mapping[str, Any], context: object = None) -> dict[str, Any]:  # noqa: ARG002
        """The function that Lambda calls with a batch of SQS messages; it returns a partial batch response.

        The event source mapping must set `ReportBatchItemFailures`.
        """
        return answer(event, self.handle, self._hide)

    def _apply(self, event: OpenableEvent, receives: int) -> Outcome:
        if event.is_test and not self._accepts_tests:
            raise Refused("test-event", "the event is marked as a test, and this consumer accepts none")
        self.inbox.check_snapshot(event, receives)
        if isinstance(self._handler, Leased):
            effect = self._handler.effect
            return self.inbox.process(event, lambda lease: effect(event, lease))
        outcome = self.inbox.commit(event, self._handler(event) or ())
        if outcome is Outcome.STALE:
            self._count("Stale")
        return outcome

    def _set_aside(self, message: Message, reason: str) -> Result:
        if self._dead_letters is None or not self._dead_letters.send(message, reason):
            return Result("retry", reason)
        self._count("SetAside")
        return Result("set-aside", reason)

    def _hide(self, message: Message, result: Result) -> None:
        """Hides a message until it can be handled. Otherwise its retries could be used up before that."""
        is_snapshot = self.snapshot_queue_url is not None and message.is_from(self.snapshot_queue_url)
        queue_url = self.snapshot_queue_url if is_snapshot else self.queue_url
        if result.until is None or self.sqs is None or queue_url is None:
            return
        seconds = hidden_seconds(result.until.timestamp() - self._clock())
        try:
            self.sqs.change_message_visibility(
                QueueUrl=queue_url, ReceiptHandle=message.receipt, VisibilityTimeout=seconds
            )
        except AWS_ERRORS:
            # It comes again when the visibility timeout of the queue ends.
            return

    def _count(self, metric: str | None) -> None:
        if metric is not None:
            self._journal.count(metric)


def _line(message: Message, event: OpenableEvent | None, result: Result, location: str | None) -> dict[str, Any]:
    line: dict[str, Any] = {}
    if event is not None:
        line |= {"event": event.id, "type": event.type}
    line["outcome"] = result.outcome
    if event is not None:
        line |= {"opened": event.opened(), "denied": event.denied(), "erased": event.erased()}
    if result.reason is not None:
        line |= {"reason": result.reason, "message": message.id}
    if location is not None:
        line["at"] = location
    return line


def _location(error: Exception) -> str | None:
    """The file and line that raised an error."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else None


def _variable(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise ValueError(f"the environment variable `{name}` is missing")
    return value
