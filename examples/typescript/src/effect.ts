// The effects of an event. Change this file to build your own subscriber.

import type { Effects } from "user-events-consumer";

/**
 * The writes that the event causes. Other event types cause no writes.
 *
 * This example adds a row to an outbox for every user who registered with an e-mail address. Another process sends the
 * welcome mail from there, because a row can be part of a transaction and a mail cannot.
 *
 * When a user is erased, a marker takes the place of the row, so that the copy is deleted. A registration that arrives
 * later does not bring the copy back: as a rule, it cannot be opened any more; and within the minutes in which a reader may
 * still have the user's secret, the condition refuses the row (`effect-refused`, which no retry can mend).
 *
 * If the subscriber joins late, a snapshot has an event of every account that there is: `UserAccountSnapshotEventV1`. Those
 * users registered long ago and get no mail. A subscriber that keeps a copy of the account stores it here.
 */
export const effects: Effects = async (event, table) => {
  if (event.type === "UserErasedEventV1") {
    const marker = { ...keyOf(event.data.userId), erasedAt: { S: event.data.erasedAt } };
    return [{ Put: { TableName: table, Item: marker } }];
  }
  if (event.type !== "UserRegisteredEventV1") return [];
  // An object only if the class is there, was granted, and the person was not erased.
  const contact = await event.open("contact");
  if (typeof contact !== "object" || typeof contact.email !== "string") return [];
  const { userId, locale } = event.data;
  const row = {
    ...keyOf(userId),
    userId: { S: userId },
    email: { S: contact.email },
    ...(typeof locale === "string" && { locale: { S: locale } }),
  };
  return [{ Put: { TableName: table, Item: row, ConditionExpression: "attribute_not_exists(erasedAt)" } }];
};

/** The key of a user's row, which is found again when the user is erased. */
const keyOf = (userId: string) => ({ pk: { S: "OUTBOX" }, sk: { S: `WELCOME#${userId}` } });
