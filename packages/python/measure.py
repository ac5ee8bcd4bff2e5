"""Measures how many events one core reads and opens in a second. The data key is remembered; KMS is a fake.

    python3 measure.py

It needs the package in its environment, and makes the events with the code of the tests.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "tests"))

from sealing import SEAL_KEY, body, document, wrapped
from support import Kms

from user_events_consumer import OpenableEvent, Opener, read_event
from user_events_consumer.events import Contact, UserRegisteredEventV1

EVENTS = 2_000
ROUNDS = 5


def best(name: str, texts: list[str], handle: Callable[[str], None]) -> None:
    """Prints the rate of the best round."""
    rates = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for text in texts:
            handle(text)
        rates.append(len(texts) / (time.process_time() - began))
    print(f"{max(rates):>9,.0f} events/s  {name}")


def main() -> None:
    """Measures the forms of an event."""
    opener = Opener(Kms(), SEAL_KEY)

    def by_name(text: str) -> None:
        assert opener.open(read_event(text), "contact")

    def typed(text: str) -> None:
        event = OpenableEvent.from_event(read_event(text), opener)
        assert event.read(UserRegisteredEventV1)
        assert event.open(Contact)

    raw = [body(document(number)) for number in range(EVENTS)]
    by_sns = [wrapped(document(number)) for number in range(EVENTS)]
    best("raw, opened by name", raw, by_name)
    best("wrapped by SNS, opened by name", by_sns, by_name)
    best("wrapped by SNS, data and class as their types", by_sns, typed)


if __name__ == "__main__":
    main()
