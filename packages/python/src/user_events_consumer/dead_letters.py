"""The queue for the messages that no retry can help."""

from .aws import AWS_ERRORS, SqsClient
from .messages import Message

REASON = "setAsideReason"
"""The message attribute with the reason."""


class DeadLetters:
    """A dead-letter queue. The role of the consumer needs `sqs:SendMessage` on it."""

    def __init__(self, sqs: SqsClient, queue_url: str):
        self._sqs = sqs
        self._queue_url = queue_url

    def send(self, message: Message, reason: str) -> bool:
        """Sends a copy of the message with the reason; whether the queue accepted it."""
        call = {
            "QueueUrl": self._queue_url,
            "MessageBody": message.body,
            "MessageAttributes": {**message.attributes, REASON: {"DataType": "String", "StringValue": reason}},
        }
        if message.group is not None:
            call["MessageGroupId"] = message.group
        if message.is_fifo:
            # A second delivery of the message must not make a second dead letter.
            call["MessageDeduplicationId"] = f"aside-{message.id}"
        try:
            self._sqs.send_message(**call)
        except AWS_ERRORS:
            return False
        return True
