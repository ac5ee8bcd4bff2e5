// The rows of the inbox, and the writes that change them.

import { createHash } from "node:crypto";

import type { AttributeValue, Delete, Get, Put, QueryInput, Update } from "@aws-sdk/client-dynamodb";
import canonicalize from "canonicalize";

import type { Event } from "../event.js";
import { isObject, type JsonObject } from "../json.js";
import { type Marker, runOf } from "./marker.js";

const DAY_SECONDS = 86_400;

/**
 * How long a handled event is remembered. A message can come again after 30 days in the publisher's bucket of failures,
 * 14 in a queue and 14 in its dead-letter queue.
 */
export const EVENT_SECONDS = 60 * DAY_SECONDS;

/** How long the place of a lane is remembered: longer than any of its events. */
export const LANE_SECONDS = EVENT_SECONDS + 30 * DAY_SECONDS;

const UNHANDLED = "attribute_not_exists(pk) OR (#state = :claimed AND leaseUntil <= :now AND content = :content)";
const OWNED = "#state = :claimed AND #owner = :owner";
const NOT_OVERTAKEN = "attribute_not_exists(pk) OR #sequence <= :sequence";
/** The first digits of event ids: a run is spread over so many partitions, so that it can be recorded fast. */
const PARTITIONS = Array.from("0123456789abcdef");
const ALL_OLD = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;

type Key = Record<"pk" | "sk", AttributeValue>;

/** Makes the writes for the rows of one consumer. */
export class Rows {
  constructor(
    readonly table: string,
    private readonly consumer: string,
  ) {}

  /** Records the event as handled. Fails if it was handled before, or another handler has claimed it. */
  record(event: Event, now: number): Put {
    return this.#put(event, now, { state: { S: "COMPLETED" }, completedAt: number(now) });
  }

  /** Claims the event until the end of a lease. Fails like `record`. */
  claim(event: Event, now: number, owner: string, leaseUntil: number): Put {
    return this.#put(event, now, { state: { S: "CLAIMED" }, owner: { S: owner }, leaseUntil: number(leaseUntil) });
  }

  /** Advances the lane to the event's sequence. Fails if a later event was there before. */
  advance(event: Event, now: number): Update {
    return {
      TableName: this.table,
      Key: {
        pk: { S: `CONSUMER#${this.consumer}#LANE#${event.partitionkey}` },
        sk: { S: `SEQUENCE#${event.category}#${event.source}` },
      },
      UpdateExpression: "SET #sequence = :sequence, #ttl = :ttl",
      ConditionExpression: NOT_OVERTAKEN,
      ExpressionAttributeNames: { "#sequence": "sequence", "#ttl": "ttl" },
      ExpressionAttributeValues: { ":sequence": { S: event.sequence }, ":ttl": ttl(now, LANE_SECONDS) },
      ...ALL_OLD,
    };
  }

  /** Marks a claimed event as handled. Fails if the owner has lost the claim. */
  complete(event: Event, owner: string, now: number): Update {
    return this.#owned(event, owner, now, "SET #state = :completed, completedAt = :now, #ttl = :ttl", {
      ":completed": { S: "COMPLETED" },
      ":now": number(now),
    });
  }

  /** Moves the end of a claim. Fails if the owner has lost it. */
  renew(event: Event, owner: string, now: number, leaseUntil: number): Update {
    return this.#owned(event, owner, now, "SET leaseUntil = :leaseUntil, #ttl = :ttl", {
      ":leaseUntil": number(leaseUntil),
    });
  }

  /** Gives a claim up. Fails if the owner has lost it. */
  release(event: Event, owner: string): Delete {
    return {
      TableName: this.table,
      Key: this.#eventKey(event),
      ConditionExpression: OWNED,
      ExpressionAttributeNames: { "#state": "state", "#owner": "owner" },
      ExpressionAttributeValues: { ":claimed": { S: "CLAIMED" }, ":owner": { S: owner } },
      ...ALL_OLD,
    };
  }

  /** Records that a snapshot is complete. The row has no `ttl`: it is never forgotten. */
  completeSnapshot({ run, events }: Marker, now: number): Put {
    const attributes = { run: { S: run }, events: number(events), completedAt: number(now) };
    return { TableName: this.table, Item: { ...this.#snapshotKey(), ...attributes } };
  }

  /** Reads the row of the snapshot that is complete. */
  readSnapshot(): Get & { ConsistentRead: boolean } {
    return { TableName: this.table, Key: this.#snapshotKey(), ConsistentRead: true };
  }

  /** Counts the handled events of a run: one query for each of its partitions. */
  countHandled(run: string): QueryInput[] {
    return PARTITIONS.map((digit) => ({
      TableName: this.table,
      KeyConditionExpression: "pk = :pk",
      FilterExpression: "#state = :completed",
      ExpressionAttributeNames: { "#state": "state" },
      ExpressionAttributeValues: { ":pk": this.#partition(run, digit), ":completed": { S: "COMPLETED" } },
      Select: "COUNT",
      ConsistentRead: true,
    }));
  }

  #put(event: Event, now: number, attributes: Record<string, AttributeValue>): Put {
    const content = { S: contentHash(event) };
    return {
      TableName: this.table,
      Item: { ...this.#eventKey(event), ...attributes, content, ttl: ttl(now, EVENT_SECONDS) },
      ConditionExpression: UNHANDLED,
      ExpressionAttributeNames: { "#state": "state" },
      ExpressionAttributeValues: { ":claimed": { S: "CLAIMED" }, ":now": number(now), ":content": content },
      ...ALL_OLD,
    };
  }

  #owned(event: Event, owner: string, now: number, expression: string, values: Record<string, AttributeValue>): Update {
    return {
      TableName: this.table,
      Key: this.#eventKey(event),
      UpdateExpression: expression,
      ConditionExpression: OWNED,
      ExpressionAttributeNames: { "#state": "state", "#owner": "owner", "#ttl": "ttl" },
      ExpressionAttributeValues: {
        ...values,
        ":claimed": { S: "CLAIMED" },
        ":owner": { S: owner },
        ":ttl": ttl(now, EVENT_SECONDS),
      },
      ...ALL_OLD,
    };
  }

  #eventKey(event: Event): Key {
    const run = runOf(event);
    if (run !== undefined) return { pk: this.#partition(run, event.id.slice(0, 1)), sk: { S: event.id } };
    return { pk: { S: `CONSUMER#${this.consumer}#EVENT#${event.id}` }, sk: { S: "INBOX" } };
  }

  #partition(run: string, digit: string): AttributeValue {
    return { S: `CONSUMER#${this.consumer}#SNAPSHOT#${run}#${digit}` };
  }

  #snapshotKey(): Key {
    return { pk: { S: `CONSUMER#${this.consumer}` }, sk: { S: "SNAPSHOT" } };
  }
}

/**
 * The SHA-256 of what the event says, in hexadecimal, of its canonical form (RFC 8785). Sealed classes do not count,
 * because the same event is sealed anew when it is published again.
 */
export function contentHash(event: Event): string {
  const data = Object.create(null) as JsonObject;
  for (const [name, member] of Object.entries<unknown>(event.data as JsonObject)) {
    data[name] = isObject(member) && typeof member.sealed === "string" ? "sealed" : member;
  }
  const { sequence, source, subject, typeName: type } = event;
  const text = canonicalize({ data, sequence, source, subject, type });
  if (text === undefined) throw new TypeError("the event has no canonical form");
  return createHash("sha256").update(text).digest("hex");
}

function ttl(now: number, seconds: number): AttributeValue {
  return number(Math.floor(now / 1_000) + seconds);
}

function number(value: number): AttributeValue {
  return { N: String(Math.floor(value)) };
}
