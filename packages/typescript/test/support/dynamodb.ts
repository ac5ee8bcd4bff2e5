// DynamoDB in memory: all writes of a transaction or none, with the conditions that they carry.

import type {
  AttributeValue,
  ConditionCheck,
  Delete,
  DynamoDBClient,
  Put,
  QueryInput,
  TransactWriteItem,
  Update,
} from "@aws-sdk/client-dynamodb";

import { holds, type Item, type Names, updated } from "./expressions.js";

type Write = Partial<Put & Update & Delete & ConditionCheck> & Names;

/** What the next requests do instead of their work. `after`: the work is done, and the answer is lost. */
export type Fault = "before" | "after" | "conflict" | "throttled";

export class Dynamo {
  readonly rows = new Map<string, Item>();
  readonly requests: { name: string; input: Record<string, unknown> }[] = [];
  /** The sort keys of the rows that were written, in order. */
  readonly written: string[] = [];
  /** Whether conditions count. */
  conditional = true;
  /** The faults of the next writes, in order. */
  faults: Fault[] = [];
  /** The fault of a write, by its JSON. */
  faultOf: (request: string) => Fault | undefined = () => undefined;

  readonly client: Pick<DynamoDBClient, "send"> = {
    send: (command: { constructor: { name: string }; input: object }) =>
      this.#send(command.constructor.name, command.input),
  };

  /** The rows in the order of their keys. */
  all(): Item[] {
    return [...this.rows.values()];
  }

  async #send(name: string, input: object): Promise<unknown> {
    await Promise.resolve();
    this.requests.push({ name, input: input as Record<string, unknown> });
    if (name === "GetItemCommand") {
      const { TableName, Key, ConsistentRead } = input as { TableName: string; Key: Item; ConsistentRead?: boolean };
      // Only a consistent read sees the rows for certain. The reader owns what it gets.
      const row = ConsistentRead ? this.rows.get(keyOf(TableName, Key)) : undefined;
      return row ? { Item: structuredClone(row) } : {};
    }
    if (name === "QueryCommand") return this.#count(input as QueryInput);
    const fault = this.faults.shift() ?? this.faultOf(JSON.stringify(input));
    if (fault === "before") throw named("TimeoutError");
    const single = name !== "TransactWriteItemsCommand";
    if (fault === "conflict" || fault === "throttled") throw conflict(single, fault);
    if (single) this.#single(input);
    else this.#transact((input as { TransactItems: TransactWriteItem[] }).TransactItems);
    if (fault === "after") throw named("TimeoutError");
    return {};
  }

  /** A page has at most three rows, and the filter comes after the page. */
  #count({ TableName, ExclusiveStartKey, ...query }: QueryInput): object {
    const { KeyConditionExpression, FilterExpression = "", Select, ConsistentRead } = query;
    // Without a consistent read, the newest rows may be missing.
    if (KeyConditionExpression !== "pk = :pk" || Select !== "COUNT" || ConsistentRead !== true) {
      throw named("ValidationException");
    }
    const pk = query.ExpressionAttributeValues?.[":pk"]?.S ?? "";
    const after = ExclusiveStartKey?.sk?.S ?? "";
    const rows = this.all().filter((row) => row.pk?.S === pk && (row.sk?.S ?? "") > after);
    rows.sort((a, b) => ((a.sk?.S ?? "") < (b.sk?.S ?? "") ? -1 : 1));
    const page = rows.slice(0, 3);
    const counted = page.filter((row) => holds(FilterExpression, row, query));
    const last = page.at(-1);
    const more = rows.length > page.length && last && this.rows.has(keyOf(TableName ?? "", last));
    return { Count: counted.length, ...(more && { LastEvaluatedKey: { pk: last.pk, sk: last.sk } }) };
  }

  #single(write: Write): void {
    if (!this.#holds(write)) {
      throw Object.assign(named("ConditionalCheckFailedException"), this.#old(write));
    }
    this.#apply(write);
  }

  #transact(items: TransactWriteItem[]): void {
    const writes = items.map(({ Put, Update, Delete, ConditionCheck }) => {
      const write = Put ?? Update ?? Delete ?? ConditionCheck;
      if (write === undefined) throw named("ValidationException");
      return write;
    });
    const keys = new Set(writes.map((write) => this.#key(write)));
    if (keys.size !== writes.length || writes.length > 100) throw named("ValidationException");
    const reasons = writes.map((write) =>
      this.#holds(write) ? { Code: "None" } : { Code: "ConditionalCheckFailed", ...this.#old(write) },
    );
    if (reasons.some(({ Code }) => Code !== "None")) throw cancelled(reasons);
    for (const write of writes) this.#apply(write);
  }

  #holds(write: Write): boolean {
    return (
      !this.conditional ||
      write.ConditionExpression === undefined ||
      holds(write.ConditionExpression, this.rows.get(this.#key(write)), write)
    );
  }

  #old(write: Write): { Item?: Record<string, AttributeValue> } {
    const old = this.rows.get(this.#key(write));
    return old && write.ReturnValuesOnConditionCheckFailure === "ALL_OLD" ? { Item: old } : {};
  }

  #apply(write: Write): void {
    const key = this.#key(write);
    this.written.push((write.Item ?? write.Key)?.sk?.S ?? "");
    if (write.Item) this.rows.set(key, write.Item);
    else if (write.UpdateExpression !== undefined) {
      const row = this.rows.get(key) ?? { ...write.Key };
      this.rows.set(key, updated(write.UpdateExpression, row, write));
    } else if (write.ConditionExpression !== undefined) this.rows.delete(key);
  }

  #key(write: Write): string {
    return keyOf(write.TableName ?? "", write.Item ?? write.Key ?? {});
  }
}

export function keyOf(table: string, { pk, sk }: Item): string {
  return JSON.stringify([table, pk?.S, sk?.S]);
}

export function named(name: string): Error {
  return Object.assign(new Error(name), { name });
}

function cancelled(reasons: object[]): Error {
  return Object.assign(named("TransactionCanceledException"), { CancellationReasons: reasons });
}

function conflict(single: boolean, fault: "conflict" | "throttled"): Error {
  if (single) return named("TransactionConflictException");
  return cancelled([{ Code: "None" }, { Code: fault === "conflict" ? "TransactionConflict" : "ThrottlingError" }]);
}
