"""Fakes of the services, and what most tests need."""

import base64
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from sealing import DATA_KEY, SEAL_KEY, body, document

from user_events_consumer import Consumer, DeadLetters, Event, Handler, Inbox, Leased, Opener, read_event
from user_events_consumer.aws import DynamoDbInbox
from user_events_consumer.rows import Rows

SHARED = next(
    (folder / "tests" for folder in Path(__file__).resolve().parents if (folder / "tests" / "vectors").is_dir()), None
)
"""The folder of the repository with the tests for all languages."""

ROWS = Rows("inbox", "welcome", 60 * 86_400, 90 * 86_400)
"""The writes of the consumer of the tests."""

QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/welcome.fifo"
DEAD_LETTERS = "https://sqs.eu-west-1.amazonaws.com/123456789012/welcome-dlq.fifo"
ARN = "arn:aws:sqs:eu-west-1:123456789012:welcome.fifo"
SNAPSHOT_QUEUE = QUEUE.replace("welcome", "welcome-snapshot")
SNAPSHOT_ARN = ARN.replace("welcome", "welcome-snapshot")


def shared(path: str) -> Any:
    """A JSON file of the tests for all languages."""
    assert SHARED is not None, "run these tests in a clone of the repository: they read `tests/vectors`"
    return json.loads((SHARED / path).read_text(encoding="utf-8"))


def client_error(code: str, **response: Any) -> ClientError:
    """An answer of a service that refuses a call."""
    answer: Any = {"Error": {"Code": code, "Message": "of the service"}, **response}
    return ClientError(answer, "Call")


class Clock:
    """A clock that goes on when a test says so, in seconds since 1970."""

    def __init__(self, now: float = 1_772_366_400.0):
        self.now = now

    def __call__(self) -> float:
        return self.now


class Kms:
    """Unwraps every data key to the key of its class, and counts the requests."""

    def __init__(self, keys: Mapping[str, bytes] | None = None):
        self.keys = keys
        self.denied: set[str] = set()
        self.fails_with: str | None = None
        self.calls: list[dict[str, Any]] = []

    def decrypt(self, **call: Any) -> dict[str, Any]:
        self.calls.append(call)
        context = call["EncryptionContext"]
        assert set(context) == {"app", "class"}
        assert context["app"] == "user-events"
        if self.fails_with is not None:
            raise client_error(self.fails_with)
        if context["class"] in self.denied:
            raise client_error("AccessDeniedException")
        return {"Plaintext": DATA_KEY if self.keys is None else self.keys[context["class"]]}


class SubjectKeyTable:
    """The table of persons' keys, with rows in the JSON of DynamoDB. Only a consistent read sees them."""

    def __init__(self, rows: Mapping[str, Mapping[str, Any]] | None = None):
        self.rows: dict[str, Any] = {pk: _subject_key_row(row) for pk, row in (rows or {}).items()}
        self.reads: list[bool] = []
        self.takes: Callable[[], None] = lambda: None
        """What happens during a read."""

    def put(self, subject: str, row: Mapping[str, Any]) -> None:
        """The person with this subject has this row from now on."""
        self.rows[hashlib.sha256(f"/user-service\n{subject}".encode()).hexdigest()] = _subject_key_row(row)

    def get_item(self, *, TableName: str, Key: Mapping[str, Any], ConsistentRead: bool) -> dict[str, Any]:  # noqa: ARG002, N803
        self.reads.append(ConsistentRead)
        row = self.rows.get(Key["pk"]["S"]) if ConsistentRead else None
        self.takes()
        return {"Item": row} if row is not None else {}


def _subject_key_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as `boto3` returns it: with bytes."""
    return {name: {"B": base64.b64decode(value["B"])} if "B" in value else dict(value) for name, value in row.items()}


class Sqs:
    """Takes dead letters, and notes how long messages are hidden."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.hidden: dict[str, int] = {}
        self.hidden_in: dict[str, str] = {}
        self.refuses = False

    def send_message(self, **message: Any) -> dict[str, Any]:
        if self.refuses:
            raise client_error("InvalidMessageContents")
        self.sent.append(message)
        return {}

    def change_message_visibility(self, *, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> dict[str, Any]:  # noqa: N803
        self.hidden[ReceiptHandle] = VisibilityTimeout
        self.hidden_in[ReceiptHandle] = QueueUrl
        return {}

    def receive_message(self, **call: Any) -> dict[str, Any]:
        raise NotImplementedError

    delete_message_batch = change_message_visibility_batch = receive_message


class Lines:
    """The lines that a consumer writes."""

    def __init__(self) -> None:
        self.all: list[Mapping[str, Any]] = []
        self._lock = threading.Lock()

    def __call__(self, line: Mapping[str, Any]) -> None:
        with self._lock:
            self.all.append(json.loads(json.dumps(line)))

    def messages(self) -> list[Mapping[str, Any]]:
        """The lines of messages."""
        return [line for line in self.all if "_aws" not in line]

    def outcomes(self) -> list[str]:
        """The outcomes of messages in their order."""
        return [line["outcome"] for line in self.messages()]

    def metrics(self) -> dict[str, int]:
        """How often each metric was counted."""
        counted: Counter[str] = Counter()
        for line in self.all:
            for definition in line.get("_aws", {}).get("CloudWatchMetrics", []):
                for metric in definition["Metrics"]:
                    counted[metric["Name"]] += line[metric["Name"]]
        return dict(counted)


def event(number: int = 1, **members: Any) -> Event:
    """An event; its number is its place in the order."""
    return read_event(body(document(number, **members)))


def inbox(tables: DynamoDbInbox, clock: Clock | None = None, **settings: Any) -> Inbox:
    """An inbox that never pauses."""
    return Inbox(tables, "inbox", "welcome", clock=clock or Clock(), sleep=lambda _: None, **settings)


def put(name: str, **attributes: Any) -> dict[str, Any]:
    """An effect."""
    item = {"pk": {"S": name}, "sk": {"S": "EFFECT"}, **attributes}
    return {"Put": {"TableName": "inbox", "Item": item}}


def count_once(event: Any) -> list[dict[str, Any]]:
    """The effect of the tests: one more in the counter of the event."""
    event.open("contact")
    key = {"pk": {"S": f"EFFECT#{event.id}"}, "sk": {"S": "COUNT"}}
    return [
        {
            "Update": {
                "TableName": "inbox",
                "Key": key,
                "UpdateExpression": "ADD #count :one",
                "ExpressionAttributeNames": {"#count": "count"},
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            }
        }
    ]


def consumer(
    dynamodb: DynamoDbInbox,
    *,
    handler: Handler | Leased = count_once,
    kms: Kms | None = None,
    sqs: Any = None,
    lines: Callable[[Mapping[str, Any]], None] | None = None,
    clock: Clock | None = None,
    requires: tuple[str, ...] = (),
    accepts_tests: bool = False,
    snapshot_queue_url: str | None = None,
) -> Consumer:
    """A consumer over fakes. Without `sqs` it has neither a queue nor a dead-letter queue."""
    clock = clock or Clock()
    return Consumer(
        "welcome",
        handler,
        opener=Opener(kms or Kms(), SEAL_KEY, requires=requires, clock=clock),
        inbox=Inbox(dynamodb, "inbox", "welcome", clock=clock, sleep=lambda _: None),
        dead_letters=DeadLetters(sqs, DEAD_LETTERS) if sqs is not None else None,
        sqs=sqs,
        queue_url=QUEUE if sqs is not None else None,
        snapshot_queue_url=snapshot_queue_url,
        accepts_tests=accepts_tests,
        sink=lines or Lines(),
        clock=clock,
    )


def record(
    body: str, message_id: str = "m1", *, group: str = "a", arn: str = ARN, receives: int = 1, **attributes: str
) -> dict[str, Any]:
    """A record as Lambda delivers it."""
    return {
        "messageId": message_id,
        "receiptHandle": f"receipt of {message_id}",
        "body": body,
        "attributes": {"MessageGroupId": group, "ApproximateReceiveCount": str(receives)},
        "messageAttributes": {name: {"stringValue": value, "dataType": "String"} for name, value in attributes.items()},
        "eventSourceARN": arn,
    }


def failed(answer: Mapping[str, Any]) -> list[str]:
    """The messages that Lambda delivers again."""
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
