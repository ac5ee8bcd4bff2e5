"""Handles one message, from its body to its effect."""

import json
import sys

from . import event as events
from .batch import answer
from .effect import effects
from .inbox import Inbox
from .opening import NOT_GRANTED, Opener


class Consumer:
    """The parts that live longer than a batch: the clients and the cached data keys."""

    def __init__(self, name: str, kms, dynamodb, table: str, log=None):
        self._opener = Opener(kms)
        self._inbox = Inbox(dynamodb, table, name)
        self._log = log or (lambda line: print(json.dumps(line), file=sys.stdout, flush=True))

    def batch(self, records: list) -> dict:
        """Handles records as Lambda delivers them. The answer lists those to deliver again."""
        return answer(records, self._handle, self._report)

    def _handle(self, record: dict):
        event = events.read(record["body"])
        opened = self._opener.open_all(event)
        outcome = self._inbox.apply(event, effects(event, opened, self._inbox.table))
        granted = sorted(name for name, content in opened.items() if content is not NOT_GRANTED)
        denied = sorted(name for name, content in opened.items() if content is NOT_GRANTED)
        # Only names, never a value.
        self._log({"event": event["id"], "type": event["type"], "outcome": outcome, "opened": granted, "denied": denied})

    def _report(self, record: dict, error: Exception):
        # Our own errors quote no value. Other errors could, so only their type is logged.
        ours = type(error).__module__.startswith(__package__)
        self._log({"failed": record["messageId"], "why": str(error) if ours else type(error).__name__})
