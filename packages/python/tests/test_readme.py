"""The code of the README runs as it is printed."""

import re
from pathlib import Path
from typing import Any

import pytest
from sealing import SEAL_KEY, body, document, marker, snapshot
from support import Kms, SubjectKeyTable
from test_opening import PK, TOMBSTONE, personal, row

from user_events_consumer import Consumer, OpenableEvent, Opener, Poller, read_event

README = Path(__file__).resolve().parents[1] / "README.md"


def blocks() -> list[str]:
    """The blocks of Python."""
    return re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def test_the_code_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "CONSUMER_NAME",
        "INBOX_TABLE",
        "SEAL_KEY_ARN",
        "QUEUE_URL",
        "SNAPSHOT_QUEUE_URL",
        "SUBJECT_KEYS_TABLE",
    ):
        monkeypatch.setenv(name, "welcome")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    ran: list[Poller] = []
    monkeypatch.setattr(Poller, "run", lambda poller: ran.append(poller))
    names: dict[str, Any] = {}
    assert len(blocks()) == 7
    for block in blocks():
        exec(compile(block, "README.md", "exec"), names)  # noqa: S102
    assert isinstance(names["consumer"], Consumer)
    opener = names["opener_of"](Kms(), SubjectKeyTable({PK: TOMBSTONE}), [SEAL_KEY], "keys")
    assert names["keep_contact"](OpenableEvent.from_event(personal(), opener)) == []
    opener = names["opener_of"](Kms(), SubjectKeyTable({PK: row()}), [SEAL_KEY], "keys")
    (write,) = names["keep_contact"](OpenableEvent.from_event(personal(), opener))
    assert write["Put"]["Item"]["email"] == {"S": "ada@example.com"}
    assert len(ran) == 1
    known = snapshot(data={**document()["data"], "updatedAt": "2026-03-01T12:00:00.000Z"})
    for made, rows in ((document(), ["USER#user-1", "OUTBOX"]), (known, ["USER#user-1"]), (marker(1), [])):
        event = OpenableEvent.from_event(read_event(body(made)), Opener(Kms(), SEAL_KEY))
        assert [write["Put"]["Item"]["pk"]["S"] for write in names["keep_users"](event)] == rows


def test_the_variables_are_those_that_are_read() -> None:
    source = (Path(__file__).resolve().parents[1] / "src/user_events_consumer/consumer.py").read_text(encoding="utf-8")
    read = set(re.findall(r'"([A-Z_]+_(?:NAME|TABLE|ARN|URL))"', source))
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", README.read_text(encoding="utf-8"), re.MULTILINE))
    assert read == listed
