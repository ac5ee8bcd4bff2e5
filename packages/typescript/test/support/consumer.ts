// A consumer on fakes, with its lines.

import {
  Consumer,
  type ConsumerOptions,
  DeadLetterQueue,
  type Handler,
  Inbox,
  type LambdaRecord,
  type Message,
  Opener,
  type OpenerOptions,
  Queue,
  type ReceivedEvent,
} from "user-events-consumer";

import { VirtualClock } from "./clock.js";
import { Dynamo } from "./dynamodb.js";
import { KEY, SEAL_KEY_ARN } from "./events.js";
import { Kms } from "./kms.js";
import { Sqs } from "./sqs.js";

export const TABLE = "inbox";

/** A line of the log. */
export interface Line {
  event?: string;
  outcome: string;
  reason?: string;
  message?: string;
  opened: string[];
  denied: string[];
  erased: string[];
}

export interface WorldOptions {
  handler?: Handler;
  clock?: VirtualClock;
  opener?: Partial<OpenerOptions>;
  consumer?: Partial<ConsumerOptions>;
  queueUrl?: string;
  leaseMs?: number;
  /** Whether the consumer has a snapshot queue, too. */
  late?: boolean;
}

/** A consumer and everything around it. */
export class World {
  readonly clock: VirtualClock;
  readonly kms = new Kms({ contact: KEY });
  readonly dynamo = new Dynamo();
  readonly sqs: Sqs;
  readonly queue: Queue;
  /** The snapshot queue. The consumer knows it if it joins late. */
  readonly snapshots: Sqs;
  readonly snapshotQueue: Queue;
  readonly opener: Opener;
  readonly inbox: Inbox;
  readonly consumer: Consumer;
  readonly output: string[] = [];

  constructor(options: WorldOptions = {}) {
    this.clock = options.clock ?? new VirtualClock();
    const { clock } = this;
    this.sqs = new Sqs(clock, options.queueUrl);
    this.queue = new Queue(this.sqs.client, this.sqs.url);
    this.snapshots = new Sqs(clock, this.sqs.url.replace("welcome", "welcome-snapshot"));
    this.snapshotQueue = new Queue(this.snapshots.client, this.snapshots.url);
    this.opener = new Opener(this.kms.client, { sealKeyArns: [SEAL_KEY_ARN], clock, ...options.opener });
    this.inbox = new Inbox(this.dynamo.client, {
      table: TABLE,
      consumer: "welcome",
      clock,
      ...(options.leaseMs !== undefined && { leaseMs: options.leaseMs }),
    });
    this.consumer = new Consumer({
      name: "welcome",
      handler: options.handler ?? counted,
      opener: this.opener,
      inbox: this.inbox,
      deadLetters: new DeadLetterQueue(this.sqs.client, this.sqs.url.replace("welcome", "welcome-dlq")),
      queue: this.queue,
      ...(options.late === true && { snapshotQueue: this.snapshotQueue }),
      clock,
      write: (line) => this.output.push(line),
      ...options.consumer,
    });
  }

  /** The lines of messages. */
  lines(): Line[] {
    return this.output.map((line) => JSON.parse(line) as Line).filter((line) => "outcome" in line);
  }

  /** How often each metric was counted. */
  metrics(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const text of this.output) {
      const line = JSON.parse(text) as { _aws?: { CloudWatchMetrics: { Metrics: { Name: string }[] }[] } };
      const name = line._aws?.CloudWatchMetrics[0]?.Metrics[0]?.Name;
      if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  /** How often the effect of each event happened, by id. */
  effects(): Record<string, number> {
    const rows = this.dynamo.all().filter(({ pk }) => pk?.S === "COUNTER");
    return Object.fromEntries(rows.map(({ sk, n }) => [sk?.S ?? "", Number(n?.N)]));
  }
}

/** Adds one to a counter of the event. */
export function effectOf(event: ReceivedEvent) {
  return {
    Update: {
      TableName: TABLE,
      Key: { pk: { S: "COUNTER" }, sk: { S: event.id } },
      UpdateExpression: "ADD n :one",
      ExpressionAttributeValues: { ":one": { N: "1" } },
    },
  };
}

/** Opens `contact`, and adds one to a counter. */
async function counted(event: ReceivedEvent) {
  await event.open("contact");
  return [effectOf(event)];
}

/** A record of Lambda. */
export function record(body: string, id: string, group = "users/user-1", queue = "welcome.fifo"): LambdaRecord {
  return {
    messageId: id,
    receiptHandle: `${id}|1`,
    body,
    eventSourceARN: `arn:aws:sqs:eu-west-1:123456789012:${queue}`,
    attributes: { MessageGroupId: group, ApproximateReceiveCount: "1" },
    messageAttributes: {},
  };
}

/** A message of the FIFO queue. */
export function message(body: string, id = "m1", attributes: Record<string, string> = {}): Message {
  const all = Object.entries(attributes).map(([name, value]) => [name, { DataType: "String", StringValue: value }]);
  return {
    id,
    body,
    receipt: `${id}|1`,
    group: "users/user-1",
    fifo: true,
    receives: 1,
    attributes: Object.fromEntries(all) as Message["attributes"],
  };
}
