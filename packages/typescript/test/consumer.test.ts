// Results of messages, log, metrics, and settings of the environment.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Consumer, NOT_GRANTED, type ReceivedEvent, Retry, SetAside } from "user-events-consumer";

import { effectOf, message, record, World } from "./support/consumer.js";
import { bodyOf, CONTACT, registration, seal, uuid } from "./support/events.js";

const body = (number = 1, user = "user-1") => bodyOf(registration(number, user));

test("a handled message makes one line with names and no value", async () => {
  const world = new World();
  assert.deepEqual(await world.consumer.handle(message(body())), { outcome: "done" });
  assert.deepEqual(
    world.output.map((line) => JSON.parse(line) as unknown),
    [
      {
        event: uuid(1),
        type: "UserRegisteredEventV1",
        outcome: "done",
        opened: ["contact"],
        denied: [],
        erased: [],
      },
    ],
  );
  assert.ok(!world.output.join().includes(CONTACT.email));
});

test("a denied class is named, and is no failure", async () => {
  const results: unknown[] = [];
  const handler = async (event: ReceivedEvent) => {
    results.push(await event.open("contact"), await event.open("address"));
    return [];
  };
  const world = new World({ handler });
  world.kms.denied.add("contact");
  await world.consumer.handle(message(body()));
  assert.deepEqual(results, [NOT_GRANTED, undefined]);
  assert.deepEqual(world.lines()[0]?.denied, ["contact"]);
  assert.deepEqual(world.metrics(), {});
});

test("a metric is a line in the embedded metric format", async () => {
  const world = new World({ opener: { requires: ["contact"] } });
  world.kms.denied.add("contact");
  const result = await world.consumer.handle(message(body()));
  assert.deepEqual(result, { outcome: "retry", reason: "denied", until: undefined, holds: true });
  assert.deepEqual(JSON.parse(world.output[0] ?? ""), {
    _aws: {
      Timestamp: world.clock.now(),
      CloudWatchMetrics: [
        {
          Namespace: "UserEvents/Consumer",
          Dimensions: [["Consumer"]],
          Metrics: [{ Name: "Denied", Unit: "Count" }],
        },
      ],
    },
    Consumer: "welcome",
    Denied: 1,
  });
  assert.deepEqual(world.lines()[0]?.denied, ["contact"]);
});

test("a handler that did not wait for a denied class to open is handled all the same", async () => {
  const world = new World({
    handler: (event) => {
      void event.open("contact").catch(() => undefined);
      return [effectOf(event)];
    },
  });
  assert.equal((await world.consumer.handle(message(body()))).outcome, "done");
});

test("an exception concerns its message, and the log has only its name", async () => {
  const errors = [
    new TypeError("ada@example.com"),
    Object.assign(new Error(), { name: "ada@example.com\n" }),
    "ada@example.com",
    undefined,
  ];
  for (const [place, error] of errors.entries()) {
    const world = new World({
      handler: () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- handlers in JavaScript throw anything
        throw error;
      },
    });
    const result = await world.consumer.handle(message(body()));
    const reason = place === 0 ? "TypeError" : "unknown";
    assert.deepEqual(result, { outcome: "retry", reason, until: undefined, holds: true });
    assert.ok(!world.output.join().includes("ada"), "no value is logged");
    assert.equal(world.lines()[0]?.message, "m1");
  }
});

test("a reason is a name", () => {
  for (const reason of ["", "ada@example.com", "a b", "a\n", "-a", "x".repeat(65)]) {
    assert.throws(() => new SetAside(reason), /`reason`/);
  }
  assert.equal(new SetAside("no-such-country").reason, "no-such-country");
});

test("a retry is at a valid time", () => {
  for (const until of [NaN, Infinity, new Date("no date")]) assert.throws(() => new Retry(until), /`until`/);
  assert.equal(new Retry(new Date(5)).until, 5);
  assert.equal(new Retry().until, undefined);
});

test("a message that is set aside keeps its body, group and attributes", async () => {
  const world = new World();
  const attributes = { eventType: "UserRegisteredEventV1", category: "account" };
  const result = await world.consumer.handle(message("hello", "m1", attributes));
  assert.deepEqual(result, { outcome: "set-aside", reason: "not-an-event" });
  assert.deepEqual(world.sqs.deadLetters, [
    {
      QueueUrl: "https://sqs.example.com/123456789012/welcome-dlq.fifo",
      MessageBody: "hello",
      MessageGroupId: "users/user-1",
      MessageDeduplicationId: "aside-m1",
      MessageAttributes: {
        eventType: { DataType: "String", StringValue: "UserRegisteredEventV1" },
        category: { DataType: "String", StringValue: "account" },
        setAsideReason: { DataType: "String", StringValue: "not-an-event" },
      },
    },
  ]);
  assert.deepEqual(world.metrics(), { SetAside: 1 });
  assert.deepEqual(world.lines(), [
    { outcome: "set-aside", reason: "not-an-event", message: "m1", opened: [], denied: [], erased: [] },
  ]);
});

test("binary attributes are kept, and a standard queue has no deduplication id", async () => {
  const world = new World({ queueUrl: "https://sqs.example.com/123456789012/welcome" });
  const aside = record("hello", "m1", "users/user-1", "welcome");
  aside.messageAttributes = { raw: { dataType: "Binary", binaryValue: "AAE=" } };
  await world.consumer.lambdaHandler({ Records: [aside] });
  const [sent] = world.sqs.deadLetters;
  assert.deepEqual(sent?.MessageAttributes?.raw, { DataType: "Binary", BinaryValue: Buffer.from([0, 1]) });
  assert.equal(sent.MessageDeduplicationId, undefined);
});

test("a test event is refused, wherever it is marked", async () => {
  const wrapped = JSON.stringify({
    Type: "Notification",
    Message: body(),
    MessageAttributes: { test: { Type: "String", Value: "true" } },
  });
  for (const marked of [message(body(), "m1", { test: "true" }), message(wrapped)]) {
    const world = new World();
    assert.deepEqual(await world.consumer.handle(marked), { outcome: "set-aside", reason: "test-event" });
  }
  const accepting = new World({ consumer: { acceptsTests: true } });
  assert.equal((await accepting.consumer.handle(message(wrapped))).outcome, "done");
  assert.equal((await new World().consumer.handle(message(body(), "m1", { test: "false" }))).outcome, "done");
});

test("a missing key of a person is a retry with an alarm", async () => {
  const contact = seal(uuid(1), "contact", "{}", { keyId: "A".repeat(22) });
  const { SubjectKeys } = await import("user-events-consumer");
  const empty = new World();
  const subjectKeys = new SubjectKeys(empty.dynamo.client, { table: "keys" });
  const world = new World({ opener: { subjectKeys } });
  const event = bodyOf(registration(1, "user-1", { data: { userId: "user-1", contact } }));
  const result = await world.consumer.handle(message(event));
  assert.deepEqual(result, { outcome: "retry", reason: "subject-key-missing", until: undefined, holds: true });
  assert.deepEqual(world.metrics(), { SubjectKeyMissing: 1 });
});

test("a handler under a lease gets its lease", async () => {
  const seen: string[] = [];
  const handler = {
    underLease: (event: ReceivedEvent, lease: { eventId: string }) => {
      seen.push(event.id, lease.eventId);
      return Promise.resolve();
    },
  };
  const world = new World({ handler });
  await world.consumer.handle(message(body()));
  await world.consumer.handle(message(body()));
  assert.deepEqual(seen, [uuid(1), uuid(1)]);
  assert.deepEqual(
    world.lines().map(({ outcome }) => outcome),
    ["done", "duplicate"],
  );
});

test("a missing variable of the environment is named", () => {
  const names = ["CONSUMER_NAME", "INBOX_TABLE", "SEAL_KEY_ARN"];
  const before = { ...process.env };
  try {
    process.env.AWS_REGION = "eu-west-1";
    for (const missing of names) {
      for (const name of names) process.env[name] = name === missing ? "" : "welcome";
      assert.throws(() => Consumer.fromEnvironment(() => []), new RegExp(missing));
    }
    for (const name of names) process.env[name] = "welcome";
    process.env.SUBJECT_KEYS_TABLE = "keys";
    const consumer = Consumer.fromEnvironment(() => [], { requires: ["contact"] });
    assert.throws(() => consumer.poller(), /QUEUE_URL/);
    process.env.QUEUE_URL = "https://sqs.example.com/123456789012/welcome.fifo";
    assert.ok(Consumer.fromEnvironment(() => []).poller());
  } finally {
    process.env = before;
  }
});
