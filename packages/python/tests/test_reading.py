"""From a body to an event: what is refused, and what is read."""

import json
from typing import Any

import pytest
from sealing import body, document, event_id, wrapped

from user_events_consumer import Refused, read_event
from user_events_consumer.events import EVENT_TYPES, UserDeletedEventV1, UserLoginFailedEventV1, UserRegisteredEventV1
from user_events_consumer.strict_json import MAX_BYTES, NotStrict, parse_object, parse_object_bytes


def with_data(text: str) -> str:
    """An event with this text as a member of its data."""
    return body(document()).replace('"status"', f'"extra":{text},"status"', 1)


def without(name: str) -> dict[str, Any]:
    """An event without a member."""
    event = document()
    del event[name]
    return event


def with_user(user: Any, subject: str = "users/user-1") -> dict[str, Any]:
    """An event with this `data.userId`."""
    event = document(subject=subject)
    event["data"]["userId"] = user
    return event


def nested(depth: int) -> str:
    """An object that is nested this deep."""
    return '{"a":' * depth + "1" + "}" * depth


REFUSED = {
    "no JSON": "hello",
    "nothing": "",
    "an array": "[]",
    "an object without members": "{}",
    "a byte order mark": "\ufeff" + body(document()),
    "text behind the object": body(document()) + "x",
    "a second object": body(document()) + "{}",
    "NaN": with_data("NaN"),
    "Infinity": with_data("-Infinity"),
    "a number over all floats": with_data("1e400"),
    "an integer over all floats": with_data("1" + "0" * 309),
    "an integer of 5,000 digits": with_data("1" * 5_000),
    "a leading zero": with_data("01"),
    "digits of another script": with_data("\u0661"),
    "a control character in a string": with_data('"\x01"'),
    "a member twice": body(document()).replace('"specversion"', '"id":"x","specversion"', 1),
    "a member twice behind an escape": body(document()).replace('"specversion"', '"\\u0069d":"x","specversion"', 1),
    "a member twice deep inside": with_data('[{"b":1,"b":1}]'),
    "an unpaired surrogate escape": with_data('"\\ud800"'),
    "an unpaired surrogate escape in capitals": with_data('"\\uDFFF"'),
    "an unpaired surrogate in a name": with_data('{"\\udc00":1}'),
    "an unpaired surrogate": with_data('"\ud800"'),
    "nested too deep": with_data("[" * 31 + "]" * 31),
    "nested far too deep": with_data("[" * 100_000),
    "quotes without an end": with_data('"' + '\\"' * 200_000 + "{" * 40),
    "specversion": body(document(specversion="0.3")),
    "specversion as a number": body(document(specversion=1.0)),
    "an id in capitals": body(document(id=event_id(171).upper())),
    "an id with a line feed": body(document(id=event_id(1) + "\n")),
    "an id as a number": body(document(id=7)),
    "a source with a space": body(document(source="user service")),
    "a source of 257 characters": body(document(source="s" * 257)),
    "no source": body(document(source="")),
    "a type with a hyphen": body(document(type="User-Registered")),
    "a type of 129 characters": body(document(type="T" * 129)),
    "a type with a letter beyond ASCII": body(document(type="UserRegisterédEventV1")),
    "a sequence of 39 digits": body(document(sequence="0" * 39 + ".0000")),
    "a sequence of digits of another script": body(document(sequence="\u0660" * 40 + ".0000")),
    "a sequence with a line feed": body(document(sequence="0" * 40 + ".0000\n")),
    "a subject over 4,096 bytes": body(document(subject="é" * 2_049, partitionkey="p")),
    "an empty subject": body(document(subject="", partitionkey="p")),
    "a partition key with a space": body(document(partitionkey="a b")),
    "a partition key of 129 characters": body(document(partitionkey="p" * 129)),
    "an empty partition key": body(document(partitionkey="")),
    "a partition key as a number": body(document(partitionkey=7)),
    "no partition key beside a subject that is none": body({**without("partitionkey"), "subject": "a b"}),
    "data as an array": body(document(data=[])),
    "no data": body(document(data=None)),
    "a required member that is null": body(document(id=None)),
    "a time as a number": body(document(time=1)),
    "another user": body(with_user("user-2")),
    "no user": body(document(data={})),
    "a user as a number": body(with_user(1, "users/1")),
    "a wrapped body without a message": json.dumps({"Type": "Notification"}),
    "a wrapped object": json.dumps({"Type": "Notification", "Message": document()}),
    "wrapped twice": json.dumps({"Type": "Notification", "Message": wrapped(document())}),
    "wrapped with a member twice": wrapped(document()).replace('"Type"', '"Type":"x","Type"', 1),
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_what_the_publisher_never_writes_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        read_event(text)
    assert refused.value.reason == "not-an-event"
    assert "user-1" not in str(refused.value), "no error quotes a value"


@pytest.mark.parametrize(
    "name", ["id", "source", "type", "subject", "sequence", "data", "specversion"], ids=lambda name: str(name)
)
def test_a_missing_member_is_named(name: str) -> None:
    with pytest.raises(Refused, match=f"`{name}`"):
        read_event(body(without(name)))


def test_an_event_has_its_members() -> None:
    event = read_event(body(document(7, user="ü", time="2026-03-01T12:00:00.000Z", partitionkey="p", unknown=[1])))
    assert (event.id, event.type, event.subject) == (event_id(7), "UserRegisteredEventV1", "users/ü")
    assert (event.partition_key, event.category, event.source) == ("p", "account", "/user-service")
    assert (event.time, event.traceparent, event.is_test) == ("2026-03-01T12:00:00.000Z", None, False)
    assert "ü" not in repr(event), "a representation may be logged"


def test_an_event_cannot_be_changed() -> None:
    event = read_event(body(document()))
    with pytest.raises(AttributeError):
        event.id = event_id(2)  # type: ignore[misc]
    with pytest.raises(TypeError):
        event.data["userId"] = "user-2"  # type: ignore[index]


def test_an_optional_member_may_be_null() -> None:
    event = read_event(body(document(time=None, partitionkey=None, dataschema=None, initiator=None)))
    assert (event.time, event.partition_key, event.category) == (None, "users/user-1", "")


def test_an_event_wrapped_by_sns_is_the_same_event() -> None:
    assert read_event(wrapped(document())) == read_event(body(document()))
    assert read_event(body(document(Type="other"))) == read_event(body(document()))


def test_depth_and_size_are_allowed_up_to_their_limits() -> None:
    assert parse_object(nested(32))
    with pytest.raises(NotStrict):
        parse_object(nested(33))
    assert read_event(with_data("[" * 30 + "]" * 30))
    empty = len('{"a":""}')
    assert parse_object('{"a":"' + "é" * ((MAX_BYTES - empty) // 2) + '"}')
    with pytest.raises(NotStrict):
        parse_object('{"a":"' + "é" * ((MAX_BYTES - empty) // 2 + 1) + '"}')


def test_brackets_in_strings_do_not_count_as_depth() -> None:
    assert parse_object('{"a":"' + "[{" * 50 + '\\"[[[","b":[]}')


def test_the_largest_float_is_a_number_and_pairs_of_surrogates_are_text() -> None:
    largest = "17976931348623157" + "0" * 292
    assert parse_object(f'{{"a":{largest},"b":1.7976931348623157e308,"c":"\\ud83d\\ude00"}}')["c"] == "😀"


@pytest.mark.parametrize("content", [b"\xff\xfe{\x00}\x00", b'{"a":"\xed\xa0\x80"}', b"\xef\xbb\xbf{}", b"[]", b""])
def test_content_is_an_object_in_strict_utf_8(content: bytes) -> None:
    with pytest.raises(NotStrict):
        parse_object_bytes(content)


@pytest.mark.parametrize(
    ("schema", "attribute", "category"),
    [
        ("urn:user-events:schemas/account/UserRegisteredEventV1.json", "profile", "account"),
        ("urn:user-events:profile/X.json", None, "profile"),
        ("urn:user-events:schemas/Account/X.json", "profile", "profile"),
        ("urn:user-events:schemas//X.json", "profile", "profile"),
        ("X.json", "profile", "profile"),
        (None, "profile", "profile"),
        (None, "Pro#file", ""),
        (f"x/{'a' * 64}/y", None, "a" * 64),
        (f"x/{'a' * 65}/y", None, ""),
        ("x/account\n/y", None, ""),
        (None, None, ""),
    ],
)
def test_the_category_is_the_last_folder_of_the_schema_or_an_attribute(
    schema: str | None, attribute: str | None, category: str
) -> None:
    attributes = {"category": attribute} if attribute else {}
    assert read_event(body(document(dataschema=schema)), attributes).category == category


def test_attributes_are_read_from_what_sns_wrapped_too() -> None:
    attributes = {"test": {"Type": "String", "Value": "true"}, "category": {"Type": "String", "Value": "profile"}}
    event = read_event(wrapped(document(dataschema=None), MessageAttributes=attributes))
    assert (event.is_test, event.category) == (True, "profile")


def test_data_is_read_as_its_type() -> None:
    event = read_event(body(document()))
    registered = event.read(UserRegisteredEventV1)
    assert registered is not None
    assert registered["userId"] == "user-1"
    assert event.read(UserDeletedEventV1) is None


@pytest.mark.parametrize(
    ("member", "value"),
    [("status", None), ("status", 7), ("emailVerified", "yes"), ("emailVerified", 1), ("locale", ["en"])],
)
def test_data_that_does_not_fit_its_type_is_refused(member: str, value: Any) -> None:
    event = document()
    event["data"][member] = value
    with pytest.raises(Refused, match=f"`{member}`") as refused:
        read_event(body(event)).read(UserRegisteredEventV1)
    assert refused.value.reason == "does-not-fit"


@pytest.mark.parametrize(("failures", "fits"), [(3, True), (True, False), (3.0, False), ("3", False)])
def test_a_number_is_not_a_boolean(failures: Any, fits: bool) -> None:
    data = {
        "attemptId": "attempt-1",
        "failureReason": "UNKNOWN_USER",
        "attemptedAt": "2026-03-01T12:00:00.000Z",
        "consecutiveFailures": failures,
    }
    event = read_event(body(document(type="UserLoginFailedEventV1", subject="attempts/attempt-1", data=data)))
    if fits:
        assert event.read(UserLoginFailedEventV1) == data
        return
    with pytest.raises(Refused, match="`consecutiveFailures`"):
        event.read(UserLoginFailedEventV1)


def test_an_optional_member_of_the_data_may_be_null_and_is_left_out() -> None:
    event = document()
    event["data"] |= {"locale": None, "later": None, "registrationMethod": "PASSWORD"}
    registered = read_event(body(event)).read(UserRegisteredEventV1)
    assert registered is not None
    assert "locale" not in registered
    assert "later" in registered


def test_there_is_a_type_for_every_event() -> None:
    from user_events_consumer import events

    for name in EVENT_TYPES:
        shape = getattr(events, name)
        assert read_event(body(document(type=name, data={"userId": "user-1", "n": 1}))).type == name
        assert shape.__required_keys__, name
