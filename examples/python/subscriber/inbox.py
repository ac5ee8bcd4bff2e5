"""What was handled already, remembered in the same write as the effect."""

import time

from botocore.exceptions import ClientError

from .event import category

DONE, DUPLICATE, STALE = "done", "duplicate", "stale"

# Longer than a message can be on its way: 14 days in the parked queue, 7 in the queue, 14 in its dead-letter queue.
REMEMBERED_SECONDS = 60 * 24 * 3_600


class Inbox:
    """A DynamoDB table with the keys `pk` and `sk` and a time to live in `ttl`; `infra/subscriber.yaml` makes it.

    The rows are those of the consumer library in Rust, so a consumer can move from one language to another.
    An event is claimed in the transaction that writes its effects, so both happen once or not at all.
    """

    def __init__(self, dynamodb, table: str, consumer: str, clock=time.time):
        self._dynamodb = dynamodb
        self.table = table
        self._consumer = consumer
        self._clock = clock

    def apply(self, event: dict, effects: list) -> str:
        """Writes the effects unless the event was handled before, or one after it was.

        `effects` are items of `TransactWriteItems` (98 at most). The answer is `DONE`, `DUPLICATE` or `STALE`; a stale
        event's effects are not written, and it is remembered as handled. Raises what DynamoDB raises otherwise.
        """
        outcome = self._write([self._claim(event), self._position(event), *effects])
        if outcome == STALE:
            outcome = self._write([self._claim(event)])
            return STALE if outcome == DONE else outcome
        return outcome

    def _write(self, items: list) -> str:
        try:
            self._dynamodb.transact_write_items(TransactItems=items)
            return DONE
        except ClientError as error:
            reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
            if error.response["Error"]["Code"] == "TransactionCanceledException":
                if reasons[:1] == ["ConditionalCheckFailed"]:
                    return DUPLICATE
                if reasons[1:2] == ["ConditionalCheckFailed"]:
                    return STALE
            raise

    def _claim(self, event: dict) -> dict:
        now = self._clock()
        item = {
            "pk": {"S": f"CONSUMER#{self._consumer}#EVENT#{event['id']}"},
            "sk": {"S": "INBOX"},
            "state": {"S": "COMPLETED"},
            "completedAt": {"N": str(int(now * 1_000))},
            "ttl": {"N": str(int(now) + REMEMBERED_SECONDS)},
        }
        return {
            "Put": {"TableName": self.table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"},
        }

    def _position(self, event: dict) -> dict:
        """The highest sequence of this lane. Text order is the order of the changes, within a category."""
        return {
            "Update": {
                "TableName": self.table,
                "Key": {
                    "pk": {"S": f"CONSUMER#{self._consumer}#LANE#{event.get('partitionkey', event['subject'])}"},
                    "sk": {"S": f"SEQUENCE#{category(event)}#{event['source']}"},
                },
                "UpdateExpression": "SET #s = :s",
                "ConditionExpression": "attribute_not_exists(#s) OR #s < :s",
                "ExpressionAttributeNames": {"#s": "sequence"},
                "ExpressionAttributeValues": {":s": {"S": event["sequence"]}},
            },
        }
