// What this consumer does with an event. This is the file to change.

import type { AttributeValue, TransactWriteItem } from "@aws-sdk/client-dynamodb";

import type { Event } from "./event.js";
import { NOT_GRANTED, type Opened } from "./opening.js";

/**
 * The writes that the event causes. An event type that is unknown causes none.
 *
 * Here: a row in an outbox for every user who registered with an e-mail address, out of which something else sends the
 * welcome mail. A mail cannot be part of a transaction, and a row can.
 */
export function effects(event: Event, opened: Record<string, Opened>, table: string): TransactWriteItem[] {
  const { contact } = opened;
  if (event.type !== "UserRegisteredEventV1" || !contact || contact === NOT_GRANTED) return [];
  if (typeof contact.email !== "string") return [];
  const row: Record<string, AttributeValue> = {
    pk: { S: "OUTBOX" },
    sk: { S: `WELCOME#${event.id}` },
    userId: { S: String(event.data.userId) },
    email: { S: contact.email },
  };
  if (typeof event.data.locale === "string") row.locale = { S: event.data.locale };
  return [{ Put: { TableName: table, Item: row } }];
}
