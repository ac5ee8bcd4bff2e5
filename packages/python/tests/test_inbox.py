"""Effects in one transaction with the record of their event, in memory and on moto."""

import hashlib
import json
from typing import Any

import pytest
from conftest import row
from sealing import body, document, event_id, seal
from support import ROWS, Clock, client_error, event, inbox, put, shared
from table_fake import Table

from user_events_consumer import Inbox, InProgress, OtherContent, Outcome, Refused, Retry, read_event
from user_events_consumer.content import fingerprint


def test_an_effect_happens_once(tables: Any) -> None:
    subject = inbox(tables)
    assert subject.commit(event(), [put("first")]) is Outcome.DONE
    assert subject.commit(event(), [put("second")]) is Outcome.DUPLICATE
    assert row(tables, "first", "EFFECT")
    assert row(tables, "second", "EFFECT") is None


def test_the_rows_are_those_of_every_language(tables: Any) -> None:
    inbox(tables).commit(event(), [])
    now = 1_772_366_400
    assert row(tables, f"CONSUMER#welcome#EVENT#{event_id(1)}", "INBOX") == {
        "pk": {"S": f"CONSUMER#welcome#EVENT#{event_id(1)}"},
        "sk": {"S": "INBOX"},
        "state": {"S": "COMPLETED"},
        "completedAt": {"N": f"{now}000"},
        "content": {"S": fingerprint(event())},
        "ttl": {"N": str(now + 60 * 86_400)},
    }
    assert row(tables, "CONSUMER#welcome#LANE#users/user-1", "SEQUENCE#account#/user-service") == {
        "pk": {"S": "CONSUMER#welcome#LANE#users/user-1"},
        "sk": {"S": "SEQUENCE#account#/user-service"},
        "sequence": {"S": f"{1:040}.0000"},
        "ttl": {"N": str(now + 90 * 86_400)},
    }


def test_a_late_event_is_stale_and_later_a_duplicate(tables: Any) -> None:
    subject = inbox(tables)
    assert subject.commit(event(3), []) is Outcome.DONE
    assert subject.commit(event(1), [put("late")]) is Outcome.STALE
    assert subject.commit(event(1), [put("late")]) is Outcome.DUPLICATE
    assert row(tables, "late", "EFFECT") is None
    assert subject.commit(event(4, place=3), [put("equal")]) is Outcome.DONE


def test_the_same_id_with_another_content_is_no_duplicate(tables: Any) -> None:
    subject = inbox(tables)
    subject.commit(event(), [])
    again = document()
    again["data"]["contact"] = seal({"email": "other@example.com"}, f"{event_id(1)}/contact")
    assert subject.commit(read_event(body(again)), []) is Outcome.DUPLICATE, "it was sealed again"
    again["data"]["status"] = "LOCKED"
    with pytest.raises(OtherContent):
        subject.commit(read_event(body(again)), [])


def test_a_row_without_content_is_a_duplicate(tables: Any) -> None:
    item = ROWS.record(event(), 1)["Item"]
    del item["content"]
    tables.put_item(TableName="inbox", Item=item)
    assert inbox(tables).commit(event(), []) is Outcome.DUPLICATE


def test_a_claim_that_lives_is_a_retry_until_it_ends(tables: Any) -> None:
    clock = Clock()
    until = int(clock.now * 1_000) + 30_000
    tables.put_item(**ROWS.claim(event(), "another", until, int(clock.now * 1_000)))
    with pytest.raises(InProgress) as error:
        inbox(tables, clock).commit(event(), [put("effect")])
    assert error.value.until is not None
    assert error.value.until.timestamp() * 1_000 == until
    clock.now += 29.999
    with pytest.raises(InProgress):
        inbox(tables, clock).commit(event(), [])
    clock.now += 0.001
    assert inbox(tables, clock).commit(event(), [put("effect")]) is Outcome.DONE
    assert row(tables, "effect", "EFFECT")


def test_a_claim_that_ended_is_not_taken_for_another_content(tables: Any) -> None:
    clock = Clock()
    tables.put_item(**ROWS.claim(event(), "another", 1, 0))
    with pytest.raises(OtherContent):
        inbox(tables, clock).commit(event(type="UserDeletedEventV1"), [])


def test_an_effect_with_a_condition_that_fails_is_a_retry_and_records_nothing(tables: Any) -> None:
    tables.put_item(**put("taken")["Put"])
    effect = put("taken")
    effect["Put"]["ConditionExpression"] = "attribute_not_exists(pk)"
    with pytest.raises(Retry, match="effect-condition"):
        inbox(tables).commit(event(), [effect])
    assert inbox(tables).commit(event(), []) is Outcome.DONE


class Conflicting(Table):
    """Refuses the first transactions with these reasons."""

    def __init__(self, *answers: list[str]):
        super().__init__()
        self.answers = list(answers)

    def transact_write_items(self, *, TransactItems: list[Any]) -> dict[str, Any]:  # noqa: N803
        if self.answers:
            reasons = [{"Code": code} for code in self.answers.pop(0)]
            raise client_error("TransactionCanceledException", CancellationReasons=reasons)
        return super().transact_write_items(TransactItems=TransactItems)


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_busy_table_is_tried_again_in_place_with_growing_pauses(code: str) -> None:
    pauses: list[float] = []
    table = Conflicting(*[["None", code]] * 5)
    subject = Inbox(table, "inbox", "welcome", sleep=pauses.append)
    assert subject.commit(event(), [put("effect")]) is Outcome.DONE
    assert len(pauses) == 5
    assert all(0 <= pause <= 0.05 * 2**place for place, pause in enumerate(pauses))


def test_the_sixth_conflict_is_a_retry() -> None:
    table = Conflicting(*[["None", "TransactionConflict"]] * 6)
    with pytest.raises(Retry, match="TransactionConflict"):
        inbox(table).commit(event(), [])
    assert not table.answers
    assert not table.items


def test_a_failed_condition_counts_before_a_conflict() -> None:
    with pytest.raises(Retry, match="effect-condition"):
        inbox(Conflicting(["None", "TransactionConflict", "ConditionalCheckFailed"])).commit(event(), [put("effect")])


def test_another_cancellation_is_a_retry_at_once() -> None:
    with pytest.raises(Retry, match="TransactionCanceledException"):
        inbox(Conflicting(["None", "ItemCollectionSizeLimitExceeded"])).commit(event(), [])


def limited(effects: list[dict[str, Any]]) -> bool:
    """Whether these effects are over a limit; then nothing was sent."""
    table = Table()
    try:
        inbox(table).commit(event(), effects)
    except Refused as refused:
        return refused.reason == "limits" and not table.items
    return False


def test_items_and_sizes_are_allowed_up_to_the_limits_of_dynamodb() -> None:
    assert not limited([put(str(place)) for place in range(98)])
    assert limited([put(str(place)) for place in range(99)])
    assert not limited([put("é" * 1_024)])
    assert limited([put("é" * 1_024 + "x")])
    effect = put("a")
    effect["Put"]["Item"]["sk"] = {"S": "x" * 1_024}
    assert not limited([effect])
    effect["Put"]["Item"]["sk"] = {"S": "x" * 1_025}
    assert limited([effect])
    # Names and values of the keys have 2 + 1 + 2 + 6 bytes, the name of the attribute 1.
    rest = 400 * 1_024 - 12
    assert not limited([put("a", x={"S": "x" * rest})])
    assert limited([put("a", x={"S": "x" * (rest + 1)})])
    tenth = {"S": "x" * (390 * 1_024)}
    assert not limited([put(str(place), x=tenth) for place in range(10)])
    assert limited([put(str(place), x=tenth) for place in range(11)])


def test_the_new_values_of_an_update_and_nested_values_count() -> None:
    large = {"L": [{"M": {"a": {"S": "x" * 300_000}, "b": {"B": b"x" * 150_000}}}, {"BOOL": True}]}
    assert limited([put("a", x=large)])
    update = {
        "TableName": "inbox",
        "Key": {"pk": {"S": "a"}, "sk": {"S": "b"}},
        "UpdateExpression": "SET x = :x",
        "ExpressionAttributeValues": {":x": {"SS": ["x" * 300_000, "y" * 150_000]}},
    }
    assert limited([{"Update": update}])


def test_settings_out_of_bounds_are_refused() -> None:
    for name in ("", "a" * 65, "a#b", "wélcome", "a\n"):
        with pytest.raises(ValueError, match="consumer"):
            Inbox(Table(), "inbox", name)
    for settings in ({"lease_seconds": 0.9}, {"lease_seconds": 43_201}, {"keep_days": 59}):
        with pytest.raises(ValueError, match=next(iter(settings))):
            inbox(Table(), **settings)
    assert inbox(Table(), lease_seconds=1, keep_days=60)


def test_the_fingerprint_is_that_of_the_canonical_form() -> None:
    made = document()
    # The digest of this text was made without the library.
    text = (
        '{"data":{"contact":"sealed","registeredAt":"2026-03-01T12:00:00.000Z","status":"ACTIVE","userId":"user-1"},'
        f'"sequence":"{made["sequence"]}","source":"/user-service","subject":"users/user-1",'
        '"type":"UserRegisteredEventV1"}'
    )
    assert fingerprint(read_event(body(made))) == hashlib.sha256(text.encode()).hexdigest()


def test_the_fingerprint_is_the_one_of_the_other_languages() -> None:
    messages = {name: message for name, message in shared("behaviour/events.json").items() if "content" in message}
    assert len(messages) > 10
    for name, message in messages.items():
        assert fingerprint(read_event(message["body"])) == message["content"], name


def test_numbers_and_names_have_their_canonical_form() -> None:
    made = document()
    text = json.dumps(made).replace(
        '"status": "ACTIVE"', '"n":[1.0,1e21,9007199254740993,-0.0,1e-7,4.50],"\\u20ac":"\\u00e9","\\ud83d\\ude00":1'
    )
    same = json.dumps(made).replace(
        '"status": "ACTIVE"', '"😀":1.0,"€":"é","n":[1,1000000000000000000000,9007199254740992,0,0.0000001,4.5]'
    )
    assert fingerprint(read_event(text)) == fingerprint(read_event(same))
    assert fingerprint(read_event(text)) != fingerprint(read_event(text.replace("4.50", "4.51")))
