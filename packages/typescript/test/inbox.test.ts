// The rows of the inbox, leases, conflicts and limits.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import {
  type Event,
  EVENT_SECONDS,
  Inbox,
  type JsonObject,
  LANE_SECONDS,
  readEvent,
  Retry,
} from "user-events-consumer";

import { VirtualClock } from "./support/clock.js";
import { Dynamo } from "./support/dynamodb.js";
import { bodyOf, registration, seal, sequence, uuid } from "./support/events.js";
import { failure, refused } from "./support/failures.js";
import { shared } from "./support/files.js";

function start(leaseMs?: number) {
  const clock = new VirtualClock();
  const dynamo = new Dynamo();
  const options = { table: "inbox", consumer: "welcome", clock, ...(leaseMs !== undefined && { leaseMs }) };
  const inbox = new Inbox(dynamo.client, { ...options, random: () => 0.5 });
  return { clock, dynamo, inbox };
}

function event(number = 1, changes: JsonObject = {}): Event {
  return readEvent(bodyOf(registration(number, "user-1", changes)));
}

/** A transaction item that puts a row. */
function put(attributes: object = {}, sk = "row", table = "inbox") {
  return { Put: { TableName: table, Item: { pk: { S: "EFFECT" }, sk: { S: sk }, ...attributes } } };
}

test("a handled event has the rows of the contract", async () => {
  const { clock, dynamo, inbox } = start();
  const handled = event();
  assert.equal(await inbox.commit(handled, [put()]), "done");
  const now = clock.now();
  const jcs =
    '{"data":{"contact":"sealed","registeredAt":"2026-03-01T12:00:00.000Z","status":"ACTIVE","userId":"user-1"},' +
    `"sequence":"${sequence(1)}","source":"/user-service","subject":"users/user-1","type":"UserRegisteredEventV1"}`;
  assert.deepEqual(dynamo.all(), [
    {
      pk: { S: `CONSUMER#welcome#EVENT#${uuid(1)}` },
      sk: { S: "INBOX" },
      state: { S: "COMPLETED" },
      completedAt: { N: String(now) },
      content: { S: createHash("sha256").update(jcs).digest("hex") },
      ttl: { N: String(now / 1_000 + 60 * 86_400) },
    },
    {
      pk: { S: "CONSUMER#welcome#LANE#users/user-1" },
      sk: { S: "SEQUENCE#account#/user-service" },
      sequence: { S: sequence(1) },
      ttl: { N: String(now / 1_000 + 90 * 86_400) },
    },
    put().Put.Item,
  ]);
  assert.equal(EVENT_SECONDS, 60 * 86_400);
  assert.equal(LANE_SECONDS, 90 * 86_400);
});

test("the content of an event does not depend on the order of members or on the sealing", async () => {
  const { inbox } = start();
  const data = { userId: "user-1", n: 1.5, contact: seal(uuid(1), "contact", "{}") };
  await inbox.commit(event(1, { data }), []);
  const again = { contact: seal(uuid(1), "contact", "{}", { nonce: Buffer.alloc(12, 2) }), n: 1.5, userId: "user-1" };
  assert.equal(await inbox.commit(event(1, { data: again }), []), "duplicate");
  const reason = await refused(inbox.commit(event(1, { data: { ...data, n: 2 } }), []));
  assert.equal(reason, "other-content");
});

test("the content is the one of the other languages", async () => {
  const messages = shared("behaviour/events.json") as Record<string, { body: string; content?: string }>;
  const named = Object.entries(messages).filter(([, { content }]) => content !== undefined);
  assert.ok(named.length > 10);
  for (const [name, { body, content }] of named) {
    const { dynamo, inbox } = start();
    let claimed: unknown;
    const effect = () => {
      claimed = dynamo.all()[0]?.content;
      return Promise.resolve();
    };
    // Some of the messages are markers that complete nothing.
    await inbox.process(readEvent(body), effect).catch(() => undefined);
    assert.deepEqual(claimed, { S: content }, name);
  }
});

test("a member named __proto__ is a part of the content", async () => {
  const { inbox } = start();
  const body = (value: number) =>
    bodyOf(registration()).replace('"data":{', `"data":{"__proto__":{"a":${String(value)}},`);
  assert.equal(await inbox.commit(readEvent(body(1)), []), "done");
  assert.equal(await inbox.commit(readEvent(body(1)), []), "duplicate");
  assert.equal(await refused(inbox.commit(readEvent(body(2)), [])), "other-content");
});

test("the effects of a stale event are left out, and it is recorded", async () => {
  const { dynamo, inbox } = start();
  await inbox.commit(event(2), []);
  assert.equal(await inbox.commit(event(1), [put()]), "stale");
  assert.equal(await inbox.commit(event(1), [put()]), "duplicate");
  assert.ok(!dynamo.all().some(({ pk }) => pk?.S === "EFFECT"));
});

test("an effect that DynamoDB refuses is a failure, and records nothing", async () => {
  const { dynamo, inbox } = start();
  const { Put } = put();
  const effect = { Put: { ...Put, ConditionExpression: "attribute_exists(pk)" } };
  assert.ok((await failure(inbox.commit(event(), [effect]))) instanceof Retry);
  assert.equal(dynamo.rows.size, 0);
});

for (const fault of ["conflict", "throttled"] as const) {
  test(`a transaction that met another one is tried again in place: ${fault}`, async () => {
    const { clock, dynamo, inbox } = start();
    dynamo.faults = [fault, fault, fault, fault, fault];
    const before = clock.now();
    assert.equal(await clock.drive(inbox.commit(event(), [])), "done");
    assert.equal(dynamo.requests.length, 6);
    assert.equal(clock.now() - before, 0.5 * (50 + 100 + 200 + 400 + 800));
    dynamo.faults = Array.from({ length: 6 }, () => fault);
    const error = await failure(clock.drive(inbox.commit(event(2), [])));
    assert.equal((error as Error).name, "TransactionCanceledException");
    assert.equal(dynamo.requests.length, 12);
  });
}

test("another failure of DynamoDB is not tried again", async () => {
  const { dynamo, inbox } = start();
  dynamo.faults = ["before"];
  assert.equal(((await failure(inbox.commit(event(), []))) as Error).name, "TimeoutError");
  assert.equal(dynamo.requests.length, 1);
});

test("effects are held to the limits of DynamoDB before anything is sent", async () => {
  const { dynamo, inbox } = start();
  const rows = (count: number, attributes?: object) =>
    Array.from({ length: count }, (_, n) => put(attributes, `row ${String(n)}`));
  const text = (bytes: number) => ({ a: { S: "x".repeat(bytes) } });
  // pk EFFECT, sk row, and the names.
  const rest = "pkEFFECTskrowa".length;
  const key = (pk: string, sk: string) => ({
    Delete: { TableName: "inbox", Key: { pk: { S: pk }, sk: { S: sk } } },
  });
  for (const effects of [
    rows(99),
    [put(text(409_600 - rest + 1))],
    [put({ a: { M: { b: { L: [{ B: Buffer.alloc(409_600) }] } } } })],
    rows(11, text(400_000)),
    [key("x".repeat(2_049), "x")],
    [key("x", "x".repeat(1_025))],
    [put({}, "\u00e9".repeat(513))],
  ]) {
    assert.equal(await refused(inbox.commit(event(), effects)), "limits");
  }
  assert.equal(dynamo.requests.length, 0);
  assert.equal(await inbox.commit(event(1), rows(98)), "done");
  assert.equal(await inbox.commit(event(2), [put(text(409_600 - rest))]), "done");
  assert.equal(await inbox.commit(event(3), rows(10, text(400_000))), "done");
  assert.equal(await inbox.commit(event(4), [put({}, "x".repeat(1_024))]), "done");
  assert.equal(await inbox.commit(event(5), [put({}, "x".repeat(2_000), "other")]), "done");
});

test("settings out of bounds are refused by name", () => {
  const { dynamo } = start();
  for (const consumer of ["", "a b", "x".repeat(65), "a#b", "a\n"]) {
    assert.throws(() => new Inbox(dynamo.client, { table: "inbox", consumer }), /`consumer`/);
  }
  assert.throws(() => new Inbox(dynamo.client, { table: "", consumer: "a" }), /`table`/);
  for (const leaseMs of [999, Number.NaN]) {
    assert.throws(() => new Inbox(dynamo.client, { table: "inbox", consumer: "a", leaseMs }), /`leaseMs`/);
  }
});
