// The consumer, with its settings from the environment: `CONSUMER_NAME`, `INBOX_TABLE`, `SEAL_KEY_ARN`, and
// `DEAD_LETTER_QUEUE_URL` and `QUEUE_URL`.

import { Consumer } from "user-events-consumer";

import { effects } from "./effect.js";

export const consumer = Consumer.fromEnvironment(effects);
