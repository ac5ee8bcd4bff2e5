// Keys, grants, duplicates, order and batches.

import assert from "node:assert/strict";
import { test } from "node:test";

import { answer, type Message } from "../src/batch.js";
import { Consumer } from "../src/consumer.js";
import { type Event, NotAnEvent, read } from "../src/event.js";
import { NOT_GRANTED, Opener } from "../src/opening.js";
import { FIFO, Kms, message, registration, Table } from "./support.js";

const NOTHING_FAILED = { batchItemFailures: [] };

function start(granted?: string[]) {
  const vector = registration();
  const kms = new Kms(vector.key, granted);
  const table = new Table();
  const log: any[] = [];
  const consumer = new Consumer("welcome", kms, table, "inbox", (line) => log.push(line));
  return { vector, kms, table, log, consumer, outcomes: () => log.map((line) => line.outcome) };
}

/** A later event of the same subject, without sealed classes. */
function later(event: Event, changes: Partial<Event> = {}): Event {
  const { contact, ...data } = event.data;
  return { ...event, data, id: "later", sequence: `${"9".repeat(40)}.0000`, ...changes };
}

test("a registration becomes one row of the outbox however often it comes", async () => {
  const { vector, table, log, consumer, outcomes } = start();
  for (let time = 0; time < 3; time++) {
    assert.deepEqual(await consumer.batch([message(vector.envelope)]), NOTHING_FAILED);
  }
  assert.deepEqual(
    table.outbox().map((row) => row.email.S),
    [vector.opened.email],
  );
  assert.deepEqual(outcomes(), ["done", "duplicate", "duplicate"]);
  assert.ok(!JSON.stringify(log).includes(String(vector.opened.email)), "personal data is not logged");
});

test("a late event is recognised and overwrites nothing", async () => {
  const { vector, table, consumer, outcomes } = start();
  await consumer.batch([message(later(vector.envelope))]);
  await consumer.batch([message(vector.envelope)]);
  await consumer.batch([message(vector.envelope)]);
  assert.deepEqual(outcomes(), ["done", "stale", "duplicate"]);
  assert.deepEqual(table.outbox(), []);
});

test("an equal sequence with an unseen id is new", async () => {
  const { vector, consumer, outcomes } = start();
  await consumer.batch([message(vector.envelope)]);
  await consumer.batch([message(later(vector.envelope, { sequence: vector.envelope.sequence }))]);
  await consumer.batch([message(vector.envelope)]);
  assert.deepEqual(outcomes(), ["done", "done", "duplicate"]);
});

test("sequences of different categories are not compared", async () => {
  const { vector, consumer, outcomes } = start();
  const dataschema = "urn:user-events:schemas/profile/UserProfileUpdatedEventV1.json";
  await consumer.batch([message(later(vector.envelope, { dataschema }))]);
  await consumer.batch([message(vector.envelope)]);
  assert.deepEqual(outcomes(), ["done", "done"]);
});

test("a class that is not granted is not a failure", async () => {
  const { vector, table, log, consumer } = start([]);
  assert.deepEqual(await consumer.batch([message(vector.envelope)]), NOTHING_FAILED);
  assert.deepEqual([log[0].denied, log[0].outcome], [["contact"], "done"]);
  assert.deepEqual(table.outbox(), []);
});

test("many events under one data key ask KMS once, even all at once", async () => {
  const { vector, kms } = start();
  let now = 0;
  const opener = new Opener(kms, { maxAgeMs: 300_000 }, () => now);
  await Promise.all(Array.from({ length: 100 }, () => opener.open(vector.envelope, "contact")));
  assert.equal(kms.calls.length, 1);
  assert.deepEqual(kms.calls[0]?.EncryptionContext, { app: "user-events", class: "contact" });
  now = 300_001;
  await opener.open(vector.envelope, "contact");
  assert.equal(kms.calls.length, 2, "an expired key is not used");
});

test("a denial is cached for a while and then checked again", async () => {
  const { vector, kms } = start([]);
  let now = 0;
  const opener = new Opener(kms, { maxDenialAgeMs: 30_000 }, () => now);
  for (let time = 0; time < 3; time++) assert.equal(await opener.open(vector.envelope, "contact"), NOT_GRANTED);
  assert.equal(kms.calls.length, 1);
  [kms.granted, now] = [["contact"], 30_001];
  assert.deepEqual(await opener.open(vector.envelope, "contact"), vector.opened);
});

test("the cache of keys is bounded", async () => {
  const { vector, kms } = start();
  const opener = new Opener(kms, { maxKeys: 2 });
  for (let place = 0; place < 5; place++) {
    const contact = { ...(vector.envelope.data.contact as object), dataKey: Buffer.from([place]).toString("base64") };
    await opener.open({ ...vector.envelope, data: { contact } }, "contact");
  }
  assert.equal(opener.size, 2);
});

test("an error of KMS is a failure that is tried again, and is not cached", async () => {
  const { vector, kms, table, consumer, outcomes } = start();
  kms.down = true;
  const failed = { batchItemFailures: [{ itemIdentifier: "m1" }] };
  assert.deepEqual(await consumer.batch([message(vector.envelope)]), failed);
  assert.equal(table.items.size, 0);
  kms.down = false;
  assert.deepEqual(await consumer.batch([message(vector.envelope)]), NOTHING_FAILED);
  assert.equal(outcomes().at(-1), "done");
});

test("a failed write leaves no claim behind", async () => {
  const { vector, table, consumer, outcomes } = start();
  table.down = true;
  assert.equal((await consumer.batch([message(vector.envelope)])).batchItemFailures.length, 1);
  table.down = false;
  await consumer.batch([message(vector.envelope)]);
  assert.equal(outcomes().at(-1), "done");
  assert.equal(table.outbox().length, 1);
});

async function handled(bodies: string[], failing: string, eventSourceARN: string) {
  const seen: string[] = [];
  const messages: Message[] = bodies.map((body) => ({
    messageId: body,
    body,
    attributes: { MessageGroupId: body.slice(0, 1) },
    eventSourceARN,
  }));
  const { batchItemFailures } = await answer(
    messages,
    async ({ body }) => {
      if (body === failing) throw new Error();
      seen.push(body);
    },
    () => {},
  );
  return { seen, failed: batchItemFailures.map((failure) => failure.itemIdentifier) };
}

test("a FIFO group stops at its first failure and the others continue", async () => {
  const result = await handled(["a1", "b1", "a2", "b2", "a3"], "a2", FIFO);
  assert.deepEqual(result, { seen: ["a1", "b1", "b2"], failed: ["a2", "a3"] });
});

test("in a standard queue each message is handled independently", async () => {
  const result = await handled(["a1", "a2"], "a1", FIFO.replace(".fifo", ""));
  assert.deepEqual(result, { seen: ["a2"], failed: ["a1"] });
});

for (const body of ["hello", "[]", "{}", '{"specversion":"1.0","id":7}']) {
  test(`a message that is not an event fails alone: ${body}`, async () => {
    assert.throws(() => read(body), NotAnEvent);
    const { vector, log, consumer } = start();
    const answered = await consumer.batch([message(body, "bad", "a-standard-queue"), message(vector.envelope, "good")]);
    assert.deepEqual(answered, { batchItemFailures: [{ itemIdentifier: "bad" }] });
    assert.ok(!JSON.stringify(log).includes("hello"), "the log does not quote the body");
  });
}

test("an event wrapped by SNS is the same event", () => {
  const { vector } = start();
  const wrapped = JSON.stringify({ Type: "Notification", Message: JSON.stringify(vector.envelope) });
  assert.deepEqual(read(wrapped), vector.envelope);
});

test("an unknown event type is not a failure", async () => {
  const { vector, table, consumer, outcomes } = start();
  const event = { ...vector.envelope, type: "SomethingNewEventV1" };
  assert.deepEqual(await consumer.batch([message(event)]), NOTHING_FAILED);
  assert.deepEqual([table.outbox(), outcomes()], [[], ["done"]]);
});
