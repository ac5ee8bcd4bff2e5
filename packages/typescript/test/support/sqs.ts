// SQS in memory: visibility timeouts, and message groups that deliver nothing while one of their messages is hidden.

import type { MessageAttributeValue, SQSClient } from "@aws-sdk/client-sqs";

import type { VirtualClock } from "./clock.js";
import { named } from "./dynamodb.js";

export interface Sent {
  readonly id: string;
  readonly body: string;
  readonly group?: string | undefined;
  readonly attributes?: Record<string, MessageAttributeValue> | undefined;
}

interface Stored extends Sent {
  visibleAt: number;
  receives: number;
}

interface Input {
  MaxNumberOfMessages: number;
  VisibilityTimeout: number;
  WaitTimeSeconds: number;
  ReceiptHandle: string;
  MessageBody: string;
  MessageGroupId?: string;
  MessageDeduplicationId?: string;
  MessageAttributes?: Record<string, MessageAttributeValue>;
  Entries: { Id: string; ReceiptHandle: string; VisibilityTimeout: number }[];
}

/** One queue, and the messages that were sent to the dead-letter queue. */
export class Sqs {
  messages: Stored[] = [];
  readonly deadLetters: Input[] = [];
  /** Each visibility timeout that was set: message id and seconds. */
  readonly hidden: [id: string, seconds: number][] = [];
  readonly deleted: string[] = [];
  /** Whether the dead-letter queue refuses messages. */
  full = false;
  /** How many of the next receives fail. */
  failures = 0;
  /** The most messages of one receive. */
  batch = 10;

  constructor(
    private readonly clock: VirtualClock,
    readonly url = "https://sqs.example.com/123456789012/welcome.fifo",
  ) {}

  readonly client: Pick<SQSClient, "send"> = {
    send: ((command: { constructor: { name: string }; input: Input }, options?: { abortSignal?: AbortSignal }) =>
      this.#send(command.constructor.name, command.input, options?.abortSignal)) as unknown as SQSClient["send"],
  };

  add(...messages: Sent[]): void {
    for (const message of messages) this.messages.push({ ...message, visibleAt: 0, receives: 0 });
  }

  async #send(name: string, input: Input, signal?: AbortSignal): Promise<object> {
    await Promise.resolve();
    switch (name) {
      case "ReceiveMessageCommand":
        return { Messages: await this.#receive(input, signal) };
      case "DeleteMessageCommand":
        this.messages = this.messages.filter(({ id }) => id !== idOf(input.ReceiptHandle));
        this.deleted.push(idOf(input.ReceiptHandle));
        return {};
      case "ChangeMessageVisibilityCommand":
        this.#hide(input.ReceiptHandle, input.VisibilityTimeout);
        return {};
      case "ChangeMessageVisibilityBatchCommand":
        if (input.Entries.length === 0 || input.Entries.length > 10) throw named("InvalidBatch");
        for (const entry of input.Entries) this.#hide(entry.ReceiptHandle, entry.VisibilityTimeout);
        return {};
      case "SendMessageCommand":
        if (this.full) throw named("QueueDoesNotExist");
        this.deadLetters.push(input);
        return {};
      default:
        throw new Error(name);
    }
  }

  async #receive(input: Input, signal?: AbortSignal): Promise<object[]> {
    if (this.failures > 0) {
      this.failures--;
      throw named("RequestThrottled");
    }
    const until = this.clock.now() + 1_000 * input.WaitTimeSeconds;
    for (;;) {
      const messages = this.#visible(Math.min(this.batch, input.MaxNumberOfMessages));
      if (messages.length > 0 || this.clock.now() >= until) {
        return messages.map((message) => this.#received(message, input.VisibilityTimeout));
      }
      await this.clock.sleep(1_000, signal);
    }
  }

  #visible(most: number): Stored[] {
    const fifo = this.url.endsWith(".fifo");
    const now = this.clock.now();
    const busy = new Set(fifo ? this.messages.filter((m) => m.visibleAt > now).map((m) => m.group) : []);
    return this.messages.filter((m) => m.visibleAt <= now && !busy.has(m.group)).slice(0, most);
  }

  #received(message: Stored, seconds: number): object {
    message.visibleAt = this.clock.now() + 1_000 * seconds;
    message.receives++;
    return {
      MessageId: message.id,
      Body: message.body,
      ReceiptHandle: `${message.id}|${String(message.receives)}`,
      Attributes: { MessageGroupId: message.group, ApproximateReceiveCount: String(message.receives) },
      MessageAttributes: message.attributes,
    };
  }

  #hide(receipt: string, seconds: number): void {
    const message = this.messages.find(({ id }) => id === idOf(receipt));
    this.hidden.push([idOf(receipt), seconds]);
    if (message) message.visibleAt = this.clock.now() + 1_000 * seconds;
  }
}

function idOf(receipt: string): string {
  return receipt.split("|")[0] ?? "";
}
