// The consumer, with its settings from the environment: `CONSUMER_NAME`, `INBOX_TABLE`, `SEAL_KEY_ARN`,
// `DEAD_LETTER_QUEUE_URL`, `QUEUE_URL`, `SUBJECT_KEYS_TABLE` if the publisher has persons' keys, and `SNAPSHOT_QUEUE_URL`
// if the subscriber joins late.

import { Consumer } from "user-events-consumer";

import { effects } from "./effect.js";

export const consumer = Consumer.fromEnvironment(effects);
