// The scenarios that every consumer library passes.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { type LambdaRecord, type Outcome, type ReceivedEvent, SetAside, SubjectKeys } from "user-events-consumer";

import { VirtualClock } from "./support/clock.js";
import { effectOf, record, TABLE, World } from "./support/consumer.js";
import { Dynamo, type Fault, keyOf } from "./support/dynamodb.js";
import type { Item } from "./support/expressions.js";
import { shared } from "./support/files.js";

const PERSONS = "subject-keys";

interface Step {
  deliver?: string[];
  expect?: Record<string, string>;
  from?: "snapshot";
  receives?: Record<string, number>;
  complete?: string;
  events?: number;
  throws?: string[];
  asides?: Record<string, string>;
  crashes?: Record<string, Fault>;
  wait?: number;
  deny?: string;
  grant?: string;
  fail?: string;
  answer?: "kms";
  claim?: string;
  seconds?: number;
  reset?: string;
  create?: string;
  erase?: string;
}

interface Scenario {
  name: string;
  queue?: "fifo" | "standard";
  requires?: string[];
  acceptsTests?: boolean;
  steps: Step[];
  effects?: Record<string, number>;
  deadLetters?: Record<string, string>;
  metrics?: Record<string, number>;
  erased?: string[];
  snapshot?: { run: string; events: number };
  rows?: { pk: string; sk: string }[];
}

const suite = shared("behaviour/scenarios.json") as {
  sealKeyArn: string;
  keys: Record<string, string>;
  subjectKeys: Record<string, { keyId: string; secret: string }>;
  start: number;
  scenarios: Scenario[];
};
const messages = shared("behaviour/events.json") as Record<
  string,
  { body: string; attributes?: Record<string, string> }
>;

/** Runs a scenario on fakes of KMS, DynamoDB and SQS. */
class Run {
  private readonly world: World;
  private readonly persons = new Dynamo();
  private step: Step = {};
  private readonly outcomes: Record<string, string> = {};

  constructor(private readonly scenario: Scenario) {
    const clock = new VirtualClock(suite.start);
    const subjectKeys = new SubjectKeys(this.persons.client, { table: PERSONS, clock });
    this.world = new World({
      clock,
      late: true,
      handler: (event) => this.handle(event),
      opener: { sealKeyArns: [suite.sealKeyArn], requires: scenario.requires ?? [], subjectKeys },
      consumer: { acceptsTests: scenario.acceptsTests ?? false },
      queueUrl: `https://sqs.example.com/123456789012/welcome${scenario.queue === "standard" ? "" : ".fifo"}`,
    });
    Object.assign(this.world.kms.keys, suite.keys);
    this.world.dynamo.faultOf = (request) => {
      const crashes = Object.entries(this.step.crashes ?? {});
      return crashes.find(([name]) => request.includes(String(idOf(name))))?.[1];
    };
  }

  async all(): Promise<void> {
    for (const step of this.scenario.steps) await this.one(step);
    const { effects = {}, deadLetters = {}, metrics = {}, rows = [] } = this.scenario;
    assert.deepEqual(this.world.effects(), byId(effects));
    const snapshot = this.row("CONSUMER#welcome", "SNAPSHOT");
    const found = snapshot && { run: snapshot.run?.S, events: Number(snapshot.events?.N) };
    assert.deepEqual(found, this.scenario.snapshot);
    for (const { pk, sk } of rows) assert.ok(this.row(pk, sk), `${pk} ${sk}`);
    assert.deepEqual(this.world.metrics(), metrics);
    const erased = this.world.lines().filter(({ erased }) => erased.includes("contact"));
    assert.deepEqual(new Set(erased.map(({ event }) => event)), new Set(this.scenario.erased?.map(idOf)));
    const asides = this.world.sqs.deadLetters.map(({ MessageDeduplicationId, MessageBody, MessageAttributes }) => {
      const name = MessageDeduplicationId?.replace("aside-", "") ?? "";
      assert.equal(MessageBody, messages[name]?.body);
      return [name, MessageAttributes?.setAsideReason?.StringValue];
    });
    assert.deepEqual(Object.fromEntries(asides), deadLetters);
    assert.equal(asides.length, Object.keys(deadLetters).length, "each message is set aside once");
  }

  private async one(step: Step): Promise<void> {
    this.step = step;
    if (step.wait !== undefined) await this.world.clock.advance(1_000 * step.wait);
    if (step.deny !== undefined) this.world.kms.denied.add(step.deny);
    if (step.grant !== undefined) this.world.kms.denied.delete(step.grant);
    if (step.fail !== undefined) this.world.kms.failure = step.fail;
    if (step.answer !== undefined) this.world.kms.failure = undefined;
    if (step.create !== undefined) this.create(step.create);
    if (step.erase !== undefined) this.put(step.erase, { erasedAt: { S: "2026-03-01T12:00:00.000Z" } });
    if (step.claim !== undefined) await this.claim(step.claim, step.seconds ?? 0);
    if (step.complete !== undefined) this.complete(step.complete, step.events ?? 0);
    if (step.reset !== undefined) this.reset(step.reset);
    if (step.deliver !== undefined) await this.deliver(step.deliver, step.expect ?? {});
  }

  private async deliver(names: string[], expected: Record<string, string>): Promise<void> {
    const { world } = this;
    const fifo = this.scenario.queue !== "standard";
    const before = world.lines().length;
    const [source, other] = this.step.from === "snapshot" ? [world.snapshots, world.sqs] : [world.sqs, world.snapshots];
    source.hidden.length = 0;
    other.hidden.length = 0;
    const queue = `welcome${this.step.from === "snapshot" ? "-snapshot" : ""}${fifo ? ".fifo" : ""}`;
    const Records = names.map((name) => recordOf(name, queue, this.step.receives?.[name]));
    const answer = await world.consumer.lambdaHandler({ Records });
    const returned = new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const lines = world.lines().slice(before);
    const hidden = new Map(source.hidden);
    assert.deepEqual(other.hidden, [], "a message is hidden where it came from");
    for (const name of names) {
      // A line of a retry or set-aside names the message; the others name the event.
      const line = lines.find((line) =>
        line.message === undefined ? line.event === idOf(name) : line.message === name,
      );
      const outcome = line?.outcome ?? "held";
      const seconds = hidden.get(name);
      this.outcomes[name] =
        outcome === "set-aside"
          ? `set-aside:${String(line?.reason)}`
          : outcome === "retry" && seconds !== undefined
            ? `retry@${String(seconds)}`
            : outcome;
      assert.equal(returned.has(name), outcome === "retry" || outcome === "held", name);
      assert.equal(this.outcomes[name], expected[name], name);
    }
  }

  private async handle(event: ReceivedEvent) {
    const { throws = [], asides = {} } = this.step;
    const has = (name: string) => idOf(name) === event.id;
    if (throws.some(has)) throw new Error("the handler fails");
    const aside = Object.entries(asides).find(([name]) => has(name));
    if (aside) throw new SetAside(aside[1]);
    await event.open("contact");
    return [effectOf(event)];
  }

  private create(subject: string): void {
    const { keyId, secret } = suite.subjectKeys[subject] ?? assert.fail(subject);
    this.put(subject, { keyId: { S: keyId }, secret: { B: Uint8Array.from(Buffer.from(secret, "base64")) } });
  }

  /** The person with this subject has this row from now on. */
  private put(subject: string, row: Item): void {
    const pk = { S: createHash("sha256").update(`/user-service\n${subject}`).digest("hex") };
    this.persons.rows.set(keyOf(PERSONS, { pk }), { pk, ...row });
  }

  /** Another handler with a lease of this length claims the event, and dies. */
  private async claim(name: string, seconds: number): Promise<void> {
    const { clock, dynamo } = this.world;
    const other = new World({
      clock: new VirtualClock(clock.now()),
      leaseMs: 1_000 * seconds,
      handler: { underLease: () => new Promise(() => undefined) },
    });
    void other.consumer.handle({
      ...messageOf(name),
      attributes: {},
    });
    await clock.advance(0);
    for (const [key, row] of other.dynamo.rows) dynamo.rows.set(key, row);
  }

  /** An operator completes a run. */
  private complete(run: string, events: number): void {
    const key = { pk: { S: "CONSUMER#welcome" }, sk: { S: "SNAPSHOT" } };
    const row = { ...key, run: { S: run }, events: { N: String(events) }, completedAt: { N: "0" } };
    this.world.dynamo.rows.set(keyOf(TABLE, key), row);
  }

  private row(pk: string, sk: string): Item | undefined {
    return this.world.dynamo.rows.get(keyOf(TABLE, { pk: { S: pk }, sk: { S: sk } }));
  }

  private reset(name: string): void {
    const { subject } = JSON.parse(messages[name]?.body ?? "") as { subject: string };
    for (const [key, row] of this.world.dynamo.rows) {
      if (row.pk?.S === `CONSUMER#welcome#LANE#${subject}`) this.world.dynamo.rows.delete(key);
    }
  }
}

function messageOf(name: string) {
  const body = messages[name]?.body ?? assert.fail(name);
  return { id: name, body, receipt: "", group: name.slice(0, 1), fifo: true, receives: 1 };
}

function recordOf(name: string, queue: string, receives = 1): LambdaRecord {
  const { body, attributes = {} } = messages[name] ?? assert.fail(name);
  const entries = Object.entries(attributes).map(([name, stringValue]) => [name, { dataType: "String", stringValue }]);
  return {
    ...record(body, name, name.slice(0, 1), queue),
    attributes: { MessageGroupId: name.slice(0, 1), ApproximateReceiveCount: String(receives) },
    messageAttributes: Object.fromEntries(entries) as NonNullable<LambdaRecord["messageAttributes"]>,
  };
}

/** The id of the event in a message, without the reader under test. */
function idOf(name: string): string | undefined {
  try {
    const document = JSON.parse(messages[name]?.body ?? "") as { id?: string; Message?: string };
    return document.id ?? (JSON.parse(document.Message ?? "{}") as { id?: string }).id;
  } catch {
    return undefined;
  }
}

/** Effects by event id. Several messages can have the same event. */
function byId(effects: Record<string, number>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [name, count] of Object.entries(effects)) {
    const id = idOf(name) ?? assert.fail(name);
    counts[id] = (counts[id] ?? 0) + count;
  }
  return counts;
}

for (const scenario of suite.scenarios) test(scenario.name, () => new Run(scenario).all());

test("the suite has scenarios", () => {
  const outcomes: ReadonlySet<Outcome> = new Set(["done", "duplicate", "stale"]);
  const expected = suite.scenarios.flatMap(({ steps }) => steps.flatMap(({ expect = {} }) => Object.values(expect)));
  for (const outcome of outcomes) assert.ok(expected.includes(outcome));
  assert.ok(suite.scenarios.length > 20);
});
