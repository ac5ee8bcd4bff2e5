// The consumer, with its settings from the environment: `CONSUMER_NAME`, `INBOX_TABLE`, `SEAL_KEY_ARN`,
// `DEAD_LETTER_QUEUE_URL`, `QUEUE_URL` and, if the publisher has persons' keys, `SUBJECT_KEYS_TABLE`.

import { Consumer } from "user-events-consumer";

import { effects } from "./effect.js";

export const consumer = Consumer.fromEnvironment(effects);
