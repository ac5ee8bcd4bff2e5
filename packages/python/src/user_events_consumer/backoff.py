"""Pauses that grow with each failure, with jitter, so that many processes do not come back at the same time."""

import random


class Backoff:
    """The longest possible pause doubles with every failure. A pause is a random time from half of it to all of it."""

    def __init__(self, first_seconds: float, most_seconds: float):
        self._first = first_seconds
        self._most = most_seconds
        self._failures = 0

    def next(self) -> float:
        """The pause in seconds after one more failure."""
        self._failures += 1
        return self.after(self._failures)

    def after(self, failures: int) -> float:
        """The pause in seconds after this many failures in a row."""
        longest = min(self._first * float(2 ** min(failures - 1, 32)), self._most)
        return longest * random.uniform(0.5, 1)  # noqa: S311

    def reset(self) -> None:
        """Starts again with the shortest pause, after a success."""
        self._failures = 0
