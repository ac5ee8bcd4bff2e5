// The right to handle one event for a while.

import type { Clock } from "../clock.js";
import { LeaseLost } from "../errors.js";
import type { Event } from "../event.js";
import { markerOf } from "./marker.js";
import type { Rows } from "./rows.js";
import type { Table } from "./table.js";

/** The parts of an inbox that a lease needs. */
export interface LeaseParts {
  readonly rows: Rows;
  readonly table: Table;
  readonly clock: Clock;
  readonly leaseMs: number;
}

/** The right to handle one event. It is renewed after each third of its time while the effect runs. */
export class Lease {
  readonly #lost = new AbortController();
  readonly #ended = new AbortController();
  #until: number;

  constructor(
    private readonly parts: LeaseParts,
    private readonly event: Event,
    private readonly owner: string,
    until: number,
  ) {
    this.#until = until;
  }

  /** The id of the event: an idempotency key for the service that the effect calls. */
  get eventId(): string {
    return this.event.id;
  }

  /** When the lease ends unless it is renewed, in milliseconds since 1970. */
  get until(): number {
    return this.#until;
  }

  /** Aborted when another handler has claimed the event: stop, because the effect may happen twice. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Starts the lease again from now. Rejects with `LeaseLost`, and with every error of DynamoDB. */
  async renew(): Promise<void> {
    const { rows, table, clock, leaseMs } = this.parts;
    const now = clock.now();
    const written = await table.update(rows.renew(this.event, this.owner, now, now + leaseMs));
    if (written.failed !== undefined) {
      const lost = new LeaseLost();
      this.#lost.abort(lost);
      throw lost;
    }
    this.#until = now + leaseMs;
  }

  /** Runs the effect, and renews the lease meanwhile. Rejects with `LeaseLost` as soon as the lease is lost. */
  async run(effect: (lease: Lease) => Promise<void>): Promise<void> {
    const lost = new Promise<never>((_, reject) => {
      this.signal.addEventListener("abort", () => {
        reject(new LeaseLost());
      });
    });
    const renewing = this.#keepRenewing();
    try {
      await Promise.race([effect(this), lost]);
    } finally {
      this.#ended.abort();
      await renewing;
    }
  }

  /** Marks the event as handled. Rejects with `LeaseLost`, and with every error of DynamoDB. */
  async complete(): Promise<void> {
    const { rows, table, clock } = this.parts;
    const now = clock.now();
    const complete = rows.complete(this.event, this.owner, now);
    const marker = markerOf(this.event);
    const written = await (marker === undefined
      ? table.update(complete)
      : table.transact([{ Update: complete }, { Put: rows.completeSnapshot(marker, now) }]));
    if (written.failed === undefined) return;
    // The client repeats a write if the first answer was lost.
    if (written.old?.state?.S === "COMPLETED" && written.old.owner?.S === this.owner) return;
    throw new LeaseLost();
  }

  /** Gives the event up. A lost lease needs no release. Rejects with every error of DynamoDB. */
  async release(): Promise<void> {
    await this.parts.table.delete(this.parts.rows.release(this.event, this.owner));
  }

  async #keepRenewing(): Promise<void> {
    const ended = this.#ended.signal;
    while (!ended.aborted && !this.signal.aborted) {
      try {
        await this.parts.clock.sleep(this.parts.leaseMs / 3, ended);
        await this.renew();
      } catch {
        // The effect ended, the lease was lost, or DynamoDB did not answer: then the next third tries again.
      }
    }
  }
}
