// A clock that moves only when a test says so.

import type { Clock } from "user-events-consumer";

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** Lets everything run that waits for no time. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export class VirtualClock implements Clock {
  #sleepers: Sleeper[] = [];

  constructor(private time = 1_772_366_400_000) {}

  now(): number {
    return this.time;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      const sleeper = { until: this.time + milliseconds, wake };
      const abort = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(new Error("aborted"));
      };
      if (signal?.aborted) {
        abort();
        return;
      }
      signal?.addEventListener("abort", abort, { once: true });
      this.#sleepers.push(sleeper);
    });
  }

  /** Moves the time, and wakes the sleepers in their order. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    for (;;) {
      await settle();
      const next = this.#next();
      if (next === undefined || next.until > end) break;
      this.#wake(next);
    }
    this.time = end;
    await settle();
  }

  /** Moves the time whenever everything waits, until the promise is settled. */
  async drive<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const done = () => (settled = true);
    promise.then(done, done);
    for (;;) {
      await settle();
      // Set by `done`.
      if (settled as boolean) return promise;
      const next = this.#next();
      if (next) this.#wake(next);
    }
  }

  #next(): Sleeper | undefined {
    return this.#sleepers.reduce<Sleeper | undefined>(
      (first, sleeper) => (first === undefined || sleeper.until < first.until ? sleeper : first),
      undefined,
    );
  }

  #wake(sleeper: Sleeper): void {
    this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
    this.time = Math.max(this.time, sleeper.until);
    sleeper.wake();
  }
}
