"""The queues of a poller, by the calls of SQS. Batches have at most ten entries, the limit of SQS."""

import logging
from collections.abc import Iterator, Sequence

from .aws import AWS_ERRORS, Answer, SqsClient, error_code
from .messages import Message

MOST_MESSAGES = 10

_ATTEMPTS = 3

log = logging.getLogger("user_events_consumer")


class Queues:
    """Queues in SQS. A message is hidden and deleted in the one that it came from. Threads may share it."""

    def __init__(self, sqs: SqsClient):
        self._sqs = sqs

    def receive(self, url: str, most: int, wait_seconds: int, visibility_seconds: int) -> list[Message]:
        """Up to ten messages; waits for the first one. Raises the errors of the client."""
        answer = self._sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(most, MOST_MESSAGES),
            WaitTimeSeconds=wait_seconds,
            VisibilityTimeout=visibility_seconds,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["MessageGroupId", "ApproximateReceiveCount"],
        )
        return [Message.from_sqs(message, url) for message in answer.get("Messages", [])]

    def hide(self, messages: Sequence[Message], seconds: int) -> list[Message]:
        """Makes messages visible after this time from now. Returns those for which it was done."""
        changed: list[Message] = []
        for url, batch in _batches(messages):
            entries: list[Answer] = [{**entry, "VisibilityTimeout": seconds} for entry in _entries(batch)]
            try:
                answer = self._sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)
            except AWS_ERRORS as error:
                log.warning("the visibility of %d messages was not changed: %s", len(batch), error_code(error))
                continue
            changed += _successful(batch, answer)
        return changed

    def delete(self, messages: Sequence[Message]) -> None:
        """Deletes messages. One that could not be deleted comes again, and is a duplicate then."""
        for url, batch in _batches(messages):
            rest, code = list(batch), "entry"
            for _ in range(_ATTEMPTS):
                try:
                    answer = self._sqs.delete_message_batch(QueueUrl=url, Entries=_entries(rest))
                except AWS_ERRORS as error:
                    code = error_code(error)
                    continue
                deleted = _successful(rest, answer)
                rest = [message for message in rest if message not in deleted]
                if not rest:
                    break
            if rest:
                log.warning("%d messages were not deleted: %s", len(rest), code)


def _batches(messages: Sequence[Message]) -> Iterator[tuple[str, Sequence[Message]]]:
    for url in sorted({message.queue or "" for message in messages}):
        there = [message for message in messages if message.queue == url]
        for start in range(0, len(there), MOST_MESSAGES):
            yield url, there[start : start + MOST_MESSAGES]


def _entries(messages: Sequence[Message]) -> list[Answer]:
    return [{"Id": str(place), "ReceiptHandle": message.receipt} for place, message in enumerate(messages)]


def _successful(messages: Sequence[Message], answer: Answer) -> list[Message]:
    # An entry that the answer does not list has failed.
    return [messages[int(entry["Id"])] for entry in answer.get("Successful", [])]
