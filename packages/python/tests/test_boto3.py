"""The whole path with clients of boto3, on moto: KMS, DynamoDB and SQS check the parameters of every call."""

import base64
import hashlib
import os
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from moto import mock_aws
from sealing import base64url, body, document, event_id, seal
from support import SHARED, Lines, record

from user_events_consumer import Consumer, Effects, Inbox, OpenableEvent, Opener, Poller, Retry, SetAside, SubjectKeys
from user_events_consumer.inbox import KEEP_DAYS

KEY_ID = base64url(bytes(16))
SECRET = b"s" * 32


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account with the resources of a subscriber, and its settings in the environment."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        sqs, dynamodb = boto3.client("sqs"), boto3.client("dynamodb")
        urls = {
            name: sqs.create_queue(QueueName=f"{name}.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
            for name in ("welcome", "welcome-dlq")
        }
        for table, keys in (("inbox", {"pk": "HASH", "sk": "RANGE"}), ("keys", {"pk": "HASH"})):
            dynamodb.create_table(
                TableName=table,
                KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
                BillingMode="PAY_PER_REQUEST",
            )
        settings = {
            "CONSUMER_NAME": "welcome",
            "INBOX_TABLE": "inbox",
            "SUBJECT_KEYS_TABLE": "keys",
            "SEAL_KEY_ARN": boto3.client("kms").create_key()["KeyMetadata"]["Arn"],
            "QUEUE_URL": urls["welcome"],
            "DEAD_LETTER_QUEUE_URL": urls["welcome-dlq"],
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield


def sealed(number: int, user: str, *, personal: bool = False) -> dict[str, Any]:
    """An event, sealed with a data key of the account's KMS key."""
    arn = os.environ["SEAL_KEY_ARN"]
    context = {"app": "user-events", "class": "contact"}
    key = boto3.client("kms").generate_data_key(KeyId=arn, KeySpec="AES_256", EncryptionContext=context)
    made = document(number, user=user)
    made["data"]["contact"] = seal(
        {"email": f"{user}@example.com"},
        f"{event_id(number)}/contact/{KEY_ID}" if personal else f"{event_id(number)}/contact",
        key=key["Plaintext"],
        secret=SECRET if personal else None,
        data_key=base64.b64encode(key["CiphertextBlob"]).decode(),
        key_arn=arn,
    )
    return made


def send(made: dict[str, Any]) -> None:
    """Sends an event to the queue."""
    boto3.client("sqs").send_message(
        QueueUrl=os.environ["QUEUE_URL"],
        MessageBody=body(made),
        MessageGroupId=made["partitionkey"],
        MessageDeduplicationId=made["id"],
        MessageAttributes={"category": {"DataType": "String", "StringValue": "account"}},
    )


def left(queue: str) -> int:
    """How many messages a queue has."""
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = boto3.client("sqs").get_queue_attributes(QueueUrl=os.environ[queue], AttributeNames=names)
    return sum(int(attributes["Attributes"][name]) for name in names)


@pytest.mark.usefixtures("account")
def test_a_poller_handles_a_queue_with_the_services_of_an_account() -> None:
    row = {
        "pk": {"S": hashlib.sha256(b"/user-service\nusers/grace").hexdigest()},
        "keyId": {"S": KEY_ID},
        "secret": {"B": SECRET},
    }
    boto3.client("dynamodb").put_item(TableName="keys", Item=row)
    mails: list[str] = []
    failures = [RuntimeError()]

    def handler(event: OpenableEvent) -> Effects:
        if event.subject == "users/bad":
            raise SetAside("no-such-country")
        if failures:
            raise failures.pop()
        contact = event.open("contact")
        assert contact
        mails.append(contact["email"])
        if len(mails) == 3:
            poller.stop()
        return [{"Put": {"TableName": "inbox", "Item": {"pk": {"S": "OUTBOX"}, "sk": {"S": event.id}}}}]

    for made in (
        sealed(1, "bad"),
        sealed(2, "ada"),
        sealed(3, "ada"),
        sealed(4, "grace", personal=True),
    ):
        send(made)
    poller = Poller(Consumer.from_environment(handler), wait_seconds=0, concurrency=1, retry_first_seconds=0.001)
    poller.run()
    assert sorted(mails) == ["ada@example.com", "ada@example.com", "grace@example.com"]
    assert (left("QUEUE_URL"), left("DEAD_LETTER_QUEUE_URL")) == (0, 1)
    outbox = boto3.client("dynamodb").query(
        TableName="inbox", KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "OUTBOX"}}
    )
    assert outbox["Count"] == 3


def opens_network(event: OpenableEvent) -> None:
    """A handler without effects."""
    event.open("network")


@pytest.mark.usefixtures("account")
def test_kms_refuses_a_data_key_of_another_class() -> None:
    made = sealed(1, "ada")
    made["data"]["network"] = seal(
        {}, f"{event_id(1)}/network", data_key=made["data"]["contact"]["dataKey"], key_arn=os.environ["SEAL_KEY_ARN"]
    )
    lines = Lines()
    opener = Opener(
        boto3.client("kms"),
        os.environ["SEAL_KEY_ARN"],
        subject_keys=SubjectKeys(boto3.client("dynamodb"), "keys"),
    )
    subject = Consumer(
        "welcome",
        opens_network,
        opener=opener,
        inbox=Inbox(boto3.client("dynamodb"), "inbox", "welcome"),
        sink=lines,
    )
    subject.lambda_handler({"Records": [record(body(made))]})
    assert lines.messages()[0]["reason"] == "data-key"


@pytest.mark.usefixtures("account")
def test_a_message_of_sqs_is_hidden_until_the_time_of_a_retry() -> None:
    def handler(_: OpenableEvent) -> Effects:
        raise Retry(until=datetime.now(timezone.utc) + timedelta(hours=1))

    send(sealed(1, "ada"))
    sqs = boto3.client("sqs")
    message = sqs.receive_message(QueueUrl=os.environ["QUEUE_URL"], VisibilityTimeout=0)["Messages"][0]
    delivered = {**record(message["Body"]), "receiptHandle": message["ReceiptHandle"]}
    answer = Consumer.from_environment(handler).lambda_handler({"Records": [delivered]})
    assert answer["batchItemFailures"]
    assert "Messages" not in sqs.receive_message(QueueUrl=os.environ["QUEUE_URL"])


def test_the_inbox_remembers_for_longer_than_a_message_can_wait() -> None:
    """In the bucket of failures, then in the queue, then in its dead-letter queue."""
    (bucket_days,) = number_in("template.yaml", r"  FailureRetentionDays:\n(?:    .*\n)*?    Default: (\d+)")
    queues_seconds = number_in("infra/subscriber.yaml", r"MessageRetentionPeriod: (\d+)")
    assert queues_seconds
    assert bucket_days * 86_400 + 2 * max(queues_seconds) < KEEP_DAYS * 86_400


def number_in(path: str, pattern: str) -> list[int]:
    """The numbers in a template of the repository."""
    assert SHARED is not None
    return [int(number) for number in re.findall(pattern, (SHARED.parent / path).read_text(encoding="utf-8"))]
