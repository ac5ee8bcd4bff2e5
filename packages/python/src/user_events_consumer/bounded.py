"""A memory of limited size and age."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class BoundedCache(Generic[Key, Value]):
    """Values by key, for at most `max_age` seconds each. One more than `max_entries` evicts the least recently used.

    Threads may share it.
    """

    def __init__(self, max_entries: int, max_age: float, clock: Callable[[], float]):
        self._max_entries = max_entries
        self._max_age = max_age
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, tuple[float, Value]] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """The value of a key; `None` if it was never put, evicted, or is too old."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            put_at, value = entry
            if self._clock() - put_at >= self._max_age:
                del self._entries[key]
                return None
            self._entries.move_to_end(key)
            return value

    def put(self, key: Key, value: Value, since: float | None = None) -> None:
        """Remembers a value from now, or from an earlier time on. Values that are too old are dropped."""
        with self._lock:
            now = self._clock()
            since = now if since is None else since
            for old in [key for key, (put_at, _) in self._entries.items() if now - put_at >= self._max_age]:
                del self._entries[old]
            self._entries[key] = (since, value)
            self._entries.move_to_end(key)
            while len(self._entries) > self._max_entries:
                self._entries.popitem(last=False)

    def forget(self, key: Key) -> None:
        """Forgets the value of a key."""
        with self._lock:
            self._entries.pop(key, None)

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)
