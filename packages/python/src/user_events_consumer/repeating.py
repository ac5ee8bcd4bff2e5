"""An action that is repeated in a thread of its own."""

import threading
from types import TracebackType


class Repeating:
    """Takes a turn after every interval, until its block ends or a turn returns `False`."""

    def __init__(self, name: str, every_seconds: float):
        self._every_seconds = every_seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def turn(self) -> bool:
        """Does what is repeated. Returns whether there is a next turn."""
        raise NotImplementedError

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self._every_seconds):
            if not self.turn():
                return
