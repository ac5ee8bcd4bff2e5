"""Keeps a copy of the accounts with the Python package of this repository, until it is terminated.

`COPY_TABLE` is the table of the copy, and `COPY_NAME` the partition key of its rows.
"""

import os

from user_events_consumer import Consumer, Poller

TABLE, NAME = os.environ["COPY_TABLE"], os.environ["COPY_NAME"]


def effects(event):
    """The write of one event. A snapshot is stored whole. A change of a missing row makes a row, and the removal deletes it."""
    user = event.data.get("userId")
    if user is None:
        return []
    key = {"pk": {"S": NAME}, "sk": {"S": user}}
    contact = event.open("contact") or {}
    email = {"email": {"S": contact["email"]}} if "email" in contact else {}
    name = event.type.removesuffix("EventV1")
    if name in ("UserAccountSnapshot", "UserRegistered", "UserRestored"):
        fields = {"status": {"S": event.data["status"]}, "locale": {"S": event.data["locale"]}}
        return [{"Put": {"TableName": TABLE, "Item": key | fields | email}}]
    if name == "UserDeleted":
        return [{"Delete": {"TableName": TABLE, "Key": key}}]
    if name == "UserEmailChanged":
        return [_set(key, "email", email["email"])]
    if name == "UserAccountStatusChanged":
        return [_set(key, "status", {"S": event.data["status"]})]
    if name == "UserLocaleChanged":
        return [_set(key, "locale", {"S": event.data["locale"]})]
    return []


def _set(key, field, value):
    update = {"TableName": TABLE, "Key": key, "UpdateExpression": "SET #field = :value"}
    return {"Update": update | {"ExpressionAttributeNames": {"#field": field}, "ExpressionAttributeValues": {":value": value}}}


Poller(Consumer.from_environment(effects), wait_seconds=1).run()
