// The effects of an event. Change this file to build your own subscriber.

import type { AttributeValue, TransactWriteItem } from "@aws-sdk/client-dynamodb";

import type { Event } from "./event.js";
import { NOT_GRANTED, type Opened } from "./opening.js";

/**
 * The writes that the event causes. Other event types cause no writes.
 *
 * This example adds a row to an outbox for every user who registered with an e-mail address. Another process sends the
 * welcome mail from there, because a row can be part of a transaction and a mail cannot.
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
