// Records which events were handled, in the same write as their effects.

import {
  type DynamoDBClient,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";

import { category, type Event } from "./event.js";

/** The effects of a stale event are not written, and the event is recorded as handled. */
export type Outcome = "done" | "duplicate" | "stale";

// Longer than a message can be delayed: 14 days in the parked queue, 7 in the queue, 14 in its dead-letter queue.
const REMEMBERED_SECONDS = 60 * 24 * 3_600;

/**
 * A DynamoDB table with the keys `pk` and `sk` and a time to live in `ttl`; `infra/subscriber.yaml` creates it.
 *
 * The rows are the same as those of the Rust consumer library, so a consumer can move from one language to another. One
 * transaction records the event as handled and writes its effects, so both happen once or not at all.
 */
export class Inbox {
  constructor(
    private readonly dynamodb: Pick<DynamoDBClient, "send">,
    readonly table: string,
    private readonly consumer: string,
    private readonly clock: () => number = Date.now,
  ) {}

  /**
   * Writes the effects, at most 98, unless this event or a later one of its lane (message group) was handled before.
   *
   * Throws every other error of DynamoDB.
   */
  async apply(event: Event, effects: TransactWriteItem[]): Promise<Outcome> {
    const outcome = await this.write([this.claim(event), this.position(event), ...effects]);
    if (outcome !== "stale") return outcome;
    const claimed = await this.write([this.claim(event)]);
    return claimed === "done" ? "stale" : claimed;
  }

  private async write(items: TransactWriteItem[]): Promise<Outcome> {
    try {
      await this.dynamodb.send(new TransactWriteItemsCommand({ TransactItems: items }));
      return "done";
    } catch (error) {
      if (error instanceof TransactionCanceledException) {
        const reasons = error.CancellationReasons?.map((reason) => reason.Code) ?? [];
        if (reasons[0] === "ConditionalCheckFailed") return "duplicate";
        if (reasons[1] === "ConditionalCheckFailed") return "stale";
      }
      throw error;
    }
  }

  private claim(event: Event): TransactWriteItem {
    const now = Math.floor(this.clock());
    return {
      Put: {
        TableName: this.table,
        Item: {
          pk: { S: `CONSUMER#${this.consumer}#EVENT#${event.id}` },
          sk: { S: "INBOX" },
          state: { S: "COMPLETED" },
          completedAt: { N: String(now) },
          ttl: this.ttl(),
        },
        ConditionExpression: "attribute_not_exists(pk)",
      },
    };
  }

  private ttl() {
    return { N: String(Math.floor(this.clock() / 1_000) + REMEMBERED_SECONDS) };
  }

  /**
   * Stores the latest sequence of the lane. Within a category, text order is the order of the changes. Another event of
   * the same change may have an equal sequence, so an equal one is not stale: the id shows a duplicate.
   */
  private position(event: Event): TransactWriteItem {
    return {
      Update: {
        TableName: this.table,
        Key: {
          pk: { S: `CONSUMER#${this.consumer}#LANE#${event.partitionkey ?? event.subject}` },
          sk: { S: `SEQUENCE#${category(event)}#${event.source}` },
        },
        UpdateExpression: "SET #s = :s, #t = :t",
        ConditionExpression: "attribute_not_exists(#s) OR #s <= :s",
        ExpressionAttributeNames: { "#s": "sequence", "#t": "ttl" },
        ExpressionAttributeValues: { ":s": { S: event.sequence }, ":t": this.ttl() },
      },
    };
  }
}
