"""A consumer: lines, metrics, batches of Lambda, dead letters."""

import base64
import io
import json
from contextlib import redirect_stdout
from datetime import datetime, timezone
from typing import Any

import pytest
from moto import mock_aws
from sealing import SEAL_KEY, body, document, event_id
from support import ARN, DEAD_LETTERS, QUEUE, ROWS, Clock, Kms, Lines, Sqs, consumer, count_once, event, failed, record
from table_fake import Table

from user_events_consumer import Consumer, DeadLetters, Effects, Message, OpenableEvent, Retry, SetAside
from user_events_consumer.journal import Journal, to_standard_output

STANDARD = ARN.removesuffix(".fifo")


def raising(error: BaseException) -> Any:
    """A handler that raises for the user `bad`."""

    def handler(event: OpenableEvent) -> Effects:
        if event.subject == "users/bad":
            raise error
        return count_once(event)

    return handler


def batch(*records: dict[str, Any]) -> dict[str, Any]:
    """What Lambda delivers."""
    return {"Records": list(records)}


def bad(number: int) -> str:
    """The body of an event of the user `bad`."""
    return body(document(number, user="bad"))


def test_the_line_of_a_message_has_names_and_no_values() -> None:
    lines = Lines()
    consumer(Table(), lines=lines).lambda_handler(batch(record(body(document()))))
    assert lines.all == [
        {
            "event": event_id(1),
            "type": "UserRegisteredEventV1",
            "outcome": "done",
            "opened": ["contact"],
            "denied": [],
            "erased": [],
        }
    ]


def test_a_class_that_is_not_granted_is_named() -> None:
    kms, lines = Kms(), Lines()
    kms.denied = {"contact"}
    consumer(Table(), kms=kms, lines=lines).lambda_handler(batch(record(body(document()))))
    assert (lines.all[0]["outcome"], lines.all[0]["denied"]) == ("done", ["contact"])


def test_an_exception_is_a_retry_and_its_text_is_not_logged() -> None:
    lines = Lines()
    subject = consumer(Table(), handler=raising(KeyError("ada@example.com")), lines=lines)
    answer = subject.lambda_handler(batch(record(bad(1), "m1", group="b"), record(body(document(2)), "m2")))
    assert failed(answer) == ["m1"]
    line = lines.messages()[0]
    assert (line["outcome"], line["reason"], line["message"]) == ("retry", "KeyError", "m1")
    assert line["at"].startswith("test_consumer.py:")
    assert "ada" not in json.dumps(lines.all)


def test_a_fifo_group_waits_behind_its_failure_and_others_go_on() -> None:
    table, lines = Table(), Lines()
    subject = consumer(table, handler=raising(RuntimeError()), lines=lines)
    records = [
        record(body(document(1)), "a1"),
        record(bad(2), "b1", group="b"),
        record(bad(3), "b2", group="b"),
        record(body(document(4)), "a2"),
    ]
    assert failed(subject.lambda_handler(batch(*records))) == ["b1", "b2"]
    assert lines.outcomes() == ["done", "retry", "done"]


def test_on_a_standard_queue_each_message_is_on_its_own() -> None:
    subject = consumer(Table(), handler=raising(RuntimeError()))
    records = [record(bad(1), "b1", arn=STANDARD), record(body(document(2)), "a1", arn=STANDARD)]
    assert failed(subject.lambda_handler(batch(*records))) == ["b1"]


def test_a_message_that_is_set_aside_goes_to_the_dead_letters_and_its_group_goes_on() -> None:
    sqs, lines = Sqs(), Lines()
    subject = consumer(Table(), handler=raising(SetAside("no-such-country")), sqs=sqs, lines=lines)
    answer = subject.lambda_handler(batch(record(bad(1), "m1", category="account"), record(body(document(2)), "m2")))
    assert failed(answer) == []
    assert sqs.sent == [
        {
            "QueueUrl": DEAD_LETTERS,
            "MessageBody": bad(1),
            "MessageGroupId": "a",
            "MessageDeduplicationId": "aside-m1",
            "MessageAttributes": {
                "category": {"StringValue": "account", "DataType": "String"},
                "setAsideReason": {"StringValue": "no-such-country", "DataType": "String"},
            },
        }
    ]
    assert lines.metrics() == {"SetAside": 1}
    assert lines.messages()[0]["reason"] == "no-such-country"


def test_a_body_that_is_no_event_is_set_aside() -> None:
    sqs, lines = Sqs(), Lines()
    consumer(Table(), sqs=sqs, lines=lines).lambda_handler(batch(record("hello", "m1", arn=STANDARD)))
    assert sqs.sent[0]["MessageBody"] == "hello"
    assert "MessageDeduplicationId" not in sqs.sent[0]
    assert lines.messages() == [{"outcome": "set-aside", "reason": "not-an-event", "message": "m1"}]


@pytest.mark.parametrize("has_queue", [True, False])
def test_without_dead_letters_a_set_aside_is_a_retry_and_the_group_goes_on(has_queue: bool) -> None:
    sqs, lines = Sqs(), Lines()
    sqs.refuses = True
    subject = consumer(Table(), sqs=sqs if has_queue else None, lines=lines)
    assert failed(subject.lambda_handler(batch(record("hello", "m1"), record(body(document()), "m2")))) == ["m1"]
    assert lines.outcomes() == ["retry", "done"]
    assert lines.messages()[0]["reason"] == "not-an-event"
    assert lines.metrics() == {}


@pytest.mark.parametrize("reason", ["", "-a", "a b", "ada@example.com", "a" * 65, "x\n", "é"])
def test_a_reason_cannot_hold_a_value(reason: str) -> None:
    with pytest.raises(ValueError, match="reason"):
        SetAside(reason)


def test_a_retry_until_a_time_hides_the_message() -> None:
    sqs, clock = Sqs(), Clock()
    until = datetime.fromtimestamp(clock.now + 90.5, timezone.utc)
    subject = consumer(Table(), handler=raising(Retry(until=until)), sqs=sqs, clock=clock)
    assert failed(subject.lambda_handler(batch(record(bad(1), "m1")))) == ["m1"]
    assert sqs.hidden == {"receipt of m1": 91}
    with pytest.raises(ValueError, match="time zone"):
        Retry(until=datetime(2026, 3, 1))


def test_a_message_is_hidden_until_the_claim_of_another_handler_ends() -> None:
    table, sqs, clock = Table(), Sqs(), Clock()
    now = int(clock.now * 1_000)
    table.put_item(**ROWS.claim(event(), "another", now + 30_000, now))
    lines = Lines()
    subject = consumer(table, sqs=sqs, clock=clock, lines=lines)
    assert failed(subject.lambda_handler(batch(record(body(document()), "m1")))) == ["m1"]
    assert sqs.hidden == {"receipt of m1": 30}
    assert lines.messages()[0]["reason"] == "in-progress"


def test_a_required_class_that_is_denied_is_counted() -> None:
    kms, lines = Kms(), Lines()
    kms.denied = {"contact"}
    subject = consumer(Table(), kms=kms, lines=lines, requires=("contact",))
    assert failed(subject.lambda_handler(batch(record(body(document()), "m1")))) == ["m1"]
    assert lines.metrics() == {"Denied": 1}
    assert lines.messages()[0]["reason"] == "denied"


def test_a_metric_is_a_line_in_the_embedded_format() -> None:
    written = io.StringIO()
    with redirect_stdout(written):
        Journal("welcome", to_standard_output, Clock()).count("Stale")
    assert json.loads(written.getvalue()) == {
        "_aws": {
            "Timestamp": 1_772_366_400_000,
            "CloudWatchMetrics": [
                {
                    "Namespace": "UserEvents/Consumer",
                    "Dimensions": [["Consumer"]],
                    "Metrics": [{"Name": "Stale", "Unit": "Count"}],
                }
            ],
        },
        "Consumer": "welcome",
        "Stale": 1,
    }


def test_a_handler_that_returns_nothing_has_no_effects() -> None:
    lines = Lines()
    consumer(Table(), handler=lambda _: None, lines=lines).lambda_handler(batch(record(body(document()))))
    assert lines.outcomes() == ["done"]


def test_binary_attributes_survive_being_set_aside() -> None:
    attribute = {"binaryValue": base64.b64encode(b"\x00\xff").decode(), "dataType": "Binary"}
    sqs = Sqs()
    message = {**record("hello"), "messageAttributes": {"trace": attribute}}
    consumer(Table(), sqs=sqs).lambda_handler(batch(message))
    assert sqs.sent[0]["MessageAttributes"]["trace"] == {"DataType": "Binary", "BinaryValue": b"\x00\xff"}


def test_sqs_takes_a_dead_letter() -> None:
    with mock_aws():
        import boto3

        credentials: Any = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "eu-west-1"}
        sqs = boto3.client("sqs", **credentials)
        url = sqs.create_queue(QueueName="dead.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        message = Message.from_lambda(record("hello", "m1", category="account"))
        for _ in range(2):
            assert DeadLetters(sqs, url).send(message, "not-an-event")
        received = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], MaxNumberOfMessages=10)["Messages"]
        assert [entry["Body"] for entry in received] == ["hello"], "the second one has the same deduplication id"
        assert set(received[0]["MessageAttributes"]) == {"category", "setAsideReason"}


ENVIRONMENT = {"CONSUMER_NAME": "welcome", "INBOX_TABLE": "inbox", "SEAL_KEY_ARN": SEAL_KEY}


def test_a_consumer_reads_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    queues = {"QUEUE_URL": QUEUE, "DEAD_LETTER_QUEUE_URL": DEAD_LETTERS, "SUBJECT_KEYS_TABLE": "keys"}
    assert Consumer.from_environment(count_once, environment={**ENVIRONMENT, **queues}).queue_url == QUEUE
    assert Consumer.from_environment(count_once, environment=ENVIRONMENT).queue_url is None


@pytest.mark.parametrize("name", sorted(ENVIRONMENT))
def test_a_missing_variable_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with pytest.raises(ValueError, match=f"`{name}`"):
        Consumer.from_environment(count_once, environment={**ENVIRONMENT, name: ""})
