"""Reads an event from the body of a message."""

import builtins
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

from .errors import Refused
from .fit import fit
from .strict_json import NotStrict, parse_object

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SOURCE = re.compile(r"[!-~]{1,256}")
_TYPE = re.compile(r"[A-Za-z0-9]{1,128}")
_SEQUENCE = re.compile(r"[0-9]{40}\.[0-9]{4}")
_PARTITION_KEY = re.compile(r"[!-~]{1,128}")
_CATEGORY = re.compile(r"[a-z][a-z0-9-]{0,63}")
_SNAPSHOT_RUN = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_BEFORE_ALL = f"{0:040}.{0:04}"
_MAX_SUBJECT_BYTES = 4_096
_OPTIONAL = (
    "dataschema",
    "time",
    "recordedtime",
    "correlationid",
    "causationid",
    "traceparent",
    "initiator",
    "initiatortype",
)
_USERS = "users/"

Data = TypeVar("Data")


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event as it was received. Its classes of personal data are still sealed.

    The representation shows only its type and id.
    """

    id: str
    """A UUID. The same event has it in every delivery."""
    source: str = field(repr=False)
    type: str
    """The type with its version, such as `UserRegisteredEventV1`."""
    subject: str = field(repr=False)
    """Whom or what the event is about, such as `users/<userId>`."""
    sequence: str = field(repr=False)
    """40 digits, a dot and 4 digits. Text order is the order of a subject's changes within one category."""
    partition_key: str = field(repr=False)
    """The key of the order, 1 to 128 characters: the message group of a FIFO queue."""
    category: str = field(repr=False)
    """The topic that the event was published to, such as `account`; empty if the event does not say."""
    data: Mapping[str, Any] = field(repr=False)
    """The data, with sealed classes. `read` returns it as its type."""
    dataschema: str | None = field(default=None, repr=False)
    time: str | None = field(default=None, repr=False)
    """When the change happened, by the writer's clock; RFC 3339."""
    recordedtime: str | None = field(default=None, repr=False)
    """When DynamoDB recorded the change; RFC 3339."""
    correlationid: str | None = field(default=None, repr=False)
    causationid: str | None = field(default=None, repr=False)
    traceparent: str | None = field(default=None, repr=False)
    """The trace of the change, as W3C Trace Context has it."""
    initiator: str | None = field(default=None, repr=False)
    initiatortype: str | None = field(default=None, repr=False)
    snapshotrun: str | None = field(default=None, repr=False)
    """The run of `user-events backfill` that sent the event; `None` for an event of a change. Such an event says what a
    row is like, not what changed: store it whole.
    """
    is_test: bool = field(default=False, repr=False)
    """Whether somebody marked the event as a test, by the message attribute `test`."""

    def read(self, data_type: "builtins.type[Data]") -> Data | None:
        """The data as one of the types of `user_events_consumer.events`; `None` if the event is of another type.

        Raises `Refused` with the reason `does-not-fit` if a member is missing or has another type than the schema says.
        Members that the type does not know are kept.
        """
        if data_type.__name__ != self.type:
            return None
        return fit(dict(self.data), data_type)


def read_event(body: str, attributes: Mapping[str, str] | None = None) -> Event:
    """The event in the body of an SQS message, raw or wrapped by SNS. `attributes` are its message attributes.

    Raises `Refused` with the reason `not-an-event` for everything that the publisher never writes.
    """
    document = _parse(body)
    attributes = attributes or {}
    if document.get("Type") == "Notification":
        attributes = {**attributes, **_wrapped_attributes(document)}
        message = document.get("Message")
        if not isinstance(message, str):
            raise _not_an_event("`Message` is not a string")
        document = _parse(message)
    return _event(document, attributes)


def _event(document: dict[str, Any], attributes: Mapping[str, str]) -> Event:
    if document.get("specversion") != "1.0":
        raise _not_an_event("`specversion` is not 1.0")
    data = document.get("data")
    if not isinstance(data, dict):
        raise _not_an_event("`data` is not an object")
    subject = _subject(document)
    _check_user(subject, data)
    optional = {name: _optional(document, name) for name in _OPTIONAL}
    return Event(
        id=_required(document, "id", _ID),
        source=_required(document, "source", _SOURCE),
        type=_required(document, "type", _TYPE),
        subject=subject,
        sequence=_required(document, "sequence", _SEQUENCE),
        partition_key=_partition_key(document, subject),
        category=_category(optional["dataschema"], attributes),
        data=MappingProxyType(data),
        snapshotrun=_snapshot_run(document),
        is_test=attributes.get("test") == "true",
        **optional,
    )


def _parse(text: str) -> dict[str, Any]:
    try:
        return parse_object(text)
    except NotStrict as error:
        raise _not_an_event(str(error)) from None


def _required(document: dict[str, Any], name: str, form: re.Pattern[str]) -> str:
    value = document.get(name)
    if not isinstance(value, str) or form.fullmatch(value) is None:
        raise _not_an_event(f"`{name}` is missing or not in its form")
    return value


def _optional(document: dict[str, Any], name: str) -> str | None:
    value = document.get(name)
    if value is not None and not isinstance(value, str):
        raise _not_an_event(f"`{name}` is not a string")
    return value


def _subject(document: dict[str, Any]) -> str:
    subject = document.get("subject")
    if not isinstance(subject, str) or not 1 <= len(subject.encode()) <= _MAX_SUBJECT_BYTES:
        raise _not_an_event(f"`subject` is not a string of 1 to {_MAX_SUBJECT_BYTES} bytes")
    return subject


def _check_user(subject: str, data: dict[str, Any]) -> None:
    if subject.startswith(_USERS) and data.get("userId") != subject[len(_USERS) :]:
        raise _not_an_event("`data.userId` is not the user of `subject`")


def _snapshot_run(document: dict[str, Any]) -> str | None:
    if document.get("snapshotrun") is None:
        return None
    if document.get("sequence") != _BEFORE_ALL:
        raise _not_an_event("`sequence` of an event with `snapshotrun` is not all zeros")
    return _required(document, "snapshotrun", _SNAPSHOT_RUN)


def _partition_key(document: dict[str, Any], subject: str) -> str:
    if document.get("partitionkey") is not None:
        return _required(document, "partitionkey", _PARTITION_KEY)
    if _PARTITION_KEY.fullmatch(subject) is None:
        raise _not_an_event("`partitionkey` is missing, and `subject` cannot replace it")
    return subject


def _category(schema: str | None, attributes: Mapping[str, str]) -> str:
    for candidate in (_last_folder(schema or ""), attributes.get("category", "")):
        if _CATEGORY.fullmatch(candidate):
            return candidate
    return ""


def _last_folder(schema: str) -> str:
    folders, _, _ = schema.rpartition("/")
    return folders[max(folders.rfind("/"), folders.rfind(":")) + 1 :]


def _wrapped_attributes(notification: dict[str, Any]) -> dict[str, str]:
    """The message attributes that SNS puts into the body when the delivery is not raw."""
    wrapped = notification.get("MessageAttributes")
    if not isinstance(wrapped, dict):
        return {}
    values = {name: entry.get("Value") for name, entry in wrapped.items() if isinstance(entry, dict)}
    return {name: value for name, value in values.items() if isinstance(value, str)}


def _not_an_event(why: str) -> Refused:
    return Refused("not-an-event", why)
