"""Handles the events of user-events once and in order, and decrypts the personal data that was granted.

`Consumer` puts the parts together: `read_event` reads a message, an `Opener` decrypts classes of personal data, an
`Inbox` remembers which events were handled, and a `Poller` receives messages outside of Lambda. The types of events and
classes are in `user_events_consumer.events`.
"""

from .consumer import Consumer, Handler, Leased, leased
from .data_keys import KeyLimits
from .dead_letters import DeadLetters
from .errors import (
    Denied,
    InProgress,
    LeaseLost,
    OtherContent,
    Refused,
    Retry,
    SetAside,
    SnapshotIncomplete,
    SubjectKeyMissing,
)
from .event import Event, read_event
from .inbox import Effects, Inbox, Outcome
from .lease import Lease
from .messages import Message
from .openable import OpenableEvent
from .opener import ERASED, NOT_GRANTED, Closed, Content, Opener, OpensClasses
from .poller import Poller
from .result import Result
from .subject_keys import SubjectKeys

__all__ = [
    "ERASED",
    "NOT_GRANTED",
    "Closed",
    "Consumer",
    "Content",
    "DeadLetters",
    "Denied",
    "Effects",
    "Event",
    "Handler",
    "InProgress",
    "Inbox",
    "KeyLimits",
    "Lease",
    "LeaseLost",
    "Leased",
    "Message",
    "OpenableEvent",
    "Opener",
    "OpensClasses",
    "OtherContent",
    "Outcome",
    "Poller",
    "Refused",
    "Result",
    "Retry",
    "SetAside",
    "SnapshotIncomplete",
    "SubjectKeyMissing",
    "SubjectKeys",
    "leased",
    "read_event",
]
