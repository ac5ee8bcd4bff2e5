"""The secrets of persons, without which their sealed data does not open."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from .aws import AWS_ERRORS, DynamoDbReader, error_code
from .bounded import BoundedCache
from .errors import Refused, Retry, SubjectKeyMissing
from .event import Event
from .sealed import KEY_BYTES, does_not_open

MAX_AGE_SECONDS: Final = 300.0
"""How long a secret is remembered. A person who is erased can still be read for this long."""

_MAX_KEYS = 1_024
_USERS = "users/"


@dataclass(frozen=True)
class _SubjectKey:
    key_id: str
    secret: bytes = field(repr=False)


class SubjectKeys:
    """The DynamoDB table of persons' keys. docs/reading.md, *A person's key*, describes its rows. Threads may share it.

    `table` is the name of the table or, in another account, its ARN. The role of the consumer needs `dynamodb:GetItem`
    on the table, and `kms:Decrypt` on the key that encrypts it. At most 1,024 secrets are remembered, for at most 300
    seconds each, and 1,024 tombstones, which are final.
    """

    def __init__(self, dynamodb: DynamoDbReader, table: str, clock: Callable[[], float] = time.monotonic):
        self._dynamodb = dynamodb
        self._table = table
        self._clock = clock
        self._secrets: BoundedCache[str, _SubjectKey] = BoundedCache(_MAX_KEYS, MAX_AGE_SECONDS, clock)
        self._erased: BoundedCache[str, bool] = BoundedCache(_MAX_KEYS, float("inf"), clock)

    def secret(self, event: Event, key_id: str, class_name: str) -> bytes | None:
        """The secret of the event's subject, 32 bytes; `None` if the person was erased.

        Raises `SubjectKeyMissing` if the table has neither a key nor a tombstone, `Refused` with the reason `moved` if
        the event is about no user or the person has another key, or `does-not-open` if the secret has another length,
        and `Retry` if DynamoDB does not answer.
        """
        if not event.subject.startswith(_USERS):
            raise _moved(class_name)
        pk = hashlib.sha256(f"{event.source}\n{event.subject}".encode()).hexdigest()
        if self._erased.get(pk):
            return None
        known = self._secrets.get(pk)
        # A remembered key with another id may be older than the token: it is read again.
        if known is None or known.key_id != key_id:
            known = self._read(pk)
        if known is None:
            return None
        if known.key_id != key_id:
            raise _moved(class_name)
        if len(known.secret) != KEY_BYTES:
            raise does_not_open(class_name)
        return known.secret

    def _read(self, pk: str) -> _SubjectKey | None:
        """The person's key; `None` if the person was erased."""
        # The age of a secret counts from before its read.
        asked_at = self._clock()
        try:
            answer = self._dynamodb.get_item(TableName=self._table, Key={"pk": {"S": pk}}, ConsistentRead=True)
        except AWS_ERRORS as error:
            raise Retry(error_code(error)) from None
        row: dict[str, Any] = answer.get("Item") or {}
        if "erasedAt" in row:
            self._erased.put(pk, True)
            self._secrets.forget(pk)
            return None
        key_id, secret = row.get("keyId", {}).get("S"), row.get("secret", {}).get("B")
        if not isinstance(key_id, str) or secret is None:
            self._secrets.forget(pk)
            raise SubjectKeyMissing
        key = _SubjectKey(key_id, bytes(secret))
        self._secrets.put(pk, key, since=asked_at)
        return key


def _moved(class_name: str) -> Refused:
    return Refused("moved", f"class {class_name}: the token belongs to another event, class or person")
