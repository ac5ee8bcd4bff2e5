// Sends writes to DynamoDB, and reads why it refused them.

import {
  type AttributeValue,
  type Delete,
  DeleteItemCommand,
  type DynamoDBClient,
  type Put,
  PutItemCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  type Update,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";

import type { Clock } from "../clock.js";

/** The result of a write: it was made, or the condition at this place failed. `old` is the row that was in the way. */
export type Written =
  | { readonly failed: undefined }
  | { readonly failed: number; readonly old: Record<string, AttributeValue> | undefined };

const MADE: Written = { failed: undefined };
const RETRIES = 5;
const FIRST_PAUSE_MS = 50;
const CONDITION_FAILED = "ConditionalCheckFailed";
const TRANSIENT: ReadonlySet<string | undefined> = new Set([
  "TransactionConflict",
  "ThrottlingError",
  "ProvisionedThroughputExceeded",
]);

/** The parts of DynamoDB's errors that are read here. They are known by name, because an SDK can be there twice. */
interface Failure {
  readonly name?: string;
  readonly Item?: Record<string, AttributeValue>;
  readonly CancellationReasons?: readonly { readonly Code?: string; readonly Item?: Record<string, AttributeValue> }[];
}

/** The tables that the inbox writes to. */
export class Table {
  constructor(
    private readonly dynamodb: Pick<DynamoDBClient, "send">,
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /** Makes all writes or none. Rejects if none was made, and not because of a condition. */
  transact(items: TransactWriteItem[]): Promise<Written> {
    return this.#retrying(() => this.dynamodb.send(new TransactWriteItemsCommand({ TransactItems: items })));
  }

  /** Puts one row. */
  put(row: Put): Promise<Written> {
    return this.#retrying(() => this.dynamodb.send(new PutItemCommand(row)));
  }

  /** Updates one row. */
  update(row: Update): Promise<Written> {
    return this.#retrying(() => this.dynamodb.send(new UpdateItemCommand(row)));
  }

  /** Deletes one row. */
  delete(row: Delete): Promise<Written> {
    return this.#retrying(() => this.dynamodb.send(new DeleteItemCommand(row)));
  }

  /** Tries again if the write met another one: the pause is random, so that the two do not meet again. */
  async #retrying(send: () => Promise<unknown>): Promise<Written> {
    for (let retries = 0; ; retries++) {
      try {
        await send();
        return MADE;
      } catch (error) {
        const refusal = conditionFailed(error as Failure);
        if (refusal !== undefined) return refusal;
        if (!isTransient(error as Failure) || retries === RETRIES) throw error;
      }
      await this.clock.sleep(this.random() * FIRST_PAUSE_MS * 2 ** retries);
    }
  }
}

function conditionFailed(error: Failure): Written | undefined {
  if (error.name === "ConditionalCheckFailedException") return { failed: 0, old: error.Item };
  if (error.name !== "TransactionCanceledException") return undefined;
  const reasons = error.CancellationReasons ?? [];
  const failed = reasons.findIndex((reason) => reason.Code === CONDITION_FAILED);
  return failed === -1 ? undefined : { failed, old: reasons[failed]?.Item };
}

function isTransient(error: Failure): boolean {
  if (error.name === "TransactionConflictException") return true;
  return (
    error.name === "TransactionCanceledException" &&
    (error.CancellationReasons ?? []).some((reason) => TRANSIENT.has(reason.Code))
  );
}
