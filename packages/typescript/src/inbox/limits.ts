// The limits of a transaction (Amazon DynamoDB Developer Guide, *Quotas*).

import type { AttributeValue, TransactWriteItem } from "@aws-sdk/client-dynamodb";

import { Refused } from "../errors.js";

const MAX_ITEMS = 100;
const MAX_PARTITION_KEY_BYTES = 2_048;
const MAX_SORT_KEY_BYTES = 1_024;
const MAX_ITEM_BYTES = 400 * 1_024;
const MAX_TRANSACTION_BYTES = 4 * 1_024 * 1_024;
const NUMBER_BYTES = 21;
const CONTAINER_BYTES = 3;

type Item = Record<string, AttributeValue>;

/**
 * Checks a transaction before it is sent. Throws `Refused` with the reason `limits` if DynamoDB would not accept it.
 *
 * Keys are checked by their names in the inbox's table, `pk` and `sk`; other tables may use them for long attributes.
 */
export function checkLimits(items: readonly TransactWriteItem[], inboxTable: string): void {
  if (items.length > MAX_ITEMS) {
    throw refused(`the effects have ${String(items.length - 2)} items; ${String(MAX_ITEMS - 2)} fit a transaction`);
  }
  let total = 0;
  for (const { Put, Update, Delete, ConditionCheck } of items) {
    const write = Put ?? Update ?? Delete ?? ConditionCheck;
    const item = Put?.Item ?? (Update ?? Delete ?? ConditionCheck)?.Key ?? {};
    if (write?.TableName === inboxTable) checkKeys(item);
    const bytes = itemBytes(item);
    if (bytes > MAX_ITEM_BYTES) throw refused(`an item of the effects has more than ${String(MAX_ITEM_BYTES)} bytes`);
    total += bytes + itemBytes(write?.ExpressionAttributeValues ?? {});
  }
  if (total > MAX_TRANSACTION_BYTES) {
    throw refused(`the effects have more than ${String(MAX_TRANSACTION_BYTES)} bytes`);
  }
}

function checkKeys(item: Item): void {
  for (const [name, most] of [
    ["pk", MAX_PARTITION_KEY_BYTES],
    ["sk", MAX_SORT_KEY_BYTES],
  ] as const) {
    if (Buffer.byteLength(item[name]?.S ?? "") > most) throw refused(`\`${name}\` has more than ${String(most)} bytes`);
  }
}

/** The size of an item (Amazon DynamoDB Developer Guide, *Item sizes and formats*). A number counts as the longest. */
export function itemBytes(item: Item): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) bytes += Buffer.byteLength(name) + valueBytes(value);
  return bytes;
}

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.min(NUMBER_BYTES, Math.ceil(value.N.length / 2) + 1);
  if (value.B !== undefined) return value.B.length;
  if (value.SS !== undefined) return sum(value.SS, (text) => Buffer.byteLength(text));
  if (value.NS !== undefined) return value.NS.length * NUMBER_BYTES;
  if (value.BS !== undefined) return sum(value.BS, (bytes) => bytes.length);
  if (value.L !== undefined) return CONTAINER_BYTES + sum(value.L, (element) => 1 + valueBytes(element));
  if (value.M !== undefined) return CONTAINER_BYTES + Object.keys(value.M).length + itemBytes(value.M);
  return 1;
}

function sum<T>(values: readonly T[], bytes: (value: T) => number): number {
  return values.reduce((total, value) => total + bytes(value), 0);
}

function refused(message: string): Refused {
  return new Refused("limits", message);
}
