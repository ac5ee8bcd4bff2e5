// Batches of Lambda.

import assert from "node:assert/strict";
import { test } from "node:test";

import type { SQSHandler } from "aws-lambda";
import { Retry } from "user-events-consumer";

import { settle } from "./support/clock.js";
import { effectOf, record, World } from "./support/consumer.js";
import { bodyOf, registration, uuid } from "./support/events.js";

const body = (number = 1, user = "user-1") => bodyOf(registration(number, user));

test("a handler can hide a message until a time", async () => {
  const world = new World({
    handler: () => {
      throw new Retry(new Date(world.clock.now() + 12_345));
    },
  });
  const answer = await world.consumer.lambdaHandler({ Records: [record(body(), "m1")] });
  assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: "m1" }] });
  assert.deepEqual(world.sqs.hidden, [["m1", 13]]);
});

test("groups of a batch are handled at the same time, and each in its order", async () => {
  const begun: string[] = [];
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const world = new World({
    handler: async (event) => {
      begun.push(event.subject);
      await gate;
      return [effectOf(event)];
    },
  });
  const Records = [
    record(body(1, "a"), "a1", "a"),
    record(body(2, "a"), "a2", "a"),
    record(body(3, "b"), "b1", "b"),
    record(body(4, "c"), "c1", "c"),
  ];
  const answered = world.consumer.lambdaHandler({ Records });
  await settle();
  assert.deepEqual(begun, ["users/a", "users/b", "users/c"]);
  open();
  assert.deepEqual(await answered, { batchItemFailures: [] });
  assert.equal(begun.length, 4);
});

test("after a failure the rest of its group returns, in the order of the batch", async () => {
  const world = new World({
    handler: (event) => {
      if (event.id === uuid(1)) throw new Error();
      return [effectOf(event)];
    },
  });
  const Records = [record(body(1, "a"), "a1", "a"), record(body(3, "b"), "b1", "b"), record(body(2, "a"), "a2", "a")];
  assert.deepEqual(await world.consumer.lambdaHandler({ Records }), {
    batchItemFailures: [{ itemIdentifier: "a1" }, { itemIdentifier: "a2" }],
  });
  assert.deepEqual(world.effects(), { [uuid(3)]: 1 });
});

test("the Lambda handler has the type of an SQS handler", () => {
  const handler: SQSHandler = new World().consumer.lambdaHandler;
  assert.equal(typeof handler, "function");
});

for (const deadLetters of ["full", "none"] as const) {
  test(`without a dead-letter queue that accepts it, a message returns and its group goes on: ${deadLetters}`, async () => {
    const world = new World(deadLetters === "none" ? { consumer: { deadLetters: undefined } } : {});
    world.sqs.full = true;
    const Records = [record("hello", "bad"), record(body(), "good")];
    assert.deepEqual(await world.consumer.lambdaHandler({ Records }), {
      batchItemFailures: [{ itemIdentifier: "bad" }],
    });
    assert.deepEqual(
      world.lines().map(({ outcome, reason }) => [outcome, reason]),
      [
        ["retry", "not-an-event"],
        ["done", undefined],
      ],
    );
    assert.deepEqual(world.metrics(), {});
  });
}
