// Polling: order, groups at the same time, the visibility of messages, and a graceful stop.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Poller, type ReceivedEvent, Retry } from "user-events-consumer";

import { VirtualClock } from "./support/clock.js";
import { effectOf, World, type WorldOptions } from "./support/consumer.js";
import { bodyOf, registration, uuid } from "./support/events.js";

const message = (number: number, group: string) => ({
  id: `${group}${String(number)}`,
  body: bodyOf(registration(number, group)),
  group,
});

/** A poller that runs, and a function that stops it. */
function start(options: WorldOptions = {}, settings: { concurrency?: number } = {}) {
  const world = new World(options);
  const signal = new AbortController();
  const random = () => 1;
  const running = world.consumer.poller({ random, ...settings }).run(signal.signal);
  const stop = async () => {
    signal.abort();
    await world.clock.drive(running);
  };
  return { world, clock: world.clock, sqs: world.sqs, signal, running, stop };
}

/** A handler that waits until a test lets it go. */
class Gate {
  readonly begun: string[] = [];
  readonly #open = new Map<string, () => void>();

  readonly handler = async (event: ReceivedEvent) => {
    this.begun.push(event.id);
    await new Promise<void>((resolve) => this.#open.set(event.id, resolve));
    return [effectOf(event)];
  };

  open(number: number): void {
    this.#open.get(uuid(number))?.();
  }
}

test("handled messages are deleted", async () => {
  const { world, clock, sqs, stop } = start();
  sqs.add(message(1, "a"), message(2, "a"), message(3, "b"));
  await clock.advance(1_000);
  assert.deepEqual(sqs.messages, []);
  assert.deepEqual(world.effects(), { [uuid(1)]: 1, [uuid(2)]: 1, [uuid(3)]: 1 });
  await stop();
});

test("groups are handled at the same time, and each in its order", async () => {
  const gate = new Gate();
  const { clock, sqs, stop } = start({ handler: gate.handler });
  sqs.add(message(1, "a"), message(2, "a"), message(3, "b"));
  await clock.advance(1_000);
  assert.deepEqual(gate.begun, [uuid(1), uuid(3)]);
  gate.open(1);
  await clock.advance(0);
  assert.deepEqual(gate.begun, [uuid(1), uuid(3), uuid(2)]);
  gate.open(2);
  gate.open(3);
  await stop();
  assert.deepEqual(sqs.messages, []);
});

test("no more is received while enough is in work", async () => {
  const gate = new Gate();
  const { clock, sqs, stop } = start({ handler: gate.handler }, { concurrency: 2 });
  sqs.batch = 1;
  sqs.add(message(1, "a"), message(2, "b"), message(3, "c"));
  await clock.advance(5_000);
  assert.deepEqual(gate.begun, [uuid(1), uuid(2)]);
  gate.open(1);
  await clock.advance(1_000);
  assert.deepEqual(gate.begun, [uuid(1), uuid(2), uuid(3)]);
  gate.open(2);
  gate.open(3);
  await stop();
});

test("messages stay hidden while they are in work or wait for their turn", async () => {
  const gate = new Gate();
  const { clock, sqs, stop } = start({ handler: gate.handler });
  sqs.add(message(1, "a"), message(2, "a"));
  await clock.advance(95_000);
  assert.deepEqual(gate.begun, [uuid(1)], "nothing was delivered again");
  assert.deepEqual(sqs.hidden.slice(0, 2), [
    ["a1", 30],
    ["a2", 30],
  ]);
  assert.ok(sqs.messages.every(({ receives }) => receives === 1));
  gate.open(1);
  await clock.advance(0);
  gate.open(2);
  await clock.advance(0);
  const extended = sqs.hidden.length;
  await clock.advance(30_000);
  assert.equal(sqs.hidden.length, extended, "deleted messages are not extended");
  await stop();
});

test("after a failure the rest of its group returns, and the message is hidden for a longer time each time", async () => {
  let failing = true;
  const handled: string[] = [];
  const { clock, sqs, stop, world } = start({
    handler: (event) => {
      if (failing && event.id === uuid(1)) throw new Error();
      handled.push(event.id);
      return [effectOf(event)];
    },
  });
  sqs.add(message(1, "a"), message(2, "a"), message(3, "b"));
  await clock.advance(0);
  await clock.advance(500);
  assert.deepEqual(sqs.hidden, [
    ["a2", 0],
    ["a1", 1],
  ]);
  assert.deepEqual(handled, [uuid(3)]);
  await clock.advance(2_000);
  assert.deepEqual(sqs.hidden.slice(2), [
    ["a2", 0],
    ["a1", 2],
  ]);
  failing = false;
  await clock.advance(5_000);
  assert.deepEqual(handled, [uuid(3), uuid(1), uuid(2)]);
  assert.deepEqual(sqs.messages, []);
  assert.deepEqual(world.effects(), { [uuid(1)]: 1, [uuid(2)]: 1, [uuid(3)]: 1 });
  await stop();
});

test("a message is hidden until the claim of another handler ends", async () => {
  const clock = new VirtualClock();
  const until = clock.now() + 25_000;
  const { sqs, stop } = start({
    clock,
    handler: () => {
      throw new Retry(until);
    },
  });
  sqs.add(message(1, "a"));
  await clock.advance(1_000);
  assert.deepEqual(sqs.hidden, [["a1", 25]]);
  await stop();
});

test("poison is set aside and deleted, and its group goes on", async () => {
  const { clock, sqs, stop } = start();
  sqs.add({ id: "bad", body: "hello", group: "a" }, message(1, "a"));
  await clock.advance(1_000);
  assert.deepEqual(sqs.messages, []);
  assert.deepEqual(
    sqs.deadLetters.map((sent) => sent.MessageDeduplicationId),
    ["aside-bad"],
  );
  await stop();
});

test("a stop finishes the message in work and returns the others", async () => {
  const gate = new Gate();
  const { clock, sqs, signal, running } = start({ handler: gate.handler });
  sqs.add(message(1, "a"), message(2, "a"));
  await clock.advance(1_000);
  signal.abort();
  gate.open(1);
  await running;
  assert.deepEqual(sqs.deleted, ["a1"]);
  assert.deepEqual(sqs.hidden.at(-1), ["a2", 0]);
  assert.deepEqual(gate.begun, [uuid(1)]);
});

test("a stop ends a poll that waits", async () => {
  const { clock, signal, running } = start();
  await clock.advance(2_000);
  signal.abort();
  await running;
});

test("SIGTERM stops a consumer that polls", async () => {
  const world = new World();
  const polling = world.consumer.poll();
  world.sqs.add(message(1, "a"));
  await world.clock.advance(1_000);
  process.emit("SIGTERM");
  await polling;
  assert.deepEqual(world.sqs.deleted, ["a1"]);
  assert.equal(process.listenerCount("SIGTERM"), 0);
});

test("after a failed request there is a pause, which doubles", async () => {
  const { world, clock, sqs, stop } = start();
  sqs.failures = 3;
  sqs.add(message(1, "a"));
  const before = clock.now();
  while (sqs.messages.length > 0) await clock.advance(1_000);
  assert.equal(clock.now() - before, 7_000);
  const failures = world.output.filter((line) => line.includes("poller"));
  assert.deepEqual(
    failures,
    Array.from({ length: 3 }, () => '{"poller":"receive","failed":"RequestThrottled"}'),
  );
  await stop();
});

test("settings out of bounds are refused by name", () => {
  const { queue } = new World();
  const handle = () => Promise.resolve({ outcome: "done" } as const);
  for (const [name, values] of Object.entries({
    concurrency: [0, 1.5],
    visibilitySeconds: [2, 43_201],
    waitSeconds: [-1, 21],
  })) {
    for (const value of values) {
      assert.throws(() => new Poller(queue, handle, { [name]: value }), new RegExp(`\`${name}\``));
    }
  }
});
