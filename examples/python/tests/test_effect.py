"""What the subscriber does with an event. The library tests everything else."""

import json
from typing import Any

import pytest
from subscriber.effect import effects
from user_events_consumer import ERASED, NOT_GRANTED, OpenableEvent, Refused, read_event
from user_events_consumer.events import UserAccountSnapshotEventV1

ID = "3057899a-a0ed-5ba6-918d-2fa680f6def6"
DATA = {"userId": "user-1", "status": "PENDING_VERIFICATION", "registeredAt": "2026-03-01T12:00:00.000Z"}


class Opens:
    """Opens every class to the same content."""

    def __init__(self, content: Any):
        self._content = content

    def open(self, event: Any, class_name: str) -> Any:
        assert class_name == "contact"
        return self._content


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INBOX_TABLE", "welcome-inbox")


def event(
    content: Any, event_type: str = "UserRegisteredEventV1", data: dict[str, Any] = DATA, **members: Any
) -> OpenableEvent:
    """An event of one user, with this content of the class `contact`."""
    document = {
        "specversion": "1.0",
        "id": ID,
        "source": "/user-service",
        "type": event_type,
        "subject": "users/user-1",
        "sequence": "0000000000004421584500000000017450439091.0000",
        "data": data,
        **members,
    }
    return OpenableEvent.from_event(read_event(json.dumps(document)), Opens(content))


def test_a_registration_becomes_a_row_of_the_outbox() -> None:
    row = {
        "pk": {"S": "OUTBOX"},
        "sk": {"S": "WELCOME#user-1"},
        "userId": {"S": "user-1"},
        "email": {"S": "ada@example.com"},
        "locale": {"S": "en-GB"},
    }
    registered = event({"email": "ada@example.com"}, data={**DATA, "locale": "en-GB"})
    put = {"TableName": "welcome-inbox", "Item": row, "ConditionExpression": "attribute_not_exists(erasedAt)"}
    assert effects(registered) == [{"Put": put}]


def test_an_erasure_puts_a_marker_in_the_place_of_the_row() -> None:
    erased = event(None, "UserErasedEventV1", {"userId": "user-1", "erasedAt": "2026-03-01T12:50:00.000Z"})
    (registered,) = effects(event({"email": "ada@example.com"}))
    (effect,) = effects(erased)
    marker = {name: registered["Put"]["Item"][name] for name in ("pk", "sk")}
    marker["erasedAt"] = {"S": "2026-03-01T12:50:00.000Z"}
    assert effect == {"Put": {"TableName": "welcome-inbox", "Item": marker}}


def test_a_registration_without_a_locale_is_a_row_without_one() -> None:
    (effect,) = effects(event({"email": "ada@example.com"}))
    assert "locale" not in effect["Put"]["Item"]


@pytest.mark.parametrize("content", [None, NOT_GRANTED, ERASED, {}, {"phoneNumber": "+1-202-555-0100"}])
def test_without_an_e_mail_address_nothing_is_written(content: Any) -> None:
    assert effects(event(content)) == []


def test_other_types_cause_nothing() -> None:
    assert effects(event({"email": "ada@example.com"}, "SomethingNewEventV1")) == []


def test_a_user_of_a_snapshot_gets_no_mail() -> None:
    state = {**DATA, "updatedAt": "2026-03-01T12:00:00.000Z"}
    before_all = f"{0:040}.0000"
    made = event(
        {"email": "ada@example.com"}, "UserAccountSnapshotEventV1", state, snapshotrun="run-1", sequence=before_all
    )
    assert made.read(UserAccountSnapshotEventV1) == state
    assert effects(made) == []


def test_data_that_does_not_fit_its_type_is_refused() -> None:
    with pytest.raises(Refused):
        effects(event({"email": "ada@example.com"}, data={"userId": "user-1"}))
