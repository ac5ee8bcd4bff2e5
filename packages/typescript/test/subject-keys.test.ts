// Persons' keys, the second share of a token's key.

import assert from "node:assert/strict";
import { createHash, hkdfSync } from "node:crypto";
import { test } from "node:test";

import {
  ERASED,
  type Event,
  Opener,
  type OpenerOptions,
  readEvent,
  SubjectKeyMissing,
  SubjectKeys,
} from "user-events-consumer";

import { VirtualClock } from "./support/clock.js";
import { Dynamo, keyOf } from "./support/dynamodb.js";
import { bodyOf, CONTACT, KEY, registration, seal, SEAL_KEY_ARN, uuid } from "./support/events.js";
import { refused } from "./support/failures.js";
import { Kms } from "./support/kms.js";

function start(options: Partial<OpenerOptions> = {}) {
  const clock = new VirtualClock();
  const kms = new Kms({ contact: KEY });
  return { clock, kms, opener: new Opener(kms.client, { sealKeyArns: [SEAL_KEY_ARN], clock, ...options }) };
}

/** A registration with this sealed contact. */
function event(contact: unknown = seal(uuid(1), "contact", JSON.stringify(CONTACT)), number = 1): Event {
  const changes = { data: { userId: "user-1", contact } };
  return readEvent(bodyOf(registration(number, "user-1", changes)));
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

const KEY_ID = Buffer.alloc(16, 7).toString("base64url");
const SECRET = Buffer.alloc(32, 9);
const PK = createHash("sha256").update("/user-service\nusers/user-1").digest("hex");

function withSubjectKeys(row?: Record<string, unknown>) {
  const dynamo = new Dynamo();
  const clock = new VirtualClock();
  const put = (attributes: Record<string, unknown>) =>
    dynamo.rows.set(keyOf("keys", { pk: { S: PK } }), { pk: { S: PK }, ...attributes });
  if (row) put(row);
  const subjectKeys = new SubjectKeys(dynamo.client, { table: "keys", clock });
  return { dynamo, put, ...start({ subjectKeys, clock }), clock };
}

/** An event that needs the person's key. */
function personal(keyId = KEY_ID, secret: Buffer = SECRET): Event {
  const kid = `${uuid(1)}/contact/${keyId}`;
  const input = Buffer.concat([Buffer.from(KEY, "base64"), secret]);
  const key = Buffer.from(hkdfSync("sha256", input, "user-events/subject-key/v1", `A256GCM\0${kid}`, 32));
  return event(seal(uuid(1), "contact", JSON.stringify(CONTACT), { key, keyId }));
}

const ROW = { keyId: { S: KEY_ID }, secret: { B: SECRET } };

test("a person's key opens, and is remembered for 300 seconds", async () => {
  const { clock, dynamo, opener } = withSubjectKeys(ROW);
  for (let time = 0; time < 3; time++) assert.deepEqual(plain(await opener.open(personal(), "contact")), CONTACT);
  assert.deepEqual(
    dynamo.requests.map(({ input }) => input.ConsistentRead),
    [false],
  );
  dynamo.rows.clear();
  await clock.advance(300_000);
  await assert.rejects(opener.open(personal(), "contact"), SubjectKeyMissing);
});

test("a person who was erased is a value", async () => {
  const { opener } = withSubjectKeys({ erasedAt: { S: "2026-03-01T12:00:00.000Z" }, subject: { S: "users/user-1" } });
  assert.equal(await opener.open(personal(), "contact"), ERASED);
});

test("a missing row is read again, consistently, and is not remembered", async () => {
  const { dynamo, put, opener } = withSubjectKeys();
  await assert.rejects(opener.open(personal(), "contact"), SubjectKeyMissing);
  assert.deepEqual(
    dynamo.requests.map(({ input }) => input.ConsistentRead),
    [false, true],
  );
  put(ROW);
  assert.deepEqual(plain(await opener.open(personal(), "contact")), CONTACT);
});

test("another key id is read again, even if the row was remembered, and is a refusal then", async () => {
  const { put, opener } = withSubjectKeys(ROW);
  await opener.open(personal(), "contact");
  const newKeyId = Buffer.alloc(16, 8).toString("base64url");
  assert.equal(await refused(opener.open(personal(newKeyId), "contact")), "moved");
  put({ keyId: { S: newKeyId }, secret: { B: SECRET } });
  assert.deepEqual(plain(await opener.open(personal(newKeyId), "contact")), CONTACT);
});

test("a secret of another length opens nothing", async () => {
  const { opener } = withSubjectKeys({ keyId: { S: KEY_ID }, secret: { B: Buffer.alloc(31) } });
  assert.equal(await refused(opener.open(personal(KEY_ID, Buffer.alloc(31)), "contact")), "does-not-open");
});

test("a failure of the table of persons' keys is no refusal", async () => {
  const failing = { send: () => Promise.reject(new Error("down")) };
  const { opener } = start({ subjectKeys: new SubjectKeys(failing as never, { table: "keys" }) });
  await assert.rejects(opener.open(personal(), "contact"), /down/);
});
