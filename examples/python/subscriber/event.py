"""Reads an event from the body of a message."""

import json


class NotAnEvent(Exception):
    """The body is not an event of user-events. The error does not quote it. No retry can help."""


def read(body: str) -> dict:
    """The CloudEvents document in a body. SNS wraps it unless the subscription delivers raw messages."""
    document = _json(body)
    if document.get("Type") == "Notification":
        document = _json(document.get("Message"))
    if document.get("specversion") != "1.0":
        raise NotAnEvent("the body is not a CloudEvents 1.0 document")
    for attribute in ("id", "source", "type", "subject", "sequence"):
        if not isinstance(document.get(attribute), str):
            raise NotAnEvent(f"the event has no `{attribute}`")
    if not isinstance(document.get("data"), dict):
        raise NotAnEvent("the event has no `data`")
    return document


def category(event: dict) -> str:
    """The category, `account` in `urn:user-events:schemas/account/UserRegisteredEventV1.json`.

    Compare sequences only within one category.
    """
    parts = str(event.get("dataschema", "")).split("/")
    return parts[-2] if len(parts) > 1 else ""


def _json(text) -> dict:
    try:
        document = json.loads(text)
    except (TypeError, ValueError):
        raise NotAnEvent("the body is not JSON") from None
    if not isinstance(document, dict):
        raise NotAnEvent("the body is not a JSON object")
    return document
