"""The effects of an event. Change this file to build your own subscriber."""

import os
from typing import Any

from user_events_consumer import Effects, OpenableEvent
from user_events_consumer.events import Contact, UserRegisteredEventV1


def effects(event: OpenableEvent) -> Effects:
    """The writes that the event causes, as items of `TransactWriteItems`. Other event types cause no writes.

    This example adds a row to an outbox for every user who registered with an e-mail address. Another process sends the
    welcome mail from there, because a row can be part of a transaction and a mail cannot.
    """
    registered = event.read(UserRegisteredEventV1)
    contact = event.open(Contact) if registered else None
    if not registered or not contact or "email" not in contact:
        return []
    row: dict[str, Any] = {
        "pk": {"S": "OUTBOX"},
        "sk": {"S": f"WELCOME#{event.id}"},
        "userId": {"S": registered["userId"]},
        "email": {"S": contact["email"]},
    }
    if "locale" in registered:
        row["locale"] = {"S": registered["locale"]}
    return [{"Put": {"TableName": os.environ["INBOX_TABLE"], "Item": row}}]
