// Effects under a lease: crashes, renewals and losses.

import assert from "node:assert/strict";
import { test } from "node:test";

import { type Event, Inbox, InProgress, type JsonObject, type Lease, LeaseLost, readEvent } from "user-events-consumer";

import { settle, VirtualClock } from "./support/clock.js";
import { Dynamo } from "./support/dynamodb.js";
import { bodyOf, registration, sequence, uuid } from "./support/events.js";
import { failure, refused } from "./support/failures.js";

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

test("an effect under a lease happens once, and its event is a duplicate then", async () => {
  const { dynamo, inbox } = start();
  let effects = 0;
  const effect = (lease: Lease) => {
    assert.equal(lease.eventId, uuid(1));
    effects++;
    return Promise.resolve();
  };
  assert.equal(await inbox.process(event(), effect), "done");
  assert.equal(await inbox.process(event(), effect), "duplicate");
  assert.equal(await inbox.commit(event(), []), "duplicate");
  assert.equal(effects, 1);
  assert.equal(dynamo.all()[0]?.state?.S, "COMPLETED");
});

test("a failed effect releases the event", async () => {
  const { dynamo, inbox } = start();
  await assert.rejects(
    inbox.process(event(), () => Promise.reject(new Error("no mail today"))),
    /no mail/,
  );
  assert.equal(dynamo.rows.size, 0);
  assert.equal(await inbox.process(event(), () => Promise.resolve()), "done");
});

test("a claim that lives is a retry until it ends", async () => {
  const { clock, inbox } = start();
  const until = clock.now() + 30_000;
  void inbox.process(event(), () => new Promise(() => undefined));
  await settle();
  for (const attempt of [inbox.commit(event(), []), inbox.process(event(), () => Promise.resolve())]) {
    const error = await failure(attempt);
    assert.ok(error instanceof InProgress && error.until === until);
  }
});

test("a lease that ended is claimed by the next handler", async () => {
  const { clock, dynamo, inbox } = start();
  let release: () => void = () => undefined;
  const slow = inbox.process(event(), () => new Promise<void>((resolve) => (release = resolve)));
  await settle();
  // Renewals do not arrive, as after a crash.
  dynamo.faults = ["before", "before"];
  await clock.advance(20_000);
  const other = new Inbox(dynamo.client, { table: "inbox", consumer: "welcome", clock });
  await assert.rejects(other.commit(event(), []), InProgress);
  dynamo.faults = ["before"];
  await clock.advance(10_000);
  assert.equal(await other.commit(event(), [put()]), "done");
  release();
  await assert.rejects(slow, LeaseLost);
});

test("a lease is renewed after each third of it while the effect runs", async () => {
  const { clock, dynamo, inbox } = start(3_000);
  let finish: () => void = () => undefined;
  const slow = inbox.process(event(), () => new Promise<void>((resolve) => (finish = resolve)));
  await clock.advance(10_000);
  const renewals = dynamo.requests.filter(({ input }) => String(input.UpdateExpression).includes("leaseUntil"));
  assert.equal(renewals.length, 10);
  await assert.rejects(inbox.commit(event(), []), InProgress);
  finish();
  assert.equal(await slow, "done");
  const requests = dynamo.requests.length;
  await clock.advance(10_000);
  assert.equal(dynamo.requests.length, requests, "nothing is renewed after the end");
});

test("an effect is cancelled when its lease is lost", async () => {
  const { clock, dynamo, inbox } = start(3_000);
  let lease: Lease | undefined;
  const slow = inbox.process(event(), (given) => {
    lease = given;
    return new Promise(() => undefined);
  });
  await settle();
  const row = dynamo.all()[0];
  assert.ok(row && lease);
  row.owner = { S: "another handler" };
  const lost = failure(slow);
  await clock.advance(1_000);
  assert.ok((await lost) instanceof LeaseLost);
  assert.ok(lease.signal.aborted);
  assert.equal(dynamo.all()[0]?.owner?.S, "another handler", "the claim of the other handler is left alone");
});

test("an effect can renew its lease itself", async () => {
  const { clock, inbox } = start();
  await inbox.process(event(), async (lease) => {
    const before = lease.until;
    await clock.advance(5_000);
    await lease.renew();
    assert.equal(lease.until, before + 5_000);
  });
});

test("a claim and a completion with lost answers are those of the same handler", async () => {
  const { dynamo, inbox } = start();
  // The client of the SDK sends the write again after a lost answer.
  const twice = {
    send: async (command: never) => {
      await dynamo.client.send(command);
      return dynamo.client.send(command);
    },
  };
  const repeating = new Inbox(twice as never, { table: "inbox", consumer: "welcome" });
  let effects = 0;
  const effect = () => {
    effects++;
    return Promise.resolve();
  };
  assert.equal(await repeating.process(event(), effect), "done");
  assert.equal(await inbox.process(event(), effect), "duplicate");
  assert.equal(effects, 1);
});

test("a claim of another content is an alarm", async () => {
  const { inbox } = start();
  void inbox.process(event(), () => new Promise(() => undefined));
  await settle();
  assert.equal(await refused(inbox.commit(event(1, { sequence: sequence(9) }), [])), "other-content");
});

test("a claim that met another write is tried again in place", async () => {
  const { clock, dynamo, inbox } = start();
  dynamo.faults = ["conflict"];
  assert.equal(await clock.drive(inbox.process(event(), () => Promise.resolve())), "done");
});
