"""Keeps the messages invisible that are being handled."""

import threading
import time
from collections.abc import Callable, Iterable

from .messages import Message
from .queues import Queues
from .repeating import Repeating

_MARGIN_SECONDS = 1.0
"""How long an answer may travel: the queue counts from when it sent the message."""


class Heartbeat(Repeating):
    """Extends the visibility timeout of the held messages after each third of it, in a thread of its own."""

    def __init__(self, queues: Queues, visibility_seconds: int, clock: Callable[[], float] = time.monotonic):
        super().__init__("heartbeat", visibility_seconds / 3)
        self._queues = queues
        self._visibility_seconds = visibility_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[str, tuple[Message, float]] = {}

    def hold(self, messages: Iterable[Message], received_at: float) -> None:
        """Keeps messages invisible from now. `received_at` is the time of the clock before they were asked for."""
        with self._lock:
            until = received_at + self._visibility_seconds
            self._held.update({message.receipt: (message, until) for message in messages})

    def let_go(self, messages: Iterable[Message]) -> None:
        """Holds messages no longer. Waits for a beat that is under way, so that it cannot hide them again."""
        with self._lock:
            for message in messages:
                self._held.pop(message.receipt, None)

    def has_lost(self, message: Message) -> bool:
        """Whether another receiver may have the message by now."""
        with self._lock:
            held = self._held.get(message.receipt)
        return held is None or self._clock() >= held[1] - _MARGIN_SECONDS

    def beat(self) -> None:
        """Extends the timeout of all held messages once."""
        with self._lock:
            began = self._clock()
            messages = [message for message, _ in self._held.values()]
            for message in self._queues.hide(messages, self._visibility_seconds):
                self._held[message.receipt] = (message, began + self._visibility_seconds)

    def turn(self) -> bool:
        """Extends the timeout, as long as messages may be held."""
        self.beat()
        return True
