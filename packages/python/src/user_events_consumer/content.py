"""The fingerprint of an event: two deliveries of one event have the same, however often it was sealed."""

import hashlib
from typing import Any

import rfc8785

from .event import Event

_MAX_SAFE_INTEGER = 2**53 - 1


def fingerprint(event: Event) -> str:
    """SHA-256, in 64 hexadecimal digits, of the event's content in the JSON Canonicalization Scheme (RFC 8785)."""
    data = {name: "sealed" if _is_sealed(value) else _doubles(value) for name, value in event.data.items()}
    content: dict[str, Any] = {
        "data": data,
        "sequence": event.sequence,
        "source": event.source,
        "subject": event.subject,
        "type": event.type,
    }
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def _is_sealed(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("sealed"), str)


def _doubles(value: Any) -> Any:
    """The value with its large integers as 64-bit floats, which all numbers are in RFC 8785."""
    if isinstance(value, dict):
        return {name: _doubles(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_doubles(member) for member in value]
    if isinstance(value, int) and abs(value) > _MAX_SAFE_INTEGER:
        return float(value)
    return value
