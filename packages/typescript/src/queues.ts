// The queue that a consumer reads, and its dead-letter queue.

import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";

import { isFifo, type Message, messageFromSqs } from "./message.js";

type Sqs = Pick<SQSClient, "send">;

/** Amazon SQS API Reference, *ChangeMessageVisibility*. */
export const MAX_HIDDEN_SECONDS = 43_200;
/** The most messages of one request. */
const BATCH = 10;

/** The queue that messages come from. */
export class Queue {
  constructor(
    readonly sqs: Sqs,
    readonly url: string,
  ) {}

  /** Receives up to ten messages. Rejects with every error of SQS, and when the signal is aborted. */
  async receive(waitSeconds: number, visibilitySeconds: number, signal: AbortSignal): Promise<Message[]> {
    const { Messages: messages = [] } = await this.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.url,
        MaxNumberOfMessages: BATCH,
        WaitTimeSeconds: waitSeconds,
        VisibilityTimeout: visibilitySeconds,
        MessageAttributeNames: ["All"],
        MessageSystemAttributeNames: ["MessageGroupId", "ApproximateReceiveCount"],
      }),
      { abortSignal: signal },
    );
    return messages.map((message) => messageFromSqs(message, this.url));
  }

  /** Deletes a message. Rejects with every error of SQS. */
  async delete(message: Message): Promise<void> {
    await this.sqs.send(new DeleteMessageCommand({ QueueUrl: this.url, ReceiptHandle: message.receipt }));
  }

  /** Hides a message for whole seconds, 0 to 12 hours. Rejects with every error of SQS. */
  async hide(message: Message, seconds: number): Promise<void> {
    await this.sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: this.url,
        ReceiptHandle: message.receipt,
        VisibilityTimeout: hiddenSeconds(seconds),
      }),
    );
  }

  /** Hides messages. Rejects with every error of SQS; one message that cannot be hidden is no error. */
  async hideAll(messages: readonly Message[], seconds: number): Promise<void> {
    for (let from = 0; from < messages.length; from += BATCH) {
      await this.sqs.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl: this.url,
          Entries: messages.slice(from, from + BATCH).map((message, place) => ({
            Id: String(place),
            ReceiptHandle: message.receipt,
            VisibilityTimeout: hiddenSeconds(seconds),
          })),
        }),
      );
    }
  }
}

function hiddenSeconds(seconds: number): number {
  return Math.min(Math.max(Math.ceil(seconds), 0), MAX_HIDDEN_SECONDS);
}

/** The queue for messages that no retry can help. */
export class DeadLetterQueue {
  constructor(
    private readonly sqs: Sqs,
    private readonly url: string,
  ) {}

  /**
   * Sends a copy of the message with the attribute `setAsideReason`. Rejects with every error of SQS, which accepts ten
   * attributes at most.
   */
  async add(message: Message, reason: string): Promise<void> {
    await this.sqs.send(
      new SendMessageCommand({
        QueueUrl: this.url,
        MessageBody: message.body,
        MessageAttributes: { ...message.attributes, setAsideReason: { DataType: "String", StringValue: reason } },
        ...(message.group === undefined ? {} : { MessageGroupId: message.group }),
        ...(isFifo(this.url) ? { MessageDeduplicationId: `aside-${message.id}` } : {}),
      }),
    );
  }
}
