"""A batch of messages, answered message by message."""

from typing import Callable


def answer(records: list, handle: Callable[[dict], None], report: Callable[[dict, Exception], None]) -> dict:
    """Handles each record and lists those to deliver again (AWS Lambda Developer Guide, *Using Lambda with Amazon SQS*).

    A FIFO queue's records come in the order of their groups. After the first failure of a group, the rest of that group
    is not handled: it would overtake what failed. Other groups go on. A standard queue's records stand by themselves.
    """
    failed, stopped = [], set()
    for record in records:
        group = record.get("attributes", {}).get("MessageGroupId")
        if group in stopped:
            failed.append(record["messageId"])
            continue
        try:
            handle(record)
        except Exception as error:
            report(record, error)
            failed.append(record["messageId"])
            if group is not None and _is_fifo(record):
                stopped.add(group)
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}


def _is_fifo(record: dict) -> bool:
    # A standard queue can carry group ids, too; there they order nothing.
    return record.get("eventSourceARN", "").endswith(".fifo")
