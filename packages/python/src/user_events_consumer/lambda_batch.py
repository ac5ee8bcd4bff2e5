"""Handles a batch of messages as Lambda delivers it."""

from collections.abc import Callable, Mapping
from typing import Any

from .messages import Message
from .result import Handle, Result


def answer(event: Mapping[str, Any], handle: Handle, hide: Callable[[Message, Result], None]) -> dict[str, Any]:
    """Handles each message and lists those to deliver again.

    The list is Lambda's partial batch response (AWS Lambda Developer Guide, *Using Lambda with Amazon SQS*). After a
    failure, the rest of its message group is not handled on a FIFO queue, because it would overtake the message that
    failed. Other groups go on. `hide` is called for each message that failed.
    """
    failed: list[str] = []
    held: set[str] = set()
    for record in event["Records"]:
        message = Message.from_lambda(record)
        if message.lane in held:
            failed.append(message.id)
            continue
        result = handle(message)
        if result.is_settled:
            continue
        failed.append(message.id)
        hide(message, result)
        if result.holds_group and message.lane is not None:
            held.add(message.lane)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
