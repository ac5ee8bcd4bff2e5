"""Gives each handler of the catalogue's site its event, and compares the row that it writes.

    python handlers.py EVENTS

EVENTS is a JSON file beside the handlers: for each one its module, the event, the opened classes, and the names that the
row must have.
"""

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.update(
    AWS_DEFAULT_REGION="eu-west-1",
    CONSUMER_NAME="site",
    INBOX_TABLE="inbox",
    SEAL_KEY_ARN="arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000000",
)

import user_events_consumer  # noqa: E402
from user_events_consumer import Event, OpenableEvent, read_event  # noqa: E402


class Consumer:
    """Takes the place of the consumer, which would connect to AWS."""

    lambda_handler = None

    def __init__(self, effects: Any, requires: list[str]) -> None:
        self.effects, self.requires = effects, requires

    @classmethod
    def from_environment(cls, effects: Any, requires: list[str] | None = None) -> "Consumer":
        return cls(effects, requires or [])


class Opened:
    """Opens the classes of the example."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content

    def open(self, event: Event, class_name: str) -> Any:
        return self.content.get(class_name)


def main() -> None:
    list_of_events = Path(sys.argv[1])
    sys.path.insert(0, str(list_of_events.parent))
    user_events_consumer.Consumer = Consumer  # type: ignore[misc, assignment]
    events = json.loads(list_of_events.read_text())
    foreign = read_event(json.dumps(events[0]["envelope"] | {"type": "SomethingElseEventV1"}))
    for entry in events:
        module = importlib.import_module(entry["module"])
        event = read_event(json.dumps(entry["envelope"]))
        (write,) = module.effects(OpenableEvent.from_event(event, Opened(entry["opened"])))
        row = write["Put"]["Item"]
        missing = set(entry["stores"]) - set(row)
        assert not missing, f"{entry['module']}: the row has no {sorted(missing)}"
        assert row["pk"]["S"].endswith(event.subject), entry["module"]
        closed = module.effects(OpenableEvent.from_event(event, Opened({})))
        assert len(closed) == 1, f"{entry['module']}: without a grant the rest of the event is lost"
        assert module.effects(OpenableEvent.from_event(foreign, Opened({}))) == [], entry["module"]
        assert sorted(module.consumer.requires) == sorted(entry["opened"]), entry["module"]
    print(f"{len(events)} handlers")


if __name__ == "__main__":
    main()
