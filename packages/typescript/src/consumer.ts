// Handles messages, from the body to the effect.

import { type Clock, SYSTEM_CLOCK } from "./clock.js";
import { Denied, nameOf, Refused, Retry, SetAside, SubjectKeyMissing } from "./errors.js";
import { type ClassName, ERASED, type Event, NOT_GRANTED, type ReceivedEvent } from "./event.js";
import { consumerFromEnvironment, type EnvironmentOptions } from "./environment.js";
import type { Outcome } from "./inbox/inbox.js";
import { answerBatch, type LambdaAnswer, type LambdaBatch } from "./lambda.js";
import { isFrom, type Message, stringAttributes } from "./message.js";
import { type Metric, metricLine } from "./metrics.js";
import type { ConsumerOptions, Handler } from "./options.js";
import { Poller, type PollerOptions } from "./poller.js";
import type { Queue } from "./queues.js";
import { readMessage } from "./reading.js";
import type { Result } from "./result.js";

/** What became of the classes that a handler opened. */
interface OpenedClasses {
  readonly opened: Set<string>;
  readonly denied: Set<string>;
  readonly erased: Set<string>;
}

/** A consumer of events: in Lambda, as a process that polls, or message by message. */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #write: (line: string) => void;
  readonly #clock: Clock;

  /** Makes no request. */
  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.#write = options.write ?? ((line) => void process.stdout.write(`${line}\n`));
    this.#clock = options.clock ?? SYSTEM_CLOCK;
  }

  /**
   * A consumer with the settings `CONSUMER_NAME`, `INBOX_TABLE`, `SEAL_KEY_ARN` and, if they are set,
   * `DEAD_LETTER_QUEUE_URL`, `QUEUE_URL`, `SNAPSHOT_QUEUE_URL` and `SUBJECT_KEYS_TABLE` of the environment. Throws an
   * error that names a missing variable.
   */
  static fromEnvironment(handler: Handler, options: EnvironmentOptions = {}): Consumer {
    return new Consumer(consumerFromEnvironment(handler, options));
  }

  /** Handles a batch of Lambda. The event source mapping must have `ReportBatchItemFailures`. */
  readonly lambdaHandler = (batch: LambdaBatch): Promise<LambdaAnswer> =>
    answerBatch(
      batch,
      (message) => this.handle(message),
      (message) => this.#queueOf(message),
      this.#clock,
    );

  /** A poller of the consumer's queue; the queue of a snapshot comes first. Throws if the consumer has no queue. */
  poller(options: PollerOptions = {}): Poller {
    const { queue, snapshotQueue, inbox } = this.#options;
    if (queue === undefined) throw new Error("the consumer has no queue; set QUEUE_URL");
    const handle = (message: Message) => this.handle(message);
    const snapshot = snapshotQueue && { queue: snapshotQueue, isComplete: () => inbox.hasSnapshot() };
    return new Poller(queue, handle, {
      write: this.#write,
      clock: this.#clock,
      ...(snapshot && { snapshot }),
      ...options,
    });
  }

  /** Polls the consumer's queue until the process gets SIGTERM or SIGINT, and finishes the messages in work. */
  async poll(options: PollerOptions = {}): Promise<void> {
    const stop = new AbortController();
    const signals = ["SIGTERM", "SIGINT"] as const;
    const onSignal = () => {
      stop.abort();
    };
    for (const signal of signals) process.once(signal, onSignal);
    try {
      await this.poller(options).run(stop.signal);
    } finally {
      for (const signal of signals) process.off(signal, onSignal);
    }
  }

  /** Handles one message, and logs one line. The caller deletes it, or returns it to the queue. Never rejects. */
  async handle(message: Message): Promise<Result> {
    const classes: OpenedClasses = { opened: new Set(), denied: new Set(), erased: new Set() };
    let event: Event | undefined;
    let result: Result;
    try {
      const reading = readMessage(message.body, stringAttributes(message));
      event = reading.event;
      if (reading.attributes.get("test") === "true" && this.#options.acceptsTests !== true) {
        throw new Refused("test-event", "the event is marked as a test, and the consumer does not accept tests");
      }
      await this.#options.inbox.checkSnapshot(event, message.receives);
      result = { outcome: await this.#effect(this.#received(event, classes)) };
    } catch (error) {
      result = await this.#failed(message, error);
    }
    if (result.outcome === "stale") this.#count("Stale");
    this.#log(message, event, result, classes);
    return result;
  }

  /** The queue that a message of Lambda came from. */
  #queueOf(message: Message): Queue | undefined {
    const { queue, snapshotQueue } = this.#options;
    return snapshotQueue !== undefined && isFrom(message, snapshotQueue.url) ? snapshotQueue : queue;
  }

  async #effect(event: ReceivedEvent): Promise<Outcome> {
    const { handler, inbox } = this.#options;
    if (typeof handler === "function") return inbox.commit(event, await handler(event, inbox.table));
    return inbox.process(event, (lease) => handler.underLease(event, lease));
  }

  /** The event with a method that opens its classes, counts denials and remembers what became of them. */
  #received(event: Event, classes: OpenedClasses): ReceivedEvent {
    const open = async <C extends ClassName>(className: C) => {
      try {
        const opened = await this.#options.opener.open(event, className);
        if (opened === NOT_GRANTED) classes.denied.add(className);
        else if (opened === ERASED) classes.erased.add(className);
        else if (opened !== undefined) classes.opened.add(className);
        return opened;
      } catch (error) {
        if (error instanceof Denied) {
          classes.denied.add(className);
          this.#count("Denied");
        }
        if (error instanceof SubjectKeyMissing) this.#count("SubjectKeyMissing");
        throw error;
      }
    };
    return { ...event, open };
  }

  async #failed(message: Message, error: unknown): Promise<Result> {
    if (error instanceof Refused && error.reason === "other-content") this.#count("OtherContent");
    if (error instanceof SetAside) {
      const { reason } = error;
      if (await this.#setAside(message, reason)) return { outcome: "set-aside", reason };
      return { outcome: "retry", reason, until: undefined, holds: false };
    }
    if (error instanceof Retry) return { outcome: "retry", reason: error.reason, until: error.until, holds: true };
    return { outcome: "retry", reason: nameOf(error), until: undefined, holds: true };
  }

  async #setAside(message: Message, reason: string): Promise<boolean> {
    const { deadLetters } = this.#options;
    if (deadLetters === undefined) return false;
    try {
      await deadLetters.add(message, reason);
    } catch {
      // The message returns to the queue, and the log says `retry` with the reason.
      return false;
    }
    this.#count("SetAside");
    return true;
  }

  #log(message: Message, event: Event | undefined, result: Result, classes: OpenedClasses): void {
    this.#print({
      ...(event && { event: event.id, type: event.typeName }),
      outcome: result.outcome,
      ...("reason" in result && { reason: result.reason, message: message.id }),
      opened: [...classes.opened].sort(),
      denied: [...classes.denied].sort(),
      erased: [...classes.erased].sort(),
    });
  }

  #count(metric: Metric): void {
    this.#print(metricLine(metric, this.#options.name, this.#clock.now()));
  }

  #print(line: object): void {
    this.#write(JSON.stringify(line));
  }
}
