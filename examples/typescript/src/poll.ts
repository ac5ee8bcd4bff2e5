// The same consumer without Lambda: `npm run poll` runs until it is interrupted.
//
// It reads `CONSUMER_NAME`, `INBOX_TABLE` and `QUEUE_URL` from the environment. With `--events N` it ends after it has
// handled N messages.

import { parseArgs } from "node:util";

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KMSClient } from "@aws-sdk/client-kms";
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";

import { Consumer } from "./consumer.js";
import { setting } from "./settings.js";

const LONGEST_WAIT_SECONDS = 20;

/**
 * Receives once and deletes the handled messages; the others return after their visibility timeout. Returns the number
 * of handled messages.
 */
async function poll(sqs: SQSClient, queueUrl: string, consumer: Consumer): Promise<number> {
  const { Messages: messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: LONGEST_WAIT_SECONDS,
      MessageSystemAttributeNames: ["MessageGroupId"],
    }),
  );
  const { batchItemFailures } = await consumer.batch(
    messages.map((message) => ({
      messageId: message.MessageId ?? "",
      body: message.Body ?? "",
      attributes: { MessageGroupId: message.Attributes?.MessageGroupId },
      eventSourceARN: queueUrl,
    })),
  );
  const failed = new Set(batchItemFailures.map((failure) => failure.itemIdentifier));
  const settled = messages.filter((message) => !failed.has(message.MessageId ?? ""));
  if (settled.length > 0) {
    // A message that could not be deleted is delivered again; the inbox recognises it as a duplicate.
    await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: settled.map((message, place) => ({ Id: String(place), ReceiptHandle: message.ReceiptHandle })),
      }),
    );
  }
  return settled.length;
}

const { values } = parseArgs({ options: { events: { type: "string", default: "0" } } });
const wanted = Number(values.events);
const queueUrl = setting("QUEUE_URL");
const consumer = new Consumer(setting("CONSUMER_NAME"), new KMSClient(), new DynamoDBClient(), setting("INBOX_TABLE"));
const sqs = new SQSClient();
// After an interrupt the running batch is still finished.
let going = true;
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => (going = false));
for (let settled = 0; going && (wanted === 0 || settled < wanted); ) settled += await poll(sqs, queueUrl, consumer);
