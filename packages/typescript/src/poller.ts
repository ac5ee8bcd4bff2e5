// Receives messages in a process of its own, instead of Lambda.

import { pauseAfter } from "./backoff.js";
import { type Clock, SYSTEM_CLOCK } from "./clock.js";
import { nameOf } from "./errors.js";
import { Held } from "./held.js";
import { laneOf, lanesOf } from "./lanes.js";
import type { Message } from "./message.js";
import { MAX_HIDDEN_SECONDS, type Queue } from "./queues.js";
import type { Handle, Result } from "./result.js";
import { type SnapshotSource, Sources } from "./sources.js";

/** Settings of `Poller`. */
export interface PollerOptions {
  /**
   * No more is received while this many groups, or messages of a standard queue, are in work; 16 by default, at least 1.
   */
  concurrency?: number;
  /**
   * How long a received message is hidden from other receivers, in seconds: 30 by default, 3 to 43,200. It is extended
   * after each third of that time, so a handler may take longer.
   */
  visibilitySeconds?: number;
  /** How long one request waits for messages, in seconds: 20 by default, which is the most. */
  waitSeconds?: number;
  /** The queue of a snapshot, which is read first, until the snapshot is complete. */
  snapshot?: SnapshotSource;
  /** Takes the lines about requests that failed; standard output by default. */
  write?: (line: string) => void;
  clock?: Clock;
  /** A random number from 0 to below 1, for pauses. */
  random?: () => number;
}

const SHORTEST_VISIBILITY_SECONDS = 3;
const LONGEST_WAIT_SECONDS = 20;

/** Polls a queue, after that of a snapshot if there is one. The groups of a FIFO queue are handled in order, and different groups at the same time. */
export class Poller {
  readonly #options: Required<Omit<PollerOptions, "snapshot">>;
  readonly #sources: Sources;
  readonly #held: Held;
  /** The last work of each lane: whether the lane goes on after it. The next messages of a FIFO group wait for it. */
  readonly #lanes = new Map<string | Message, Promise<boolean>>();

  /** Throws `TypeError` if a setting is out of bounds. */
  constructor(
    queue: Queue,
    private readonly handle: Handle,
    { snapshot, ...options }: PollerOptions = {},
  ) {
    this.#options = {
      concurrency: 16,
      visibilitySeconds: 30,
      waitSeconds: LONGEST_WAIT_SECONDS,
      write: (line) => void process.stdout.write(`${line}\n`),
      clock: SYSTEM_CLOCK,
      random: Math.random,
      ...options,
    };
    const { concurrency, visibilitySeconds, waitSeconds, clock } = this.#options;
    check("concurrency", concurrency, 1, Number.MAX_SAFE_INTEGER);
    check("visibilitySeconds", visibilitySeconds, SHORTEST_VISIBILITY_SECONDS, MAX_HIDDEN_SECONDS);
    check("waitSeconds", waitSeconds, 0, LONGEST_WAIT_SECONDS);
    this.#sources = new Sources(queue, snapshot, (error) => {
      this.#report("snapshot", error);
    });
    this.#held = new Held(this.#sources, visibilitySeconds, clock);
  }

  /**
   * Receives and handles messages until the signal is aborted. Then it finishes the messages in work, returns the
   * others to the queue, and resolves. Never rejects: after a failed request, it pauses and tries again.
   */
  async run(signal: AbortSignal): Promise<void> {
    const finished = new AbortController();
    const keeping = this.#held.keep(finished.signal, (error) => {
      this.#report("extend", error);
    });
    let failures = 0;
    while (!signal.aborted) {
      failures = (await this.#receive(signal)) ? 0 : failures + 1;
      if (failures > 0) {
        await this.#options.clock.sleep(pauseAfter(failures, this.#options.random), signal).catch(() => undefined);
      }
    }
    await Promise.all(this.#lanes.values());
    finished.abort();
    await keeping;
  }

  /** Receives once, and waits until there is room for more. Returns `false` if the request failed. */
  async #receive(signal: AbortSignal): Promise<boolean> {
    const { waitSeconds, visibilitySeconds } = this.#options;
    try {
      this.#begin(await this.#sources.receive(waitSeconds, visibilitySeconds, signal), signal);
    } catch (error) {
      if (signal.aborted) return true;
      this.#report("receive", error);
      return false;
    }
    while (this.#lanes.size >= this.#options.concurrency) await Promise.race(this.#lanes.values());
    return true;
  }

  #begin(messages: readonly Message[], stopping: AbortSignal): void {
    for (const message of messages) this.#held.add(message);
    for (const [first, ...rest] of lanesOf(messages)) {
      if (first === undefined) continue;
      const name = laneOf(first);
      const before = this.#lanes.get(name) ?? Promise.resolve(true);
      const work = before
        .then((goesOn) => this.#work([first, ...rest], goesOn, stopping))
        .finally(() => {
          if (this.#lanes.get(name) === work) this.#lanes.delete(name);
        });
      this.#lanes.set(name, work);
    }
  }

  /** Handles messages of one lane in order. Returns `false` after a failure that holds the others back. */
  async #work(lane: readonly Message[], goesOn: boolean, stopping: AbortSignal): Promise<boolean> {
    for (const [place, message] of lane.entries()) {
      if (!goesOn || stopping.aborted) {
        await this.#giveBack(lane.slice(place));
        return false;
      }
      const result = await this.handle(message);
      goesOn = !(result.outcome === "retry" && result.holds);
      // The others first: a FIFO group delivers nothing while one of its messages is hidden.
      if (!goesOn) await this.#giveBack(lane.slice(place + 1));
      await this.#settle(message, result);
      if (!goesOn) return false;
    }
    return true;
  }

  /** Deletes a handled message, and hides one that is to be retried. If that fails, it comes again. */
  async #settle(message: Message, result: Result): Promise<void> {
    this.#held.drop(message);
    if (result.outcome === "retry") {
      const { clock, random } = this.#options;
      const pause = result.until === undefined ? pauseAfter(message.receives, random) : result.until - clock.now();
      await this.#sources
        .of(message)
        .hide(message, pause / 1_000)
        .catch((error: unknown) => {
          this.#report("hide", error);
        });
      return;
    }
    await this.#sources
      .of(message)
      .delete(message)
      .catch((error: unknown) => {
        this.#report("delete", error);
      });
  }

  /** Returns messages that were not handled. */
  async #giveBack(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return;
    for (const message of messages) this.#held.drop(message);
    await this.#sources.hideAll(messages, 0).catch((error: unknown) => {
      this.#report("return", error);
    });
  }

  #report(request: string, error: unknown): void {
    this.#options.write(JSON.stringify({ poller: request, failed: nameOf(error) }));
  }
}

function check(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new TypeError(`\`${name}\` must be a whole number from ${String(least)} to ${String(most)}`);
  }
}
