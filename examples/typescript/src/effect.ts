// The effects of an event. Change this file to build your own subscriber.

import type { Effects } from "user-events-consumer";

/**
 * The writes that the event causes. Other event types cause no writes.
 *
 * This example adds a row to an outbox for every user who registered with an e-mail address. Another process sends the
 * welcome mail from there, because a row can be part of a transaction and a mail cannot.
 */
export const effects: Effects = async (event, table) => {
  if (event.type !== "UserRegisteredEventV1") return [];
  // An object only if the class is there, was granted, and the person was not erased.
  const contact = await event.open("contact");
  if (typeof contact !== "object" || typeof contact.email !== "string") return [];
  const { userId, locale } = event.data;
  const row = {
    pk: { S: "OUTBOX" },
    sk: { S: `WELCOME#${event.id}` },
    userId: { S: userId },
    email: { S: contact.email },
    ...(typeof locale === "string" && { locale: { S: locale } }),
  };
  return [{ Put: { TableName: table, Item: row } }];
};
