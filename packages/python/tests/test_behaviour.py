"""The scenarios that every consumer library passes, on DynamoDB by moto."""

import base64
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from conftest import row
from support import (
    ARN,
    DEAD_LETTERS,
    QUEUE,
    ROWS,
    SNAPSHOT_ARN,
    SNAPSHOT_QUEUE,
    Clock,
    Kms,
    Lines,
    Sqs,
    SubjectKeyTable,
    count_once,
    failed,
    record,
    shared,
)

from user_events_consumer import (
    Consumer,
    DeadLetters,
    Effects,
    Event,
    Inbox,
    OpenableEvent,
    Opener,
    SetAside,
    SubjectKeys,
    read_event,
)

SUITE: dict[str, Any] = shared("behaviour/scenarios.json")
MESSAGES: dict[str, dict[str, Any]] = shared("behaviour/events.json")


class CrashingTable:
    """A table that is not reached, or that loses its answer, for one event."""

    def __init__(self, tables: Any):
        self.tables = tables
        self.crashes: dict[str, str] = {}

    def transact_write_items(self, *, TransactItems: list[Any]) -> Any:  # noqa: N803
        item = TransactItems[0]["Put"]["Item"]
        # The id is at the end of the partition key, or the sort key of a snapshot event.
        crash = self.crashes.get(item["pk"]["S"].rpartition("#")[2]) or self.crashes.get(item["sk"]["S"])
        if crash == "before":
            raise ReadTimeoutError(endpoint_url="https://dynamodb.example.com")
        answer = self.tables.transact_write_items(TransactItems=TransactItems)
        if crash == "after":
            raise ReadTimeoutError(endpoint_url="https://dynamodb.example.com")
        return answer

    def put_item(self, **write: Any) -> Any:
        return self.tables.put_item(**write)

    def update_item(self, **write: Any) -> Any:
        return self.tables.update_item(**write)

    def delete_item(self, **write: Any) -> Any:
        return self.tables.delete_item(**write)

    def get_item(self, **read: Any) -> Any:
        return self.tables.get_item(**read)

    def query(self, **read: Any) -> Any:
        return self.tables.query(**read)


class Run:
    """One scenario: its services, and a consumer."""

    def __init__(self, scenario: dict[str, Any], tables: Any):
        self.scenario = scenario
        self.tables = tables
        self.table = CrashingTable(tables)
        self.clock = Clock(SUITE["start"] / 1_000)
        self.kms = Kms({name: base64.b64decode(key) for name, key in SUITE["keys"].items()})
        self.persons = SubjectKeyTable()
        self.sqs = Sqs()
        self.lines = Lines()
        self.throws: set[str] = set()
        self.asides: dict[str, str] = {}
        self.consumer = Consumer(
            "welcome",
            self.handler,
            opener=Opener(
                self.kms,
                SUITE["sealKeyArn"],
                requires=scenario.get("requires", ()),
                subject_keys=SubjectKeys(self.persons, "subject-keys", self.clock),
                clock=self.clock,
            ),
            inbox=Inbox(self.table, "inbox", "welcome", clock=self.clock, sleep=lambda _: None),
            dead_letters=DeadLetters(self.sqs, DEAD_LETTERS),
            sqs=self.sqs,
            queue_url=self.of_type(QUEUE),
            snapshot_queue_url=self.of_type(SNAPSHOT_QUEUE),
            accepts_tests=scenario.get("acceptsTests", False),
            sink=self.lines,
            clock=self.clock,
        )

    def of_type(self, queue: str) -> str:
        """The URL or ARN of a queue of the type that the scenario has."""
        return queue if self.scenario.get("queue", "fifo") == "fifo" else queue.removesuffix(".fifo")

    def handler(self, event: OpenableEvent) -> Effects:
        """Adds one to the counter of the event."""
        if event.id in self.throws:
            raise RuntimeError
        if event.id in self.asides:
            raise SetAside(self.asides[event.id])
        return count_once(event)

    def step(self, step: dict[str, Any]) -> None:
        """Takes one step."""
        self.clock.now += step.get("wait", 0)
        if "deny" in step:
            self.kms.denied.add(step["deny"])
        if "grant" in step:
            self.kms.denied.discard(step["grant"])
        if "fail" in step:
            self.kms.fails_with = step["fail"]
        if "answer" in step:
            self.kms.fails_with = None
        if "create" in step:
            row = SUITE["subjectKeys"][step["create"]]
            self.persons.put(step["create"], {"keyId": {"S": row["keyId"]}, "secret": {"B": row["secret"]}})
        if "erase" in step:
            self.persons.put(step["erase"], {"erasedAt": {"S": "2026-03-01T12:00:00.000Z"}})
        if "claim" in step:
            now = int(self.clock.now * 1_000)
            until = now + step["seconds"] * 1_000
            self.tables.put_item(**ROWS.claim(event_of(step["claim"]), "another", until, now))
        if "complete" in step:
            row = {"run": {"S": step["complete"]}, "events": {"N": str(step["events"])}, "completedAt": {"N": "0"}}
            self.tables.put_item(TableName="inbox", Item={**ROWS.read_snapshot()["Key"], **row})
        if "reset" in step:
            lane = ROWS.advance(event_of(step["reset"]), 0)
            self.tables.delete_item(TableName="inbox", Key=lane["Key"])
        if "deliver" in step:
            self.deliver(step)

    def deliver(self, step: dict[str, Any]) -> None:
        """Delivers one batch, and compares the outcome of each message."""
        self.throws = {event_of(name).id for name in step.get("throws", [])}
        self.asides = {event_of(name).id: reason for name, reason in step.get("asides", {}).items()}
        self.table.crashes = {event_of(name).id: when for name, when in step.get("crashes", {}).items()}
        self.sqs.hidden, self.sqs.hidden_in = {}, {}
        before = len(self.lines.messages())
        arn, url = (SNAPSHOT_ARN, SNAPSHOT_QUEUE) if step.get("from") == "snapshot" else (ARN, QUEUE)
        records = [
            record(
                MESSAGES[name]["body"],
                name,
                group=name[0],
                arn=self.of_type(arn),
                receives=step.get("receives", {}).get(name, 1),
                **MESSAGES[name].get("attributes", {}),
            )
            for name in step["deliver"]
        ]
        returned = failed(self.consumer.lambda_handler({"Records": records}))
        lines = self.lines.messages()[before:]
        outcomes = {name: self.outcome(name, lines) for name in step["deliver"]}
        assert outcomes == step["expect"]
        assert set(self.sqs.hidden_in.values()) <= {self.of_type(url)}, "a message is hidden where it came from"
        is_returned = {name: outcome.startswith(("retry", "held")) for name, outcome in outcomes.items()}
        assert returned == [name for name in step["deliver"] if is_returned[name]]
        assert len(lines) == sum(outcome != "held" for outcome in outcomes.values()), "a line for each message"

    def outcome(self, name: str, lines: list[Any]) -> str:
        """The outcome of a message, by its line: the line of a message that was handled names only its event."""
        for line in lines:
            if line.get("message") == name:
                if line["outcome"] == "set-aside":
                    return f"set-aside:{line['reason']}"
                hidden = self.sqs.hidden.get(f"receipt of {name}")
                return "retry" if hidden is None else f"retry@{hidden}"
        for line in lines:
            if "message" not in line and line["event"] == event_of(name).id:
                return str(line["outcome"])
        return "held"

    def effects(self) -> dict[str, int]:
        """How often the effect of each event happened, by the id of the event."""
        items = self.tables.scan(TableName="inbox", ConsistentRead=True)["Items"]
        return {
            item["pk"]["S"].removeprefix("EFFECT#"): int(item["count"]["N"])
            for item in items
            if item["pk"]["S"].startswith("EFFECT#")
        }

    def erased(self) -> set[str]:
        """The ids of the events whose class was erased."""
        return {line["event"] for line in self.lines.messages() if line.get("erased") == ["contact"]}

    def snapshot(self) -> dict[str, Any] | None:
        """Run and events of the snapshot that is complete."""
        found = row(self.tables, "CONSUMER#welcome", "SNAPSHOT")
        return found and {"run": found["run"]["S"], "events": int(found["events"]["N"])}

    def dead_letters(self) -> list[tuple[str, str]]:
        """Body and reason of each message that was set aside."""
        return sorted(
            (sent["MessageBody"], sent["MessageAttributes"]["setAsideReason"]["StringValue"]) for sent in self.sqs.sent
        )


def event_of(name: str) -> Event:
    """The event of a message."""
    return read_event(MESSAGES[name]["body"])


@pytest.mark.parametrize("tables", ["moto"], indirect=True)
@pytest.mark.parametrize("scenario", SUITE["scenarios"], ids=lambda scenario: scenario["name"])
def test_the_consumer_behaves_as_in_every_language(scenario: dict[str, Any], tables: Any) -> None:
    known = {"name", "queue", "requires", "acceptsTests", "steps"}
    assert set(scenario) <= {*known, "effects", "deadLetters", "metrics", "erased", "snapshot", "rows"}
    run = Run(scenario, tables)
    for step in scenario["steps"]:
        run.step(step)
    expected = {event_of(name).id: count for name, count in scenario.get("effects", {}).items()}
    assert run.effects() == expected
    assert run.erased() == {event_of(name).id for name in scenario.get("erased", [])}
    letters = scenario.get("deadLetters", {})
    assert run.dead_letters() == sorted((MESSAGES[name]["body"], reason) for name, reason in letters.items())
    assert run.snapshot() == scenario.get("snapshot")
    for key in scenario.get("rows", []):
        assert row(tables, key["pk"], key["sk"]), key
    assert run.lines.metrics() == scenario.get("metrics", {})
    assert "@example" not in str(run.lines.all)
