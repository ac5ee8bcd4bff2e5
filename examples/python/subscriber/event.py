"""From a message's body to an event."""

import json


class NotAnEvent(Exception):
    """The body is no event of ours. Nothing of it is quoted. No retry mends it."""


def read(body: str) -> dict:
    """The CloudEvents document in a body: raw, or wrapped by SNS where the subscription does not deliver raw."""
    document = _json(body)
    if document.get("Type") == "Notification":
        document = _json(document.get("Message"))
    if document.get("specversion") != "1.0":
        raise NotAnEvent("it is not a CloudEvents 1.0 document")
    for attribute in ("id", "source", "type", "subject", "sequence"):
        if not isinstance(document.get(attribute), str):
            raise NotAnEvent(f"it has no `{attribute}`")
    if not isinstance(document.get("data"), dict):
        raise NotAnEvent("it has no `data`")
    return document


def category(event: dict) -> str:
    """`account` in `urn:user-events:schemas/account/UserRegisteredEventV1.json`; sequences compare within it only."""
    parts = str(event.get("dataschema", "")).split("/")
    return parts[-2] if len(parts) > 1 else ""


def _json(text) -> dict:
    try:
        document = json.loads(text)
    except (TypeError, ValueError):
        raise NotAnEvent("it is not JSON") from None
    if not isinstance(document, dict):
        raise NotAnEvent("it is no JSON object")
    return document
