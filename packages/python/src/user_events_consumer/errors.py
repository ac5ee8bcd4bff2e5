"""Why an event was not handled, and what becomes of its message. No message of an error quotes an event."""

import re
from datetime import datetime
from typing import ClassVar

_REASON = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class SetAside(Exception):  # noqa: N818 -- it names what becomes of the message, not a fault
    """No retry can help: the message goes to the dead-letter queue with this reason, and its group goes on.

    A handler raises it for an event that it can never handle. `reason` is a name such as `no-such-country`: 1 to 64
    ASCII letters, digits, dots, underscores and hyphens, the first of them a letter or digit. It becomes an attribute
    of the message and is logged, so it must not hold a value of the event.

    Raises `ValueError` for another reason.
    """

    metric: ClassVar[str | None] = None
    """The metric that counts it besides `SetAside`."""

    def __init__(self, reason: str):
        if _REASON.fullmatch(reason) is None:
            raise ValueError("`reason` must be 1 to 64 ASCII letters, digits, dots, underscores and hyphens")
        super().__init__(reason)
        self.reason = reason


class Refused(SetAside):
    """The library refuses the event. `reason` is one of those in docs/reading.md, *Reasons*."""

    def __init__(self, reason: str, why: str):
        super().__init__(reason)
        self.why = why

    def __str__(self) -> str:
        return f"{self.reason}: {self.why}"


class OtherContent(Refused):
    """An event with this id and another content was handled before."""

    metric = "OtherContent"

    def __init__(self) -> None:
        super().__init__("other-content", "an event with this `id` and another content was handled before")


class Retry(Exception):  # noqa: N818 -- it names what becomes of the message, not a fault
    """The event may be handled later: the message returns to the queue, and the rest of its group waits behind it.

    `until` is the earliest time that makes sense, with a time zone; the message is hidden until then. `reason` is
    logged, so it must not hold a value of the event.

    Raises `ValueError` if `until` has no time zone.
    """

    metric: ClassVar[str | None] = None
    """The metric that counts it."""

    def __init__(self, reason: str = "retry", *, until: datetime | None = None):
        if until is not None and until.tzinfo is None:
            raise ValueError("`until` must have a time zone")
        super().__init__(reason)
        self.reason = reason
        self.until = until


class Denied(Retry):
    """KMS denies a class that the consumer requires. Grant the class to the role of the consumer."""

    metric = "Denied"

    def __init__(self, class_name: str):
        super().__init__("denied")
        self.class_name = class_name


class SubjectKeyMissing(Retry):
    """The table of persons' keys has neither a key nor a tombstone for the person."""

    metric = "SubjectKeyMissing"

    def __init__(self) -> None:
        super().__init__("subject-key-missing")


class SnapshotIncomplete(Retry):
    """The last event of a snapshot came, and some of its events are not handled yet."""

    def __init__(self, until: datetime):
        super().__init__("snapshot-incomplete", until=until)


class InProgress(Retry):
    """Another handler has claimed the event until this time."""

    def __init__(self, until: datetime):
        super().__init__("in-progress", until=until)


class LeaseLost(Retry):
    """The lease ended, and another handler has claimed the event since. The effect may happen twice."""

    def __init__(self) -> None:
        super().__init__("lease-lost")
