"""The effects of an event. Change this file to build your own subscriber."""

from .opening import NOT_GRANTED


def effects(event: dict, opened: dict, table: str) -> list:
    """The writes that the event causes, as items of `TransactWriteItems`. Other event types cause no writes.

    This example adds a row to an outbox for every user who registered with an e-mail address. Another process sends the
    welcome mail from there, because a row can be part of a transaction and a mail cannot.
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
