"""The effects of an event. Change this file to build your own subscriber."""

import os
from typing import Any

from user_events_consumer import Effects, OpenableEvent
from user_events_consumer.events import Contact, UserErasedEventV1, UserRegisteredEventV1


def effects(event: OpenableEvent) -> Effects:
    """The writes that the event causes, as items of `TransactWriteItems`. Other event types cause no writes.

    This example adds a row to an outbox for every user who registered with an e-mail address. Another process sends the
    welcome mail from there, because a row can be part of a transaction and a mail cannot.

    When a user is erased, a marker takes the place of the row, so that the copy is deleted. A registration that arrives
    later does not bring the copy back: as a rule, it cannot be opened any more; and within the minutes in which a reader
    may still have the user's secret, the condition refuses the row (`effect-refused`, which no retry can mend).

    If the subscriber joins late, a snapshot has an event of every account that there is. Those users registered long ago
    and get no mail. A subscriber that keeps a copy of the account stores it here: `event.read(UserAccountSnapshotEventV1)`.
    """
    table = os.environ["INBOX_TABLE"]
    erased = event.read(UserErasedEventV1)
    if erased:
        marker = {**_key(erased["userId"]), "erasedAt": {"S": erased["erasedAt"]}}
        return [{"Put": {"TableName": table, "Item": marker}}]
    registered = event.read(UserRegisteredEventV1)
    contact = event.open(Contact) if registered else None
    if not registered or not contact or "email" not in contact:
        return []
    row: dict[str, Any] = {
        **_key(registered["userId"]),
        "userId": {"S": registered["userId"]},
        "email": {"S": contact["email"]},
    }
    if "locale" in registered:
        row["locale"] = {"S": registered["locale"]}
    return [{"Put": {"TableName": table, "Item": row, "ConditionExpression": "attribute_not_exists(erasedAt)"}}]


def _key(user_id: str) -> dict[str, Any]:
    """The key of a user's row, which is found again when the user is erased."""
    return {"pk": {"S": "OUTBOX"}, "sk": {"S": f"WELCOME#{user_id}"}}
