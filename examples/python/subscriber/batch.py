"""Handles a batch of messages and answers for each message."""

from typing import Callable


def answer(records: list, handle: Callable[[dict], None], report: Callable[[dict, Exception], None]) -> dict:
    """Handles each record and lists those to deliver again.

    The list is Lambda's partial batch response (AWS Lambda Developer Guide, *Using Lambda with Amazon SQS*).

    Records of a FIFO queue arrive in the order of their message groups. After the first failure of a group, the rest of
    the group is not handled, because it would overtake the failed record. Other groups continue. Records of a standard
    queue are handled independently.
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
    # Records of a standard queue can have a group, too, but it does not order them.
    return record.get("eventSourceARN", "").endswith(".fifo")
