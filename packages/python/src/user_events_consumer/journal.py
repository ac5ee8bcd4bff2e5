"""The lines on standard output: one for each message, and one for each metric. They hold names and never a value."""

import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

Sink = Callable[[Mapping[str, Any]], None]
"""Takes one line, an object that JSON can hold."""

NAMESPACE = "UserEvents/Consumer"

_lock = threading.Lock()


def to_standard_output(line: Mapping[str, Any]) -> None:
    """Prints a line of JSON."""
    text = json.dumps(line)
    # Without the lock, lines of two threads could mix.
    with _lock:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


class Journal:
    """Writes the lines of one consumer."""

    def __init__(self, consumer: str, sink: Sink = to_standard_output, clock: Callable[[], float] = time.time):
        self._consumer = consumer
        self._sink = sink
        self._clock = clock

    def write(self, line: Mapping[str, Any]) -> None:
        """Writes the line of a message."""
        self._sink(line)

    def count(self, metric: str) -> None:
        """Adds one to a metric.

        The line is in the embedded metric format of CloudWatch (Amazon CloudWatch User Guide, *Embedded metric format
        specification*). Lambda reads it from its log; elsewhere the CloudWatch agent does.
        """
        definition = {
            "Namespace": NAMESPACE,
            "Dimensions": [["Consumer"]],
            "Metrics": [{"Name": metric, "Unit": "Count"}],
        }
        metadata = {"Timestamp": int(self._clock() * 1_000), "CloudWatchMetrics": [definition]}
        self._sink({"_aws": metadata, "Consumer": self._consumer, metric: 1})
