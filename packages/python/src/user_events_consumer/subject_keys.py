"""The secrets of persons, without which their sealed data does not open."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from .aws import AWS_ERRORS, DynamoDbReader, error_code
from .bounded import BoundedCache
from .errors import Refused, Retry, SubjectKeyMissing
from .event import Event
from .sealed import does_not_open

MAX_AGE_SECONDS: Final = 300.0
"""How long a secret is remembered. A person who is erased can still be read for this long."""

_MAX_KEYS = 1_024


@dataclass(frozen=True)
class _SubjectKey:
    key_id: str
    secret: bytes


class SubjectKeys:
    """The DynamoDB table of persons' keys. docs/reading.md, *A person's key*, describes its rows. Threads may share it.

    The role of the consumer needs `dynamodb:GetItem` on the table.
    """

    def __init__(self, dynamodb: DynamoDbReader, table: str, clock: Callable[[], float] = time.monotonic):
        self._dynamodb = dynamodb
        self._table = table
        self._secrets: BoundedCache[str, _SubjectKey] = BoundedCache(_MAX_KEYS, MAX_AGE_SECONDS, clock)
        # A tombstone is final.
        self._erased: BoundedCache[str, bool] = BoundedCache(_MAX_KEYS, float("inf"), clock)

    def secret(self, event: Event, key_id: str, class_name: str) -> bytes | None:
        """The secret of the event's subject; `None` if the person was erased.

        Raises `SubjectKeyMissing` if there is no row, `Refused` with the reason `moved` if the person has another key,
        and `Retry` if DynamoDB does not answer.
        """
        pk = hashlib.sha256(f"{event.source}\n{event.subject}".encode()).hexdigest()
        if self._erased.get(pk):
            return None
        known = self._secrets.get(pk)
        if known is not None and known.key_id == key_id:
            return known.secret
        row = self._read(pk, consistent=False)
        if row is None or ("erasedAt" not in row and _key_id(row) != key_id):
            row = self._read(pk, consistent=True)
        return self._secret_of(row, pk, key_id, class_name)

    def _secret_of(self, row: dict[str, Any] | None, pk: str, key_id: str, class_name: str) -> bytes | None:
        if row is None:
            raise SubjectKeyMissing
        if "erasedAt" in row:
            self._erased.put(pk, True)
            return None
        if _key_id(row) != key_id:
            raise Refused("moved", f"class {class_name}: the token belongs to another event, class or person")
        secret = row.get("secret", {}).get("B")
        if secret is None:
            raise does_not_open(class_name)
        self._secrets.put(pk, _SubjectKey(key_id, bytes(secret)))
        return bytes(secret)

    def _read(self, pk: str, *, consistent: bool) -> dict[str, Any] | None:
        try:
            answer = self._dynamodb.get_item(TableName=self._table, Key={"pk": {"S": pk}}, ConsistentRead=consistent)
        except AWS_ERRORS as error:
            raise Retry(error_code(error)) from None
        item: dict[str, Any] | None = answer.get("Item")
        return item


def _key_id(row: dict[str, Any]) -> Any:
    return row.get("keyId", {}).get("S")
