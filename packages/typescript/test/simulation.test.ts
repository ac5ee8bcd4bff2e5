// 10,000 deliveries with duplicates, crashes, lost answers, slow handlers, poison and redrives, by a seed. The consumer
// joins late: a snapshot comes first.

import assert from "node:assert/strict";
import { test } from "node:test";

import { type Message, type ReceivedEvent, Retry, SetAside } from "user-events-consumer";

import { VirtualClock } from "./support/clock.js";
import { effectOf, type Line, record, World } from "./support/consumer.js";
import { bodyOf, CONTACT, marker, registration, seal, snapshot, uuid } from "./support/events.js";

const USERS = 20;
const EVENTS = 30;
const WORKERS = 3;
const VISIBILITY_SECONDS = 30;

type Kind = "good" | "poison" | "aside";
/** A fault of the consumer or its runtime that the oracle must notice. */
type Planted =
  | "no conditions"
  | "deletes everything"
  | "sets retries aside"
  | "group passes a failure"
  | "reads the live queue at once"
  | "does not count the snapshot";

interface Sample {
  readonly number: number;
  readonly user: string;
  readonly body: string;
  readonly kind: Kind;
  /** Whether it is in the snapshot queue. */
  readonly early?: boolean;
}

/** Numbers that look random and are the same in every run (Park and Miller, 1988). */
class Random {
  constructor(private state: number) {}

  readonly next = (): number => {
    this.state = (this.state * 48_271) % 2_147_483_647;
    return this.state / 2_147_483_647;
  };

  one(of: number): boolean {
    return this.next() < 1 / of;
  }
}

class Simulation {
  readonly clock = new VirtualClock();
  readonly random: Random;
  readonly samples: Sample[] = [];
  private readonly byId = new Map<string, Sample>();
  readonly world: World;
  readonly outcomes = new Map<string, number>();
  deliveries = 0;
  /** Events that were set aside and not yet sent back. */
  private readonly waiting: Sample[] = [];
  private readonly setAside = new Set<string>();
  private readonly stale = new Set<string>();
  private copies = 0;

  constructor(
    seed: number,
    private readonly planted?: Planted,
  ) {
    this.random = new Random(seed);
    this.world = new World({
      clock: this.clock,
      late: true,
      handler: (event) => this.handle(event),
      consumer: {
        write: (text) => {
          this.line(text);
        },
      },
    });
    this.world.dynamo.conditional = planted !== "no conditions";
    this.world.dynamo.faultOf = () => {
      if (this.random.one(15)) return "before";
      if (this.random.one(15)) return "after";
      return this.random.one(30) ? "conflict" : undefined;
    };
    if (planted === "does not count the snapshot") this.world.inbox.checkSnapshot = () => Promise.resolve();
    for (let number = 0; number < USERS * EVENTS; number++) this.samples.push(this.sample(number));
    for (let user = 0; user < USERS; user++) this.samples.push(this.snapshotOf(user));
    this.samples.push(this.marker());
    for (const sample of this.samples) this.byId.set(uuid(sample.number), sample);
  }

  async run(): Promise<void> {
    for (const sample of this.samples) this.send(sample);
    await this.clock.drive(Promise.all(Array.from({ length: WORKERS }, () => this.work())));
  }

  /** What went wrong. */
  violations(): string[] {
    const found: string[] = [];
    const effects = this.world.effects();
    for (const { number, kind } of this.samples) {
      const id = uuid(number);
      const count = effects[id] ?? 0;
      if (count > 1) found.push(`${id}: repeated`);
      if (kind === "poison" && count > 0) found.push(`${id}: poison has an effect`);
      if (kind !== "poison" && count === 0 && !this.overtaken(id)) found.push(`${id}: lost`);
      if (this.stale.has(id) && !this.overtaken(id)) found.push(`${id}: stale without a reason`);
      if (kind === "good" && this.setAside.has(id)) found.push(`${id}: taken along`);
    }
    return [...found, ...this.passed(), ...this.early()];
  }

  /** Effects of live events before the end of the snapshot, and of snapshot events after it. */
  private early(): string[] {
    const { written } = this.world.dynamo;
    const end = written.indexOf("SNAPSHOT");
    if (end === -1) return ["the snapshot was not completed"];
    return this.samples.flatMap(({ number, early }) => {
      const place = written.indexOf(uuid(number));
      if (place === -1 || (early === true) === place < end || number === this.samples.length - 1) return [];
      return [`${uuid(number)}: on the wrong side of the snapshot's end`];
    });
  }

  /** Whether the event was set aside, and a later one of its group had its effect meanwhile. */
  private overtaken(id: string): boolean {
    const { user, number } = this.byId.get(id) ?? assert.fail(id);
    const later = this.world.dynamo.written.some((written) => {
      const other = this.byId.get(written);
      return other?.user === user && other.number > number;
    });
    return later && this.setAside.has(id);
  }

  /** Effects that came before that of an earlier event of their group, which was not set aside. */
  private passed(): string[] {
    const last = new Map<string, number>();
    return this.world.dynamo.written.flatMap((id) => {
      const sample = this.byId.get(id);
      if (sample === undefined) return [];
      const before = last.get(sample.user) ?? -1;
      last.set(sample.user, Math.max(before, sample.number));
      return sample.number < before ? [`${id}: its group passed it`] : [];
    });
  }

  private sample(number: number): Sample {
    const user = `user-${String(number % USERS)}`;
    const kind = this.random.one(25) ? "poison" : this.random.one(40) ? "aside" : "good";
    const moved = { userId: user, contact: seal(uuid(number + 1), "contact", JSON.stringify(CONTACT)) };
    const body = bodyOf(registration(number, user, kind === "poison" ? { data: moved } : {}));
    return { number, user, kind, body };
  }

  /** The state of a user, before all of its events. */
  private snapshotOf(user: number): Sample {
    const number = USERS * EVENTS + user;
    const body = bodyOf(snapshot(number, `user-${String(user)}`));
    return {
      number,
      user: `snapshot of ${String(user)}`,
      kind: this.random.one(10) ? "aside" : "good",
      body,
      early: true,
    };
  }

  private marker(): Sample {
    const number = USERS * EVENTS + USERS;
    return { number, user: "marker", kind: "good", body: bodyOf(marker(USERS, {}, number)), early: true };
  }

  private send({ body, user, number, early }: Sample): void {
    (early === true ? this.world.snapshots : this.world.sqs).add({
      id: `${String(number)}-${String(this.copies++)}`,
      body,
      group: user,
    });
  }

  private sampleOf(message: Message): Sample {
    return this.samples[Number(message.id.split("-")[0])] ?? assert.fail(message.id);
  }

  private async handle(event: ReceivedEvent) {
    const sample = this.byId.get(event.id);
    await event.open("contact");
    if (this.random.one(60)) await this.clock.sleep(1_000 * VISIBILITY_SECONDS * 2 * this.random.next());
    if (this.random.one(20)) throw new Error("the handler fails");
    if (this.random.one(50)) throw new Retry(this.clock.now() + 5_000);
    if (sample?.kind === "aside" && !this.setAside.has(event.id)) throw new SetAside("no-such-country");
    return [effectOf(event)];
  }

  private async work(): Promise<void> {
    const { sqs, snapshots, inbox, queue, snapshotQueue } = this.world;
    while (sqs.messages.length > 0 || snapshots.messages.length > 0 || this.waiting.length > 0) {
      this.redrive();
      const isLive = this.planted === "reads the live queue at once" || (await inbox.hasSnapshot());
      // Copies that are left in the snapshot queue come among the live events.
      const isLate = sqs.messages.length === 0 || this.random.one(10);
      const source = snapshots.messages.length > 0 && (!isLive || isLate) ? snapshotQueue : queue;
      await this.batch(await source.receive(1, VISIBILITY_SECONDS, new AbortController().signal));
    }
  }

  /** Sends an event that was set aside once more, as an operator does. */
  private redrive(): void {
    const sample = this.waiting.shift();
    if (sample) this.send(sample);
  }

  /** One invocation of a function. It can crash before its answer arrives. */
  private async batch(messages: Message[]): Promise<void> {
    this.deliveries += messages.length;
    this.world.sqs.full = this.random.one(5);
    if (this.planted === "group passes a failure") {
      for (const message of messages) await this.invoke([message]);
    } else await this.invoke(messages);
  }

  private async invoke(messages: Message[]): Promise<void> {
    const Records = messages.map(({ id, body, group, queue = "" }) => record(body, id, group, queue.split("/").at(-1)));
    const answer = await this.world.consumer.lambdaHandler({ Records });
    if (this.random.one(20)) return;
    const failed = new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const message of messages) {
      const sample = this.sampleOf(message);
      if (this.planted === "sets retries aside" && failed.has(message.id)) this.aside(sample);
      if (failed.has(message.id) && this.planted !== "deletes everything" && this.planted !== "sets retries aside")
        continue;
      await (sample.early === true ? this.world.snapshotQueue : this.world.queue).delete(message);
      if (this.random.one(20)) this.send(sample);
    }
  }

  private line(text: string): void {
    const line = JSON.parse(text) as Partial<Line>;
    if (line.event === undefined || line.outcome === undefined) return;
    this.outcomes.set(line.outcome, (this.outcomes.get(line.outcome) ?? 0) + 1);
    if (line.outcome === "stale") this.stale.add(line.event);
    if (line.outcome === "set-aside") this.aside(this.byId.get(line.event) ?? assert.fail("a made-up event"));
  }

  private aside(sample: Sample): void {
    this.setAside.add(uuid(sample.number));
    if (sample.kind === "aside") this.waiting.push(sample);
  }
}

test("10,000 deliveries: no effect is repeated or lost, no group passes a failure, poison takes nobody along", async () => {
  let deliveries = 0;
  const outcomes = new Map<string, number>();
  for (let seed = 1; deliveries < 10_000; seed++) {
    const simulation = new Simulation(seed);
    await simulation.run();
    assert.deepEqual(simulation.violations(), [], `seed ${String(seed)}`);
    deliveries += simulation.deliveries;
    for (const [outcome, count] of simulation.outcomes) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count);
  }
  for (const outcome of ["done", "duplicate", "stale", "retry", "set-aside"]) {
    assert.ok((outcomes.get(outcome) ?? 0) > 20, `${outcome} came up`);
  }
});

for (const planted of [
  "no conditions",
  "deletes everything",
  "sets retries aside",
  "group passes a failure",
  "reads the live queue at once",
  "does not count the snapshot",
] as const) {
  test(`the oracle notices a planted fault: ${planted}`, async () => {
    const simulation = new Simulation(1, planted);
    await simulation.run();
    assert.notDeepEqual(simulation.violations(), []);
  });
}
