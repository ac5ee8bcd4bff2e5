"""Keys, grants, duplicates, order and batches."""

import base64
import json
from copy import deepcopy

import pytest
from botocore.exceptions import ClientError
from conftest import Kms
from subscriber.batch import answer
from subscriber.consumer import Consumer
from subscriber.event import NotAnEvent, read
from subscriber.opening import NOT_GRANTED, Opener

FIFO = "arn:aws:sqs:eu-west-1:123456789012:welcome.fifo"


def record(event, message="m1", queue=FIFO):
    return {
        "messageId": message,
        "body": event if isinstance(event, str) else json.dumps(event),
        "attributes": {"MessageGroupId": "users/user-1"},
        "eventSourceARN": queue,
    }


def consumer(vector, table, log, granted=None):
    return Consumer("welcome", Kms(vector["key"], granted), table, "inbox", log.append)


def test_a_registration_becomes_one_row_of_the_outbox_however_often_it_comes(vector, table):
    log = []
    subject = consumer(vector, table, log)
    for _ in range(3):
        assert subject.batch([record(vector["envelope"])]) == {"batchItemFailures": []}
    (row,) = table.outbox()
    assert row["email"]["S"] == vector["opened"]["email"]
    assert [line["outcome"] for line in log] == ["done", "duplicate", "duplicate"]
    assert vector["opened"]["email"] not in json.dumps(log), "personal data is not logged"


def test_a_late_event_is_recognised_and_overwrites_nothing(vector, table):
    log = []
    subject = consumer(vector, table, log)
    newer = deepcopy(vector["envelope"])
    # The token belongs to another event, so it would not open.
    newer["data"].pop("contact")
    newer["id"], newer["sequence"] = "newer", "9" * 40 + ".0000"
    subject.batch([record(newer)])
    subject.batch([record(vector["envelope"])])
    subject.batch([record(vector["envelope"])])
    assert [line["outcome"] for line in log] == ["done", "stale", "duplicate"]
    assert table.outbox() == []


def test_an_equal_sequence_with_an_unseen_id_is_new(vector, table):
    log = []
    subject = consumer(vector, table, log)
    other = deepcopy(vector["envelope"])
    other["data"].pop("contact")
    other["id"] = "other"
    subject.batch([record(vector["envelope"])])
    subject.batch([record(other)])
    subject.batch([record(vector["envelope"])])
    assert [line["outcome"] for line in log] == ["done", "done", "duplicate"]


def test_sequences_of_different_categories_are_not_compared(vector, table):
    log = []
    subject = consumer(vector, table, log)
    other = deepcopy(vector["envelope"])
    other["data"].pop("contact")
    other["id"], other["sequence"] = "other", "9" * 40 + ".0000"
    other["dataschema"] = "urn:user-events:schemas/profile/UserProfileUpdatedEventV1.json"
    subject.batch([record(other)])
    subject.batch([record(vector["envelope"])])
    assert [line["outcome"] for line in log] == ["done", "done"]


def test_a_class_that_is_not_granted_is_not_a_failure(vector, table):
    log = []
    assert consumer(vector, table, log, granted=[]).batch([record(vector["envelope"])]) == {"batchItemFailures": []}
    assert log[0]["denied"] == ["contact"] and log[0]["outcome"] == "done"
    assert table.outbox() == []


def test_many_events_under_one_data_key_ask_kms_once(vector):
    kms, now = Kms(vector["key"]), [0.0]
    opener = Opener(kms, max_age=300, clock=lambda: now[0])
    for _ in range(100):
        assert opener.open(vector["envelope"], "contact") == vector["opened"]
    assert len(kms.calls) == 1
    assert kms.calls[0]["EncryptionContext"] == {"app": "user-events", "class": "contact"}
    now[0] = 301
    opener.open(vector["envelope"], "contact")
    assert len(kms.calls) == 2, "an expired key is not used"


def test_a_denial_is_cached_for_a_while_and_then_checked_again(vector):
    kms, now = Kms(vector["key"], granted=[]), [0.0]
    opener = Opener(kms, max_denial_age=30, clock=lambda: now[0])
    assert [opener.open(vector["envelope"], "contact") for _ in range(3)] == [NOT_GRANTED] * 3
    assert len(kms.calls) == 1
    kms.granted, now[0] = ["contact"], 31.0
    assert opener.open(vector["envelope"], "contact") == vector["opened"]


def test_the_cache_of_keys_is_bounded(vector):
    kms = Kms(vector["key"])
    opener = Opener(kms, max_keys=2)
    for place in range(5):
        event = deepcopy(vector["envelope"])
        event["data"]["contact"]["dataKey"] = base64.b64encode(bytes([place])).decode()
        opener.open(event, "contact")
    assert len(opener._keys) == 2


def test_an_error_of_kms_is_a_failure_that_is_tried_again(vector, table):
    class Down:
        def decrypt(self, **_):
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "Decrypt")

    subject = Consumer("welcome", Down(), table, "inbox", [].append)
    assert subject.batch([record(vector["envelope"])])["batchItemFailures"] == [{"itemIdentifier": "m1"}]
    assert table.items == {}


def test_a_failed_write_leaves_no_claim_behind(vector, table):
    log = []
    subject = consumer(vector, table, log)
    table.down = True
    assert subject.batch([record(vector["envelope"])])["batchItemFailures"] == [{"itemIdentifier": "m1"}]
    table.down = False
    subject.batch([record(vector["envelope"])])
    assert log[-1]["outcome"] == "done" and len(table.outbox()) == 1


def batch_of(messages, queue):
    return [{"messageId": m, "body": m, "attributes": {"MessageGroupId": g}, "eventSourceARN": queue} for m, g in messages]


def test_a_fifo_group_stops_at_its_first_failure_and_the_others_continue():
    handled = []

    def handle(message):
        if message["body"] == "a2":
            raise RuntimeError
        handled.append(message["body"])

    messages = [("a1", "a"), ("b1", "b"), ("a2", "a"), ("b2", "b"), ("a3", "a")]
    result = answer(batch_of(messages, FIFO), handle, lambda *_: None)
    assert handled == ["a1", "b1", "b2"]
    assert [failure["itemIdentifier"] for failure in result["batchItemFailures"]] == ["a2", "a3"]


def test_in_a_standard_queue_each_message_is_handled_independently():
    handled = []

    def handle(message):
        if message["body"] == "a1":
            raise RuntimeError
        handled.append(message["body"])

    result = answer(batch_of([("a1", "a"), ("a2", "a")], FIFO.removesuffix(".fifo")), handle, lambda *_: None)
    assert handled == ["a2"] and len(result["batchItemFailures"]) == 1


@pytest.mark.parametrize("body", ["hello", "[]", "{}", '{"specversion":"1.0","id":7}'])
def test_a_message_that_is_not_an_event_fails_alone(body, vector, table):
    with pytest.raises(NotAnEvent):
        read(body)
    log = []
    records = [record(body, "bad", FIFO.removesuffix(".fifo")), record(vector["envelope"], "good", FIFO)]
    result = consumer(vector, table, log).batch(records)
    assert result == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert "hello" not in json.dumps(log), "the log does not quote the body"


def test_an_event_wrapped_by_sns_is_the_same_event(vector):
    wrapped = json.dumps({"Type": "Notification", "Message": json.dumps(vector["envelope"])})
    assert read(wrapped) == vector["envelope"]


def test_an_unknown_event_type_is_not_a_failure(vector, table):
    log = []
    event = {**vector["envelope"], "type": "SomethingNewEventV1"}
    assert consumer(vector, table, log).batch([record(event)]) == {"batchItemFailures": []}
    assert table.outbox() == [] and log[0]["outcome"] == "done"
