// The same consumer without Lambda: `npm run poll`, until it is interrupted.
//
// Reads `CONSUMER_NAME`, `INBOX_TABLE` and `QUEUE_URL` from the environment. `--events N` ends it after N messages were
// settled.

import { parseArgs } from "node:util";

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KMSClient } from "@aws-sdk/client-kms";
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";

import { Consumer } from "./consumer.js";
import { setting } from "./settings.js";

const LONGEST_WAIT_SECONDS = 20;

/** Receives once, deletes what was handled and leaves the rest to come again: how many went. */
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
    // What could not be deleted comes again, and the inbox knows it.
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
// An interrupt ends it between two batches; a batch that runs is finished first.
let going = true;
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => (going = false));
for (let settled = 0; going && (wanted === 0 || settled < wanted); ) settled += await poll(sqs, queueUrl, consumer);
