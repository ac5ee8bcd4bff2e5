"""Conditional writes to DynamoDB, tried again in place when another write is in the way."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from .aws import AWS_ERRORS, Answer, DynamoDbWriter, error_code
from .errors import Retry

MAX_REPEATS = 5
FIRST_PAUSE_SECONDS = 0.05
"""The longest pause before the first repeat; it doubles with each."""

_BUSY = ("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded")
_BUSY_EXCEPTIONS = ("TransactionConflictException", "TransactionInProgressException")
_FAILED = "ConditionalCheckFailed"


@dataclass(frozen=True)
class FailedCondition:
    """The first condition of a write that failed."""

    place: int
    """The place of the item in the transaction; 0 for a single write."""
    old: Mapping[str, Any] | None
    """The item that was there, if the write asked for it and there was one."""


class Writes:
    """Writes to DynamoDB. Threads may share it."""

    def __init__(self, dynamodb: DynamoDbWriter, sleep: Callable[[float], None] = time.sleep):
        self._dynamodb = dynamodb
        self._sleep = sleep

    def transact(self, items: Sequence[Answer]) -> FailedCondition | None:
        """Makes all writes of a transaction or none; `None` if it made them. Raises `Retry`."""
        return self._repeat(lambda: self._dynamodb.transact_write_items(TransactItems=list(items)))

    def put(self, write: Answer) -> FailedCondition | None:
        """Puts an item; `None` if it did. Raises `Retry`."""
        return self._repeat(lambda: self._dynamodb.put_item(**write))

    def update(self, write: Answer) -> FailedCondition | None:
        """Updates an item; `None` if it did. Raises `Retry`."""
        return self._repeat(lambda: self._dynamodb.update_item(**write))

    def delete(self, write: Answer) -> FailedCondition | None:
        """Deletes an item; `None` if it did. Raises `Retry`."""
        return self._repeat(lambda: self._dynamodb.delete_item(**write))

    def _repeat(self, write: Callable[[], Answer]) -> FailedCondition | None:
        for earlier_tries in range(MAX_REPEATS + 1):
            try:
                write()
                return None
            except AWS_ERRORS as error:
                failed = _failed_condition(error)
                if failed is not None:
                    return failed
                busy = _busy_code(error)
                if busy is None or earlier_tries == MAX_REPEATS:
                    raise Retry(busy or error_code(error)) from None
            # Jitter: writers that met once must not meet again.
            self._sleep(random.uniform(0, FIRST_PAUSE_SECONDS * 2**earlier_tries))  # noqa: S311
        raise AssertionError("the last try returns or raises")


def _failed_condition(error: Exception) -> FailedCondition | None:
    if not isinstance(error, ClientError):
        return None
    if error_code(error) == "ConditionalCheckFailedException":
        return FailedCondition(0, error.response.get("Item"))
    for place, reason in enumerate(_reasons(error)):
        if reason.get("Code") == _FAILED:
            return FailedCondition(place, reason.get("Item"))
    return None


def _busy_code(error: Exception) -> str | None:
    code = error_code(error)
    if code in _BUSY_EXCEPTIONS:
        return code
    codes = [str(reason.get("Code")) for reason in _reasons(error)]
    return next((code for code in codes if code in _BUSY), None)


def _reasons(error: Exception) -> list[dict[str, Any]]:
    return error.response.get("CancellationReasons", []) if isinstance(error, ClientError) else []
