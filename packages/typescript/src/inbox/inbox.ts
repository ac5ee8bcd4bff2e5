// Remembers which events a consumer has handled, and the latest event of each lane (message group).

import { randomUUID } from "node:crypto";

import type { AttributeValue, DynamoDBClient, TransactWriteItem } from "@aws-sdk/client-dynamodb";

import { type Clock, SYSTEM_CLOCK } from "../clock.js";
import { InProgress, Refused, Retry } from "../errors.js";
import type { Event } from "../event.js";
import { Lease } from "./lease.js";
import { checkLimits } from "./limits.js";
import { markerOf } from "./marker.js";
import { contentHash, Rows } from "./rows.js";
import { Snapshots } from "./snapshots.js";
import { Table } from "./table.js";

/** The result of an event: its effects were made; it was handled before; or a later event of its lane was. */
export type Outcome = "done" | "duplicate" | "stale";

/** Settings of `Inbox`. */
export interface InboxOptions {
  /** The table's name. Its keys are the strings `pk` and `sk`; its time to live attribute is `ttl`. */
  table: string;
  /** The consumer's name, 1 to 64 of `A-Z a-z 0-9 - _ .`. Consumers can share a table. */
  consumer: string;
  /** How long a lease lasts, in milliseconds; 30,000 by default, at least 1,000. */
  leaseMs?: number;
  clock?: Clock;
  /** A random number from 0 to below 1, for pauses. */
  random?: () => number;
}

const CONSUMER = /^[A-Za-z0-9._-]{1,64}$/;
const LEASE_MS = 30_000;
const SHORTEST_LEASE_MS = 1_000;
/** The place of the first write of a transaction. */
const RECORD = 0;

/** A table with one row per handled event, and one per lane. */
export class Inbox {
  readonly #rows: Rows;
  readonly #table: Table;
  readonly #snapshots: Snapshots;
  readonly #clock: Clock;
  readonly #leaseMs: number;

  /** Throws `TypeError` if the consumer's name, the table's name or the lease is out of bounds. */
  constructor(dynamodb: Pick<DynamoDBClient, "send">, options: InboxOptions) {
    if (!CONSUMER.test(options.consumer)) throw new TypeError("`consumer` must be 1 to 64 of `A-Z a-z 0-9 - _ .`");
    if (options.table === "") throw new TypeError("`table` must be the name of the inbox's table");
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
    if (!(this.#leaseMs >= SHORTEST_LEASE_MS)) {
      throw new TypeError(`\`leaseMs\` must be at least ${String(SHORTEST_LEASE_MS)}`);
    }
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#rows = new Rows(options.table, options.consumer);
    this.#snapshots = new Snapshots(dynamodb, this.#rows);
    this.#table = new Table(dynamodb, this.#clock, options.random ?? Math.random);
  }

  /** The table's name. */
  get table(): string {
    return this.#rows.table;
  }

  /**
   * Records the event as handled and makes its effects, in one transaction: both happen **once** or not at all, however
   * often the event is delivered. At most 98 effects.
   *
   * Rejects with `Refused` (`limits`, `other-content`), with `InProgress` while another handler has claimed the event,
   * with `Retry` if the condition of an effect failed, and with every other error of DynamoDB.
   */
  async commit(event: Event, effects: readonly TransactWriteItem[]): Promise<Outcome> {
    const now = this.#clock.now();
    const record = this.#rows.record(event, now);
    const marker = markerOf(event);
    // An event of a snapshot has no place in its lane.
    const advance = event.snapshotrun === undefined ? [{ Update: this.#rows.advance(event, now) }] : [];
    const completes = marker === undefined ? [] : [{ Put: this.#rows.completeSnapshot(marker, now) }];
    const items = [{ Put: record }, ...advance, ...completes, ...effects];
    checkLimits(items, this.table);
    const written = await this.#table.transact(items);
    if (written.failed === undefined) return "done";
    if (written.failed === RECORD) return handledBefore(event, written.old);
    if (written.failed > advance.length) throw new Retry(undefined, "the condition of an effect failed");
    const alone = await this.#table.put(record);
    return alone.failed === undefined ? "stale" : handledBefore(event, alone.old);
  }

  /**
   * Resolves if the event may be handled now. Only the marker of a snapshot may have to wait.
   *
   * Rejects with `SnapshotIncomplete` if the event is a marker and events of its run were not handled yet; `receives`, how
   * often it was received, says until when it waits. Rejects with `Refused` (`does-not-fit`) if it is not in its form, and
   * with every error of DynamoDB.
   */
  async checkSnapshot(event: Event, receives = 1): Promise<void> {
    const marker = markerOf(event);
    if (marker !== undefined) await this.#snapshots.check(marker, receives, this.#clock.now());
  }

  /** Whether a snapshot is complete, so that the live queue may be read. Rejects with every error of DynamoDB. */
  hasSnapshot(): Promise<boolean> {
    return this.#snapshots.isComplete();
  }

  /**
   * Runs an effect outside of DynamoDB under a lease. No two handlers have the event at once. The effect happens **at
   * least once**: it is repeated after a crash. So make it harmless when it is repeated, or send the event's id along
   * as an idempotency key. It is not compared with later events of its lane.
   *
   * Rejects like the effect, after it has released the event; with `Refused` (`other-content`); with `InProgress` while
   * another handler has claimed the event; with `LeaseLost`; and with every error of DynamoDB.
   */
  async process(event: Event, effect: (lease: Lease) => Promise<void>): Promise<"done" | "duplicate"> {
    const owner = randomUUID();
    const now = this.#clock.now();
    const until = now + this.#leaseMs;
    const written = await this.#table.put(this.#rows.claim(event, now, owner, until));
    // The client repeats a write if the first answer was lost.
    const ours = written.failed !== undefined && written.old?.owner?.S === owner;
    if (written.failed !== undefined && !ours) return handledBefore(event, written.old);
    const parts = { rows: this.#rows, table: this.#table, clock: this.#clock, leaseMs: this.#leaseMs };
    const lease = new Lease(parts, event, owner, until);
    try {
      await lease.run(effect);
    } catch (error) {
      // A lease that could not be released ends by itself. The failure of the effect is the one to report.
      await lease.release().catch(() => undefined);
      throw error;
    }
    await lease.complete();
    return "done";
  }
}

/** The result of an event that has a row already. */
function handledBefore(event: Event, old: Record<string, AttributeValue> | undefined): "duplicate" {
  if (old?.content?.S !== undefined && old.content.S !== contentHash(event)) {
    throw new Refused("other-content", "an event with this id and another content was handled before");
  }
  switch (old?.state?.S) {
    case "COMPLETED":
      return "duplicate";
    case "CLAIMED":
      throw new InProgress(Number(old.leaseUntil?.N ?? "0"));
    default:
      throw new Retry(undefined, "the inbox has a row of the event, and its state is unknown");
  }
}
