"""Ten thousand deliveries with duplicates, crashes, lost answers, poison, claims and redrives, from a seed.

The consumer joins late: a snapshot comes first, and some of its copies come later, among the live events.
"""

import random
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sealing import body, document, event_id, marker, seal, snapshot
from support import ROWS, Clock, Kms, Lines, Sqs, client_error, consumer, count_once, failed, record
from table_fake import Table

from user_events_consumer import Effects, Inbox, OpenableEvent, SetAside, read_event

EVENTS = 80
SNAPSHOT = "snapshot queue: "
"""How the groups of the snapshot queue begin."""


class Died(BaseException):
    """The process of the whole batch."""


class FaultyTable(Table):
    """A table that is not reached, loses answers, conflicts, and sees processes die. It notes the effects in order."""

    def __init__(self, chance: random.Random):
        super().__init__()
        self._chance = chance
        self.effects: list[str] = []

    def transact_write_items(self, *, TransactItems: list[Any]) -> dict[str, Any]:  # noqa: N803
        fault = self._chance.random()
        if fault < 0.04:
            raise client_error("InternalServerError")
        if fault < 0.06:
            raise Died
        if fault < 0.10:
            conflict = [{"Code": "TransactionConflict"}]
            raise client_error("TransactionCanceledException", CancellationReasons=conflict)
        super().transact_write_items(TransactItems=TransactItems)
        for item in TransactItems[1:]:
            pk = item["Update"]["Key"]["pk"]["S"] if "Update" in item else ""
            if pk.startswith("EFFECT#"):
                self.effects.append(pk.removeprefix("EFFECT#"))
        if fault < 0.14:
            raise client_error("InternalServerError")
        if fault < 0.16:
            raise Died
        return {}


class ForgetfulTable(FaultyTable):
    """A table that checks no condition: the plant that repeats effects."""

    def reason(self, write: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        return {"Code": "None"}


@dataclass
class Sent:
    """A message in the queue."""

    id: str
    group: str
    body: str


@dataclass
class World:
    """The queue and its consumer."""

    seed: int
    table_of: Callable[[random.Random], FaultyTable] = FaultyTable
    holds_groups: bool = True
    users: int = 66
    clock: Clock = field(default_factory=Clock)
    deliveries: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.table = self.table_of(self.chance)
        self.kms, self.sqs, self.lines = Kms(), Sqs(), Lines()
        self.consumer = consumer(
            self.table, handler=self.handler, kms=self.kms, sqs=self.sqs, lines=self.lines, clock=self.clock
        )
        self.asides: set[str] = set()
        self.redriven: set[str] = set()
        self.good: set[str] = set()
        self.user_of: dict[str, str] = {}
        self.poison: set[str] = set()
        self.snapshot: set[str] = set()
        self.unread: set[str] = set()
        self.queue: dict[str, deque[Sent]] = defaultdict(deque)
        for user in range(self.users):
            for place in range(EVENTS):
                self.publish(f"user-{user}", user * 1_000 + place)

    def join(self) -> None:
        """Delivers a snapshot until it is complete. Copies that are left then come among the live events."""
        last = marker(self.users)
        self.send(last)
        for user in range(self.users):
            made = snapshot(1_000_000 + user, user=f"user-{user}")
            self.snapshot.add(made["id"])
            if self.chance.random() < 0.1:
                self.asides.add(made["id"])
            self.send(made)
        while "CONSUMER#welcome" not in self.table.rows("CONSUMER#welcome"):
            self.clock.now += self.chance.uniform(0, 20)
            self.deliver(self.batch(SNAPSHOT))
            self.move_back()
        self.unread = self.snapshot - set(self.table.effects)
        self.good |= self.snapshot | {last["id"]}

    def send(self, made: dict[str, Any]) -> None:
        """Puts an event of the snapshot into its queue; some come twice."""
        group = SNAPSHOT + made["partitionkey"]
        for copy in range(2 if self.chance.random() < 0.2 else 1):
            self.queue[group].append(Sent(f"{made['id']}-{copy}", group, body(made)))

    def move_back(self) -> None:
        """Sends again what was set aside, after its cause was mended."""
        for sent in self.sqs.sent:
            group, text = sent["MessageGroupId"], sent["MessageBody"]
            self.asides.discard(read_event(text).id)
            self.queue[group].append(Sent(sent["MessageDeduplicationId"], group, text))
        self.sqs.sent = []

    def publish(self, user: str, number: int) -> None:
        """Puts an event into the queue; some are poison, some come twice."""
        made = document(number, user=user)
        dice = self.chance.random()
        if dice < 0.02:
            made["data"]["contact"] = seal({}, f"{event_id(999_999)}/contact")
        elif dice < 0.03:
            made["sequence"] = "7"
        elif dice < 0.04:
            self.asides.add(made["id"])
        if dice < 0.04:
            self.poison.add(made["id"])
        else:
            self.good.add(made["id"])
        self.user_of[made["id"]] = user
        for copy in range(2 if self.chance.random() < 0.1 else 1):
            self.queue[user].append(Sent(f"{made['id']}-{copy}", user, body(made)))

    def handler(self, event: OpenableEvent) -> Effects:
        """Counts each event, fails at random, and sets some events aside."""
        if self.chance.random() < 0.03:
            raise RuntimeError
        if event.id in self.asides:
            raise SetAside("no-such-country")
        return count_once(event)

    def run(self) -> None:
        """Reads a snapshot, delivers until the queue is empty, then redrives what a handler set aside."""
        self.join()
        self.drain()
        self.redriven, self.asides = self.asides, set()
        for sent in self.sqs.sent:
            self.queue[sent["MessageGroupId"]].append(
                Sent(sent["MessageDeduplicationId"], sent["MessageGroupId"], sent["MessageBody"])
            )
        self.sqs.sent = []
        self.drain()

    def drain(self) -> None:
        """Delivers until the queue is empty."""
        while any(self.queue.values()):
            self.clock.now += self.chance.uniform(0, 20)
            self.deliver(self.batch())

    def batch(self, queue: str = "") -> list[Sent]:
        """Up to ten messages: the first ones of a few groups, of one queue or both."""
        groups = [group for group, messages in self.queue.items() if messages and group.startswith(queue)]
        batch: list[Sent] = []
        for group in self.chance.sample(groups, min(len(groups), 4)):
            batch += list(self.queue[group])[: self.chance.randint(1, 4)]
        return batch[:10]

    def deliver(self, batch: list[Sent]) -> None:
        """Delivers a batch to Lambda, and deletes what it settled."""
        self.deliveries += len(batch)
        self.kms.fails_with = "ThrottlingException" if self.chance.random() < 0.02 else None
        if self.chance.random() < 0.05:
            self.claim(batch[0])
        records = [record(sent.body, sent.id, group=sent.group) for sent in batch]
        try:
            returned = failed(self.consumer.lambda_handler({"Records": records}))
        except Died:
            return
        if self.chance.random() < 0.03:
            # Lambda lost the answer: the queue delivers everything again.
            return
        for sent in batch:
            if sent.id not in returned or (not self.holds_groups and sent.id != returned[0]):
                self.queue[sent.group].remove(sent)

    def claim(self, sent: Sent) -> None:
        """Another handler claims an event and dies."""
        if '"sequence":"7"' in sent.body:
            return
        now = int(self.clock.now * 1_000)
        write = ROWS.claim(read_event(sent.body), "another", now + 30_000, now)
        if self.table.reason(write)["Code"] == "None":
            self.table.put_item(**write)

    def violations(self) -> list[str]:
        """What must not have happened."""
        found = []
        effects = Counter(self.table.effects)
        found += [f"repeated {name}" for name, count in effects.items() if count > 1]
        found += [f"lost {name}" for name in self.good if name not in effects]
        found += [f"the snapshot was complete without {name}" for name in self.unread]
        stored = {pk.removeprefix("EFFECT#"): int(row["count"]["N"]) for pk, row in self.table.rows("EFFECT#").items()}
        found += [f"counted {name} {count} times" for name, count in stored.items() if count != 1]
        for user in range(self.users):
            order = [
                name for name in self.table.effects if name in self.good and self.user_of.get(name) == f"user-{user}"
            ]
            if order != sorted(order):
                found.append(f"user-{user} is out of order")
        found += [f"poison {name} took effect" for name in self.poison - self.redriven if name in effects]
        # Ids are in the order of the events. The effect of an event that a later one overtook is left out.
        latest = {self.user_of[name]: name for name in sorted(effects) if name in self.user_of}
        overtaken = {name for name in self.redriven if name < latest.get(self.user_of[name], "")}
        found += [f"lost {name} after its redrive" for name in self.redriven - overtaken if name not in effects]
        return found


def test_ten_thousand_deliveries_repeat_and_lose_nothing() -> None:
    deliveries, outcomes = 0, Counter[str]()
    seed = 0
    while deliveries < 10_000:
        world = World(seed)
        world.run()
        assert world.violations() == [], f"seed {seed}"
        deliveries += world.deliveries
        outcomes.update(world.lines.outcomes())
        seed += 1
    for outcome in ("done", "duplicate", "stale", "retry", "set-aside"):
        assert outcomes[outcome] > 20, f"the simulation must try {outcome}"


def test_the_simulation_notices_repeated_effects() -> None:
    world = World(1, ForgetfulTable, users=10)
    world.run()
    assert any(violation.startswith("repeated") for violation in world.violations())


def test_the_simulation_notices_a_group_that_passes_a_failure() -> None:
    world = World(1, holds_groups=False, users=10)
    world.run()
    assert any(violation.startswith("lost") for violation in world.violations())


def test_the_simulation_notices_poison_that_takes_its_neighbours_along(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(1, users=10)
    deliver = world.deliver

    def give_up(batch: list[Sent]) -> None:
        deliver(batch)
        # The queue gives up a group after its poison, as it did when poison was retried until the last receive.
        for sent in world.sqs.sent:
            world.queue[sent["MessageGroupId"]].clear()

    monkeypatch.setattr(world, "deliver", give_up)
    world.drain()
    assert any(violation.startswith("lost") for violation in world.violations())


def test_the_simulation_notices_a_live_queue_that_is_read_too_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Inbox, "check_snapshot", lambda *_: None)
    world = World(1, users=10)
    world.run()
    assert any(violation.startswith("the snapshot was complete without") for violation in world.violations())
