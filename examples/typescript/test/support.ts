// The tests share the vectors, and fakes of KMS and DynamoDB that behave like the real services where it matters.

import { existsSync, readFileSync } from "node:fs";

import { TransactionCanceledException, type TransactWriteItem } from "@aws-sdk/client-dynamodb";

import type { Message } from "../src/batch.js";
import type { Event } from "../src/event.js";
import type { Reason } from "../src/opening.js";

export interface Vector {
  name: string;
  envelope: Event;
  class: string;
  key: string;
  opened?: Record<string, string>;
  refused?: Reason;
}

/** The test vectors: the copy next to these tests in a scaffolded project, otherwise the repository's shared ones. */
export function vectors(): Vector[] {
  const beside = new URL("../../test/vectors/opening.json", import.meta.url);
  const shared = new URL("../../../../tests/vectors/opening.json", import.meta.url);
  return JSON.parse(readFileSync(existsSync(beside) ? beside : shared, "utf8"));
}

/** The first vector, which opens the `contact` of a registration. */
export function registration(): Vector & { opened: Record<string, string> } {
  const vector = vectors()[0];
  if (!vector?.opened) throw new Error("the first vector opens");
  return { ...vector, opened: vector.opened };
}

export const FIFO = "arn:aws:sqs:eu-west-1:123456789012:welcome.fifo";

export function message(event: object | string, messageId = "m1", eventSourceARN = FIFO): Message {
  const body = typeof event === "string" ? event : JSON.stringify(event);
  return { messageId, body, attributes: { MessageGroupId: "users/user-1" }, eventSourceARN };
}

/** Unwraps every key to the vector's key, counts the calls, denies classes that are not granted, and can be down. */
export class Kms {
  calls: { EncryptionContext?: Record<string, string> }[] = [];
  down = false;

  constructor(
    private readonly key: string,
    public granted?: string[],
  ) {}

  send = async (command: { input: object }): Promise<any> => {
    const input = command.input as { EncryptionContext: { class: string } };
    this.calls.push(input);
    if (this.down) throw named("ThrottlingException");
    if (this.granted && !this.granted.includes(input.EncryptionContext.class)) throw named("AccessDeniedException");
    return { Plaintext: new Uint8Array(Buffer.from(this.key, "base64")) };
  };
}

/** Makes all writes of a transaction or none, with the two conditions that the inbox uses. */
export class Table {
  items = new Map<string, Record<string, any>>();
  down = false;

  send = async (command: { input: object }): Promise<any> => {
    if (this.down) throw named("ThrottlingException");
    const { TransactItems: writes } = command.input as { TransactItems: TransactWriteItem[] };
    const reasons = writes.map((write) => ({ Code: this.holds(write) ? "None" : "ConditionalCheckFailed" }));
    if (reasons.some((reason) => reason.Code !== "None")) {
      throw new TransactionCanceledException({ $metadata: {}, message: "", CancellationReasons: reasons });
    }
    for (const { Put, Update } of writes) {
      const item = Put?.Item ?? { ...Update?.Key, sequence: Update?.ExpressionAttributeValues?.[":s"] };
      this.items.set(key(item), item);
    }
  };

  outbox(): Record<string, any>[] {
    return [...this.items.values()].filter((item) => item.pk.S === "OUTBOX");
  }

  private holds({ Put, Update }: TransactWriteItem): boolean {
    const before = this.items.get(key(Put?.Item ?? Update?.Key));
    const condition = Put?.ConditionExpression ?? Update?.ConditionExpression;
    if (!before || !condition) return true;
    if (condition === "attribute_not_exists(pk)") return false;
    if (condition !== "attribute_not_exists(#s) OR #s <= :s") throw new Error(condition);
    return before.sequence.S <= String(Update?.ExpressionAttributeValues?.[":s"]?.S);
  }
}

function key(item: Record<string, any> = {}): string {
  return JSON.stringify([item.pk.S, item.sk.S]);
}

function named(name: string): Error {
  return Object.assign(new Error(name), { name });
}
