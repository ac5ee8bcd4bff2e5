// Settings from the environment.

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KMSClient } from "@aws-sdk/client-kms";
import { SQSClient } from "@aws-sdk/client-sqs";

import { Inbox } from "./inbox/inbox.js";
import { Opener } from "./opener.js";
import type { ConsumerOptions, Handler } from "./options.js";
import { DeadLetterQueue, Queue } from "./queues.js";
import { SubjectKeys } from "./subject-keys.js";

/** Settings that the environment does not hold. */
export interface EnvironmentOptions {
  /** The classes that the consumer requires: their denial is a failure to be retried. None by default. */
  requires?: readonly string[];
  /**
   * The name or ARN of the table of persons' keys, in place of the variable `SUBJECT_KEYS_TABLE`. Without either, a token
   * that needs a person's key is refused.
   */
  subjectKeysTable?: string;
  /** Whether events that are marked as tests are handled; `false` by default. */
  acceptsTests?: boolean;
  /** How long a lease lasts, in milliseconds; 30,000 by default, at least 1,000. */
  leaseMs?: number;
}

/** The settings of a consumer. Throws an error that names a missing variable. */
export function consumerFromEnvironment(handler: Handler, options: EnvironmentOptions): ConsumerOptions {
  const { requires, acceptsTests, leaseMs } = options;
  const subjectKeysTable = options.subjectKeysTable ?? optional("SUBJECT_KEYS_TABLE");
  const name = required("CONSUMER_NAME");
  const dynamodb = new DynamoDBClient();
  const sqs = new SQSClient();
  const deadLetters = optional("DEAD_LETTER_QUEUE_URL");
  const queue = optional("QUEUE_URL");
  const snapshotQueue = optional("SNAPSHOT_QUEUE_URL");
  const inbox = { consumer: name, table: required("INBOX_TABLE") };
  return {
    name,
    handler,
    opener: new Opener(new KMSClient(), {
      sealKeyArns: [required("SEAL_KEY_ARN")],
      ...(requires && { requires }),
      ...(subjectKeysTable !== undefined && { subjectKeys: new SubjectKeys(dynamodb, { table: subjectKeysTable }) }),
    }),
    inbox: new Inbox(dynamodb, { ...inbox, ...(leaseMs !== undefined && { leaseMs }) }),
    ...(deadLetters !== undefined && { deadLetters: new DeadLetterQueue(sqs, deadLetters) }),
    ...(queue !== undefined && { queue: new Queue(sqs, queue) }),
    ...(snapshotQueue !== undefined && { snapshotQueue: new Queue(sqs, snapshotQueue) }),
    ...(acceptsTests !== undefined && { acceptsTests }),
  };
}

function required(name: string): string {
  const value = optional(name);
  if (value === undefined) throw new Error(`the environment variable ${name} is not set`);
  return value;
}

function optional(name: string): string | undefined {
  return process.env[name] || undefined;
}
