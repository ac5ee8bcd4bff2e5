// What the subscriber does with an event.

import assert from "node:assert/strict";
import { test } from "node:test";

import { type Contact, ERASED, NOT_GRANTED, type Opened, readEvent, type ReceivedEvent } from "user-events-consumer";

import { effects } from "../src/effect.js";

const REGISTRATION = {
  specversion: "1.0",
  id: "3057899a-a0ed-5ba6-918d-2fa680f6def6",
  source: "/user-service",
  type: "UserRegisteredEventV1",
  subject: "users/user-1",
  sequence: "0000000000004421584500000000017450439091.0000",
  data: { userId: "user-1", status: "ACTIVE", registeredAt: "2026-03-01T12:00:00.000Z", locale: "en-GB" },
};
const ADA: Contact = { email: "ada@example.com" };

/** The effects of an event with this contact. */
function effectsOf(contact: Opened<Contact>, changes: object = {}) {
  const event = readEvent(JSON.stringify({ ...REGISTRATION, ...changes }));
  const open = () => Promise.resolve(contact);
  return effects(Object.assign(event, { open }) as ReceivedEvent, "welcome-inbox");
}

test("a registration becomes one row of the outbox", async () => {
  const Item = {
    pk: { S: "OUTBOX" },
    sk: { S: "WELCOME#user-1" },
    userId: { S: "user-1" },
    email: { S: "ada@example.com" },
    locale: { S: "en-GB" },
  };
  const ConditionExpression = "attribute_not_exists(erasedAt)";
  assert.deepEqual(await effectsOf(ADA), [{ Put: { TableName: "welcome-inbox", Item, ConditionExpression } }]);
});

test("an erasure puts a marker in the place of the row", async () => {
  const erasedAt = "2026-03-01T12:50:00.000Z";
  const Item = { pk: { S: "OUTBOX" }, sk: { S: "WELCOME#user-1" }, erasedAt: { S: erasedAt } };
  const erased = { type: "UserErasedEventV1", data: { userId: "user-1", erasedAt } };
  assert.deepEqual(await effectsOf(undefined, erased), [{ Put: { TableName: "welcome-inbox", Item } }]);
});

test("without an e-mail address there is no row", async () => {
  for (const contact of [undefined, NOT_GRANTED, ERASED, { phoneNumber: "+1-202-555-0100" }] as const) {
    assert.deepEqual(await effectsOf(contact), []);
  }
});

test("a user of a snapshot gets no mail", async () => {
  const snapshot = { type: "UserAccountSnapshotEventV1", snapshotrun: "run-1", sequence: `${"0".repeat(40)}.0000` };
  assert.deepEqual(await effectsOf(ADA, snapshot), []);
});

test("other events cause no row", async () => {
  for (const type of ["UserRestoredEventV1", "SomethingNewEventV1"]) assert.deepEqual(await effectsOf(ADA, { type }), []);
});
