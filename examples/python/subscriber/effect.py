"""What this consumer does with an event. This is the file to change."""

from .opening import NOT_GRANTED


def effects(event: dict, opened: dict, table: str) -> list:
    """The writes that the event causes, as items of `TransactWriteItems`. An event type that is unknown causes none.

    Here: a row in an outbox for every user who registered with an e-mail address, out of which something else sends
    the welcome mail. A mail cannot be part of a transaction, and a row can.
    """
    contact = opened.get("contact")
    if event["type"] != "UserRegisteredEventV1" or contact in (None, NOT_GRANTED) or "email" not in contact:
        return []
    row = {
        "pk": {"S": "OUTBOX"},
        "sk": {"S": f"WELCOME#{event['id']}"},
        "userId": {"S": event["data"]["userId"]},
        "email": {"S": contact["email"]},
    }
    if "locale" in event["data"]:
        row["locale"] = {"S": event["data"]["locale"]}
    return [{"Put": {"TableName": table, "Item": row}}]
