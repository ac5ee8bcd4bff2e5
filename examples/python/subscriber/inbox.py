"""Records which events were handled, in the same write as their effects."""

import time

from botocore.exceptions import ClientError

from .event import category

DONE, DUPLICATE, STALE = "done", "duplicate", "stale"

# Longer than a message can be delayed: 14 days in the parked queue, 7 in the queue, 14 in its dead-letter queue.
REMEMBERED_SECONDS = 60 * 24 * 3_600


class Inbox:
    """A DynamoDB table with the keys `pk` and `sk` and a time to live in `ttl`; `infra/subscriber.yaml` creates it.

    The rows are the same as those of the Rust consumer library, so a consumer can move from one language to another.
    One transaction records the event as handled and writes its effects, so both happen once or not at all.
    """

    def __init__(self, dynamodb, table: str, consumer: str, clock=time.time):
        self._dynamodb = dynamodb
        self.table = table
        self._consumer = consumer
        self._clock = clock

    def apply(self, event: dict, effects: list) -> str:
        """Writes the effects, unless this event or a later one of its lane (message group) was handled before.

        `effects` are up to 98 items of `TransactWriteItems`. Returns `DONE`, `DUPLICATE` or `STALE`. The effects of a
        stale event are not written, and the event is recorded as handled. Raises every other error of DynamoDB.
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
            "ttl": self._ttl(),
        }
        return {
            "Put": {"TableName": self.table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"},
        }

    def _ttl(self) -> dict:
        return {"N": str(int(self._clock()) + REMEMBERED_SECONDS)}

    def _position(self, event: dict) -> dict:
        """Stores the latest sequence of the lane. Within a category, text order is the order of the changes.

        Another event of the same change may have an equal sequence, so an equal one is not stale: the id shows a duplicate.
        """
        return {
            "Update": {
                "TableName": self.table,
                "Key": {
                    "pk": {"S": f"CONSUMER#{self._consumer}#LANE#{event.get('partitionkey', event['subject'])}"},
                    "sk": {"S": f"SEQUENCE#{category(event)}#{event['source']}"},
                },
                "UpdateExpression": "SET #s = :s, #t = :t",
                "ConditionExpression": "attribute_not_exists(#s) OR #s <= :s",
                "ExpressionAttributeNames": {"#s": "sequence", "#t": "ttl"},
                "ExpressionAttributeValues": {":s": {"S": event["sequence"]}, ":t": self._ttl()},
            },
        }
