// What a consumer is made of.

import type { TransactWriteItem } from "@aws-sdk/client-dynamodb";

import type { Clock } from "./clock.js";
import type { ReceivedEvent } from "./event.js";
import type { Inbox } from "./inbox/inbox.js";
import type { Lease } from "./inbox/lease.js";
import type { Opener } from "./opener.js";
import type { DeadLetterQueue, Queue } from "./queues.js";

/**
 * Returns the writes that the event causes, at most 98. They are made in one transaction with the inbox: once or not at
 * all. `table` is the inbox's table, which can hold rows of the effects, too.
 */
export type Effects = (event: ReceivedEvent, table: string) => Promise<TransactWriteItem[]> | TransactWriteItem[];

/** Does something outside of DynamoDB, under a lease: at least once. */
export type LeasedEffect = (event: ReceivedEvent, lease: Lease) => Promise<void>;

/** What a consumer does with an event. It throws `SetAside` or `Retry` to say what happens to the message. */
export type Handler = Effects | { underLease: LeasedEffect };

/** Settings of `Consumer`. */
export interface ConsumerOptions {
  /** The consumer's name, the dimension of its metrics. */
  name: string;
  handler: Handler;
  opener: Opener;
  inbox: Inbox;
  /** Without it, a message that should be set aside returns to the queue. */
  deadLetters?: DeadLetterQueue | undefined;
  /** The queue that messages come from. A poller needs it; in Lambda, it hides a message until a claim ends. */
  queue?: Queue | undefined;
  /** The queue of a snapshot, for a consumer that joins late. A poller reads it to its end before the other one. */
  snapshotQueue?: Queue | undefined;
  /** Whether events that are marked as tests are handled; `false` by default. */
  acceptsTests?: boolean;
  /** Takes the lines of log and metrics; standard output by default. */
  write?: (line: string) => void;
  clock?: Clock;
}
