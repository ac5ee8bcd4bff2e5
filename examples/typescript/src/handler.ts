// The Lambda function: `dist/src/handler.handler`.
//
// It reads `CONSUMER_NAME` and `INBOX_TABLE` from the environment. Its event source mapping must set
// `ReportBatchItemFailures`; otherwise Lambda delivers the whole batch again after a single failure.

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KMSClient } from "@aws-sdk/client-kms";

import type { Answer, Message } from "./batch.js";
import { Consumer } from "./consumer.js";
import { setting } from "./settings.js";

let consumer: Consumer | undefined;

export async function handler(event: { Records: Message[] }): Promise<Answer> {
  consumer ??= new Consumer(setting("CONSUMER_NAME"), new KMSClient(), new DynamoDBClient(), setting("INBOX_TABLE"));
  return consumer.batch(event.Records);
}
