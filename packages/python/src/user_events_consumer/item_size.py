"""The sizes of DynamoDB items, so that an effect over a limit is refused before it is sent.

The sizes are those of the Amazon DynamoDB Developer Guide, *DynamoDB item sizes and formats*.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from .errors import Refused

MAX_ITEMS = 100
"""Items of a transaction (Amazon DynamoDB Developer Guide, *Quotas*), as are the limits below."""

MAX_PARTITION_KEY_BYTES = 2_048
MAX_SORT_KEY_BYTES = 1_024
MAX_ITEM_BYTES = 400 * 1_024
MAX_TRANSACTION_BYTES = 4 * 1_024 * 1_024

_SORT_KEY = "sk"
_CONTAINER_BYTES = 3


def check_limits(items: Sequence[Mapping[str, Any]]) -> None:
    """Raises `Refused` with the reason `limits` if DynamoDB would not take these items of `TransactWriteItems`."""
    if len(items) > MAX_ITEMS:
        raise _limits(f"a transaction has at most {MAX_ITEMS} items, with the two of the inbox")
    total = 0
    for item in items:
        for action, write in item.items():
            total += _check_write(action, write)
    if total > MAX_TRANSACTION_BYTES:
        raise _limits(f"a transaction has at most {MAX_TRANSACTION_BYTES} bytes")


def _check_write(action: str, write: Mapping[str, Any]) -> int:
    item = write.get("Item", {})
    values = write.get("ExpressionAttributeValues", {})
    for name, value in write.get("Key", item).items():
        _check_key(name, value, is_key="Key" in write)
    size = _size_of_map(item) + _size_of_map(write.get("Key", {}))
    if action == "Update":
        # The new values of an update are part of the item; what else is in it only DynamoDB knows.
        size += sum(_size(value) for value in values.values())
    if size > MAX_ITEM_BYTES:
        raise _limits(f"an item has at most {MAX_ITEM_BYTES} bytes")
    return size


def _check_key(name: str, value: Mapping[str, Any], *, is_key: bool) -> None:
    # An item does not say which of its attributes are keys, except by the names that all tables here have.
    if not is_key and name not in ("pk", _SORT_KEY):
        return
    most = MAX_SORT_KEY_BYTES if name == _SORT_KEY else MAX_PARTITION_KEY_BYTES
    if _size(value) > most:
        raise _limits(f"the key `{name}` has at most {most} bytes")


def _size_of_map(attributes: Mapping[str, Any]) -> int:
    return sum(len(name.encode()) + _size(value) for name, value in attributes.items())


def _size(attribute: Mapping[str, Any]) -> int:
    ((kind, value),) = attribute.items()
    if kind == "S":
        return len(value.encode())
    if kind == "N":
        return len(value) // 2 + 2
    if kind == "B":
        return len(value)
    if kind in ("SS", "NS", "BS"):
        return sum(_size({kind[0]: member}) for member in value)
    if kind == "L":
        return _CONTAINER_BYTES + sum(1 + _size(member) for member in value)
    if kind == "M":
        return _CONTAINER_BYTES + len(value) + _size_of_map(value)
    return 1


def _limits(why: str) -> Refused:
    return Refused("limits", why)
