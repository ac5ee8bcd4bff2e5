"""Reads one JSON object, and refuses what two readers could understand in two ways.

The rules are those of RFC 8259, and the stricter ones of the format: docs/reading.md, *From a message to an event*.
"""

import json
import math
import re
from typing import Any

MAX_BYTES = 1_048_576
"""The longest text in bytes of UTF-8 (Amazon SQS Developer Guide, *Message quotas*)."""

MAX_DEPTH = 32
"""How deep objects and arrays are nested; the outermost one counts as 1."""

_ESCAPE_OR_MARK = re.compile(r'\\.|["\[\]{}]', re.DOTALL)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_LONGEST_INTEGER = 310
"""A sign and the 309 digits of the largest 64-bit float."""


class NotStrict(Exception):  # noqa: N818 -- it names the text, as `Refused` does the event
    """The text is not one JSON object in the strict form. The message quotes nothing of it."""


def parse_object(text: str) -> dict[str, Any]:
    """The object that a text holds.

    Raises `NotStrict` if the text is too long, is not one JSON object, has a member twice in one object, is nested too
    deep, or has an unpaired surrogate or a number that no 64-bit float can hold.
    """
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise NotStrict("the text has an unpaired surrogate") from None
    if size > MAX_BYTES:
        raise NotStrict(f"the text has more than {MAX_BYTES} bytes")
    _check_depth(text)
    try:
        value = _DECODER.decode(text)
    except ValueError:
        # The error of the parser quotes the text.
        raise NotStrict("the text is not JSON") from None
    if not isinstance(value, dict):
        raise NotStrict("the text is not a JSON object")
    if _SURROGATE_ESCAPE.search(text):
        _check_surrogates(value)
    return value


def parse_object_bytes(content: bytes) -> dict[str, Any]:
    """The object in bytes of UTF-8. Raises `NotStrict` as `parse_object` does, and for anything but UTF-8."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise NotStrict("the text is not UTF-8") from None
    return parse_object(text)


def _check_depth(text: str) -> None:
    # The parser of Python is recursive, so the depth is checked before it. Few texts have so many brackets at all.
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return
    depth, quoted = 0, False
    for match in _ESCAPE_OR_MARK.finditer(text):
        mark = match[0]
        if mark == '"':
            quoted = not quoted
        elif quoted or len(mark) > 1:
            continue
        elif mark in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise NotStrict(f"the text is nested more than {MAX_DEPTH} deep")
        else:
            depth -= 1


def _check_surrogates(value: dict[str, Any]) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise NotStrict("the text has an unpaired surrogate") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotStrict("an object has a member twice")
    return members


def _no_constant(_: str) -> None:
    raise NotStrict("`NaN` and `Infinity` are not JSON")


def _finite_float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise NotStrict("a number does not fit a 64-bit float")
    return number


def _finite_integer(digits: str) -> int:
    if len(digits) > _LONGEST_INTEGER:
        raise NotStrict("a number does not fit a 64-bit float")
    number = int(digits)
    try:
        float(number)
    except OverflowError:
        raise NotStrict("a number does not fit a 64-bit float") from None
    return number


# One for all texts: `json.loads` would make one for each.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_constant=_no_constant,
    parse_float=_finite_float,
    parse_int=_finite_integer,
)
