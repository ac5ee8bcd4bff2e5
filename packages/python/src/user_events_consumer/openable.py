"""The event that a handler receives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, overload

from .event import Event
from .fit import fit
from .opener import ERASED, NOT_GRANTED, Closed, Content, OpensClasses

Class = TypeVar("Class")


@dataclass(frozen=True, kw_only=True)
class OpenableEvent(Event):
    """An event with the opener of its classes. A class is opened when the handler asks for it, and not before."""

    opener: OpensClasses = field(repr=False, compare=False)
    asked: dict[str, Closed | None] = field(default_factory=dict, repr=False, compare=False)
    """The classes that were asked for and that the event has: why each is not there, or `None` if it was opened."""

    @classmethod
    def from_event(cls, event: Event, opener: OpensClasses) -> "OpenableEvent":
        """The same event, with an opener."""
        return cls(**vars(event), opener=opener)

    @overload
    def open(self, wanted: str) -> Content | Closed | None: ...

    @overload
    def open(self, wanted: type[Class]) -> Class | Closed | None: ...

    def open(self, wanted: str | type[Class]) -> Mapping[str, Any] | Class | Closed | None:
        """The content of a class, by its name or as one of the types of `user_events_consumer.events`.

        Instead of content it can be `NOT_GRANTED`, `ERASED`, or `None` if the event has no such class. All three are
        false, so `if contact:` means that there is content.

        Raises `Refused` and `Retry` as `Opener.open` does; let them pass.
        """
        name = wanted if isinstance(wanted, str) else wanted.__name__[:1].lower() + wanted.__name__[1:]
        content = self.opener.open(self, name)
        if content is None:
            return None
        if isinstance(content, Closed):
            self.asked[name] = content
            return content
        self.asked[name] = None
        return content if isinstance(wanted, str) else fit(content, wanted)

    def opened(self) -> list[str]:
        """The names of the classes that were opened."""
        return self._names(None)

    def denied(self) -> list[str]:
        """The names of the classes that were asked for and are not granted."""
        return self._names(NOT_GRANTED)

    def erased(self) -> list[str]:
        """The names of the classes that were asked for and that an erasure closed."""
        return self._names(ERASED)

    def _names(self, result: Closed | None) -> list[str]:
        return sorted(name for name, closed in self.asked.items() if closed is result)
