"""A message of a queue, from Lambda or from SQS."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message with an event in its body."""

    id: str
    body: str = field(repr=False)
    receipt: str = field(repr=False)
    """The receipt handle of this delivery."""
    queue: str | None = None
    """The ARN or URL of the queue that it came from."""
    group: str | None = None
    """The message group. A standard queue may have groups, too; they order nothing there."""
    is_fifo: bool = False
    """Whether it came from a FIFO queue."""
    receive_count: int = 1
    """How often the message was delivered, with this time."""
    attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    """The message attributes, as `SendMessage` takes them."""

    @classmethod
    def from_lambda(cls, record: Mapping[str, Any]) -> "Message":
        """A record of the event that Lambda delivers (AWS Lambda Developer Guide, *Using Lambda with Amazon SQS*)."""
        system = record.get("attributes", {})
        return cls(
            id=record["messageId"],
            body=record["body"],
            receipt=record.get("receiptHandle", ""),
            queue=record.get("eventSourceARN"),
            group=system.get("MessageGroupId"),
            is_fifo=record.get("eventSourceARN", "").endswith(".fifo"),
            receive_count=int(system.get("ApproximateReceiveCount", 1)),
            attributes={name: _from_lambda(value) for name, value in record.get("messageAttributes", {}).items()},
        )

    @classmethod
    def from_sqs(cls, message: Mapping[str, Any], queue_url: str) -> "Message":
        """A message that `ReceiveMessage` returned with all its attributes."""
        system = message.get("Attributes", {})
        return cls(
            id=message["MessageId"],
            body=message["Body"],
            receipt=message["ReceiptHandle"],
            queue=queue_url,
            group=system.get("MessageGroupId"),
            is_fifo=queue_url.endswith(".fifo"),
            receive_count=int(system.get("ApproximateReceiveCount", 1)),
            attributes=message.get("MessageAttributes", {}),
        )

    @property
    def lane(self) -> str | None:
        """What the message waits behind: its group on a FIFO queue, nothing on a standard queue."""
        return self.group if self.is_fifo else None

    def is_from(self, queue_url: str) -> bool:
        """Whether it came from this queue. Lambda names the queue by its ARN, which ends like the URL."""
        return self.queue is not None and _name(self.queue) == _name(queue_url)

    def texts(self) -> dict[str, str]:
        """The message attributes that are strings."""
        return {name: value["StringValue"] for name, value in self.attributes.items() if "StringValue" in value}


def _name(queue: str) -> str:
    """The name of a queue, at the end of its ARN or URL."""
    return queue.replace(":", "/").rpartition("/")[2]


def _from_lambda(attribute: Mapping[str, Any]) -> dict[str, Any]:
    value: dict[str, Any] = {"DataType": attribute["dataType"]}
    if attribute.get("stringValue") is not None:
        value["StringValue"] = attribute["stringValue"]
    elif attribute.get("binaryValue") is not None:
        value["BinaryValue"] = base64.b64decode(attribute["binaryValue"])
    return value
