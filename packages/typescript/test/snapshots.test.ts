// Snapshots: their events, their marker, and the two queues.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Inbox, type JsonObject, readEvent, type ReceivedEvent, SnapshotIncomplete } from "user-events-consumer";

import { VirtualClock } from "./support/clock.js";
import { effectOf, record, World } from "./support/consumer.js";
import { Dynamo } from "./support/dynamodb.js";
import { bodyOf, marker, registration, RUN, snapshot, uuid } from "./support/events.js";
import { failure, refused } from "./support/failures.js";

const read = (event: JsonObject) => readEvent(bodyOf(event));
/** A snapshot event with an id that begins with this digit. */
const counted = (number: number, digit: string) => snapshot(number, "user-1", { id: digit + uuid(number).slice(1) });
const partition = (digit: string) => `CONSUMER#welcome#SNAPSHOT#${RUN}#${digit}`;

function start() {
  const clock = new VirtualClock();
  const dynamo = new Dynamo();
  const inbox = new Inbox(dynamo.client, { table: "inbox", consumer: "welcome", clock });
  const row = (pk: string) => dynamo.all().find((row) => row.pk?.S === pk);
  return { clock, dynamo, inbox, row };
}

test("an event of a snapshot has its run, and comes before every change", () => {
  for (const run of ["a", "0", "a".repeat(64), RUN]) {
    assert.equal(read(snapshot(1, "user-1", { snapshotrun: run })).snapshotrun, run);
  }
  assert.equal(read(registration(1, "user-1", { snapshotrun: null })).snapshotrun, undefined);
  for (const run of ["", "-a", "A", "a".repeat(65), "a_b", "a\n", 7, true]) {
    assert.throws(() => read(snapshot(1, "user-1", { snapshotrun: run })), /not-an-event.*`snapshotrun`/);
  }
  for (const sequence of [`${"0".repeat(39)}1.0000`, `${"0".repeat(40)}.0001`]) {
    assert.throws(() => read(snapshot(1, "user-1", { sequence })), /not-an-event.*`sequence`/);
  }
});

test("a snapshot event is recorded under its run, and has no lane", async () => {
  const { clock, dynamo, inbox } = start();
  const event = read(counted(1, "f"));
  assert.equal(await inbox.commit(event, []), "done");
  const now = clock.now();
  const [row, ...others] = dynamo.all();
  const { content, ...rest } = row ?? {};
  assert.match(content?.S ?? "", /^[0-9a-f]{64}$/);
  assert.deepEqual(rest, {
    pk: { S: partition("f") },
    sk: { S: event.id },
    state: { S: "COMPLETED" },
    completedAt: { N: String(now) },
    ttl: { N: String(now / 1_000 + 60 * 86_400) },
  });
  assert.deepEqual(others, []);
  assert.equal(await inbox.commit(event, []), "duplicate");
});

test("a snapshot event after live events is not stale, and makes none stale", async () => {
  const { inbox } = start();
  assert.equal(await inbox.commit(read(registration(5)), []), "done");
  assert.equal(await inbox.commit(read(snapshot(6)), []), "done");
  assert.equal(await inbox.commit(read(registration(4)), []), "stale");
  assert.equal(await inbox.commit(read(registration(7)), []), "done");
});

test("a marker waits until all events of its run are completed", async () => {
  const { inbox } = start();
  const events = Array.from({ length: 64 }, (_, number) => read(counted(number, (number % 16).toString(16))));
  const last = read(marker(events.length));
  for (const event of events.slice(1)) await inbox.commit(event, []);
  // Another run counts for itself, and a claim does not count.
  await inbox.commit(read(snapshot(1, "user-1", { snapshotrun: "other" })), []);
  await inbox.process(events[0] ?? assert.fail(), async () => {
    assert.ok((await failure(inbox.checkSnapshot(last))) instanceof SnapshotIncomplete);
  });
  await inbox.checkSnapshot(last);
  assert.ok((await failure(inbox.checkSnapshot(read(marker(events.length + 1))))) instanceof SnapshotIncomplete);
});

for (const leased of [false, true]) {
  test(`a marker completes the snapshot in the transaction of its record${leased ? ", under a lease, too" : ""}`, async () => {
    const { clock, dynamo, inbox, row } = start();
    const last = read(marker(0));
    assert.equal(await inbox.hasSnapshot(), false);
    dynamo.faults = leased ? [] : ["before"];
    if (!leased) await failure(inbox.commit(last, []));
    assert.equal(await inbox.hasSnapshot(), false);
    assert.equal(leased ? await inbox.process(last, () => Promise.resolve()) : await inbox.commit(last, []), "done");
    assert.equal(await inbox.hasSnapshot(), true);
    assert.deepEqual(row("CONSUMER#welcome"), {
      pk: { S: "CONSUMER#welcome" },
      sk: { S: "SNAPSHOT" },
      run: { S: RUN },
      events: { N: "0" },
      completedAt: { N: String(clock.now()) },
    });
    assert.equal(row(`CONSUMER#welcome#EVENT#${last.id}`)?.state?.S, "COMPLETED");
    assert.equal(dynamo.all().length, 2, "it has no lane");
    assert.equal(await inbox.commit(last, []), "duplicate");
  });
}

test("a run that an operator completed is not counted", async () => {
  const { dynamo, inbox } = start();
  const row = { pk: { S: "CONSUMER#welcome" }, sk: { S: "SNAPSHOT" }, run: { S: "given-up" } };
  dynamo.rows.set(JSON.stringify(["inbox", row.pk.S, row.sk.S]), row);
  assert.equal(await inbox.hasSnapshot(), true);
  await inbox.checkSnapshot(read(marker(7, { snapshotrun: "given-up", data: { run: "given-up", events: 7 } })));
  assert.ok((await failure(inbox.checkSnapshot(read(marker(7))))) instanceof SnapshotIncomplete);
});

test("a marker that is not in its form is set aside", async () => {
  const { inbox } = start();
  for (const changes of [
    { snapshotrun: null },
    { data: { events: 2 } },
    { data: { run: "other", events: 2 } },
    ...[null, "2", true, -1, 1.5, 2 ** 53, []].map((events) => ({ data: { run: RUN, events } })),
  ]) {
    assert.equal(await refused(inbox.checkSnapshot(read(marker(0, changes)))), "does-not-fit");
    const world = new World();
    await world.consumer.lambdaHandler({ Records: [record(bodyOf(marker(0, changes)), "m1")] });
    assert.equal(world.lines()[0]?.outcome, "set-aside");
  }
  for (const [text, events] of Object.entries({ "2.0": "2", 0: "0", 9007199254740991: "9007199254740991" })) {
    const { inbox, row } = start();
    await inbox.commit(readEvent(bodyOf(marker("EVENTS")).replace('"EVENTS"', text)), []);
    assert.deepEqual(row("CONSUMER#welcome")?.events, { N: events });
  }
});

test("a marker that comes too early is hidden in its queue, and not handled", async () => {
  for (const [receives, seconds] of [
    ["1", 60],
    ["3", 180],
    ["15", 900],
    ["16", 900],
    [undefined, 60],
  ] as const) {
    const handled: string[] = [];
    const handler = ({ id }: ReceivedEvent) => {
      handled.push(id);
      return [];
    };
    const world = new World({ late: true, handler });
    const early = record(bodyOf(marker(1)), "m1", `snapshots/${RUN}`, "welcome-snapshot.fifo");
    early.attributes = { MessageGroupId: `snapshots/${RUN}`, ApproximateReceiveCount: receives };
    const { batchItemFailures } = await world.consumer.lambdaHandler({ Records: [early] });
    assert.deepEqual(batchItemFailures, [{ itemIdentifier: "m1" }]);
    assert.deepEqual(world.snapshots.hidden, [["m1", seconds]]);
    assert.deepEqual(world.sqs.hidden, []);
    assert.equal(world.lines()[0]?.reason, "snapshot-incomplete");
    assert.deepEqual(handled, []);
    const live = new World({ late: true });
    await live.consumer.lambdaHandler({ Records: [record(bodyOf(marker(1)), "m1")] });
    assert.deepEqual([live.sqs.hidden, live.snapshots.hidden], [[["m1", 60]], []]);
  }
});

/** A poller of a consumer that joins late, with its two queues filled. */
function late(options: { handler?: (event: ReceivedEvent) => Promise<void> } = {}) {
  const handled: string[] = [];
  const handler = async (event: ReceivedEvent) => {
    await options.handler?.(event);
    handled.push(event.typeName);
    return [effectOf(event)];
  };
  const world = new World({ late: true, handler });
  const users = ["a", "b", "c"];
  world.snapshots.add({ id: "end", body: bodyOf(marker(users.length)), group: `snapshots/${RUN}` });
  for (const [place, user] of users.entries()) {
    world.snapshots.add({ id: `snapshot of ${user}`, body: bodyOf(snapshot(place, user)), group: user });
    world.sqs.add({ id: user, body: bodyOf(registration(10 + place, user)), group: user });
  }
  const signal = new AbortController();
  const running = world.consumer.poller({ random: () => 1 }).run(signal.signal);
  const stop = async () => {
    signal.abort();
    await world.clock.drive(running);
  };
  return { world, handled, stop };
}

test("a poller reads the snapshot to its marker, and then the live queue", async () => {
  const { world, handled, stop } = late();
  await world.clock.advance(30_000);
  assert.deepEqual(handled, Array(3).fill("UserAccountSnapshotEventV1"));
  assert.ok(
    world.lines().some(({ reason }) => reason === "snapshot-incomplete"),
    "the marker came early",
  );
  assert.deepEqual(
    world.sqs.messages.map(({ receives }) => receives),
    [0, 0, 0],
  );
  await world.clock.advance(40_000);
  assert.deepEqual(handled.slice(3), ["SnapshotCompletedEventV1", ...Array<string>(3).fill("UserRegisteredEventV1")]);
  assert.deepEqual([world.sqs.messages, world.snapshots.messages], [[], []]);
  await stop();
});

test("a poller begins with the live queue within five seconds after another process completed the snapshot", async () => {
  const { world, handled, stop } = late();
  await world.clock.advance(10_000);
  await world.inbox.commit(read(marker(3)), []);
  await world.clock.advance(5_000);
  assert.deepEqual(handled.slice(3), Array(3).fill("UserRegisteredEventV1"));
  await stop();
});

test("a poller does not read the live queue while the inbox does not answer", async () => {
  const { world, handled, stop } = late();
  const { client } = world.dynamo;
  let fails = true;
  const send = client.send.bind(client) as (command: object) => Promise<unknown>;
  (client as { send: unknown }).send = (command: { constructor: { name: string } }) =>
    fails && command.constructor.name === "GetItemCommand" ? Promise.reject(new Error("down")) : send(command);
  await world.clock.advance(30_000);
  assert.deepEqual(handled, Array(3).fill("UserAccountSnapshotEventV1"));
  assert.ok(world.output.includes('{"poller":"snapshot","failed":"Error"}'));
  fails = false;
  await world.clock.advance(400_000);
  assert.equal(handled.length, 7);
  await stop();
});

test("a snapshot event in work after the switch is finished and deleted in its own queue", async () => {
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const { world, handled, stop } = late({
    handler: (event) => (event.id === uuid(1) ? gate : Promise.resolve()),
  });
  await world.clock.advance(3_000);
  await world.inbox.commit(read(snapshot(1, "b")), []);
  await world.inbox.commit(read(marker(3)), []);
  await world.clock.advance(40_000);
  assert.deepEqual(handled.slice(2), Array(2).fill("UserRegisteredEventV1"), "group b waits");
  assert.ok(world.snapshots.hidden.some(([id, seconds]) => id === "snapshot of b" && seconds === 30));
  open();
  await world.clock.advance(1_000);
  assert.ok(world.snapshots.deleted.includes("snapshot of b"));
  assert.equal(world.effects()[uuid(1)], undefined, "it was a duplicate");
  assert.deepEqual(world.sqs.messages, []);
  await stop();
});
