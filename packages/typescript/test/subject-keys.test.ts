// Persons' keys, the second share of a token's key.

import assert from "node:assert/strict";
import { createHash, hkdfSync } from "node:crypto";
import { test } from "node:test";

import {
  Denied,
  ERASED,
  type Event,
  NOT_GRANTED,
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

function withSubjectKeys(row?: Record<string, unknown>, requires: string[] = []) {
  const dynamo = new Dynamo();
  const clock = new VirtualClock();
  const put = (attributes: Record<string, unknown>) =>
    dynamo.rows.set(keyOf("keys", { pk: { S: PK } }), { pk: { S: PK }, ...attributes });
  if (row) put(row);
  const subjectKeys = new SubjectKeys(dynamo.client, { table: "keys", clock });
  return { dynamo, put, subjectKeys, ...start({ subjectKeys, clock, requires }), clock };
}

/** An event that needs the person's key. */
function personal(keyId = KEY_ID, secret: Buffer = SECRET): Event {
  const kid = `${uuid(1)}/contact/${keyId}`;
  const input = Buffer.concat([Buffer.from(KEY, "base64"), secret]);
  const key = Buffer.from(hkdfSync("sha256", input, "user-events/subject-key/v1", `A256GCM\0${kid}`, 32));
  return event(seal(uuid(1), "contact", JSON.stringify(CONTACT), { key, keyId }));
}

const ROW = { keyId: { S: KEY_ID }, secret: { B: SECRET } };

const TOMBSTONE = { erasedAt: { S: "2026-03-01T12:00:00.000Z" }, subject: { S: "users/user-1" } };

test("a person's key opens, and is remembered for 300 seconds", async () => {
  const { clock, dynamo, put, opener } = withSubjectKeys(ROW);
  for (let time = 0; time < 3; time++) assert.deepEqual(plain(await opener.open(personal(), "contact")), CONTACT);
  put(TOMBSTONE);
  await clock.advance(299_999);
  assert.deepEqual(plain(await opener.open(personal(), "contact")), CONTACT);
  assert.deepEqual(
    dynamo.requests.map(({ input }) => input.ConsistentRead),
    [true],
  );
  await clock.advance(1);
  assert.equal(await opener.open(personal(), "contact"), ERASED);
});

test("the age of a secret counts from before its read", async () => {
  const { clock, dynamo, put, subjectKeys } = withSubjectKeys(ROW);
  const before = dynamo.client.send;
  let begun: () => void = () => undefined;
  const slow = new SubjectKeys(
    {
      send: async (command: never) => {
        const answer: unknown = await before(command);
        await new Promise<void>((resolve) => (begun = resolve));
        return answer;
      },
    } as never,
    { table: "keys", clock },
  );
  const secret = slow.secret(personal(), "contact", KEY_ID);
  await clock.advance(20_000);
  begun();
  assert.notEqual(await secret, ERASED);
  put(TOMBSTONE);
  await clock.advance(280_000);
  const again = slow.secret(personal(), "contact", KEY_ID);
  await clock.advance(0);
  begun();
  assert.equal(await again, ERASED);
  assert.equal(await subjectKeys.secret(personal(), "contact", KEY_ID), ERASED);
});

test("a person who was erased is a value, whatever KMS answers, and KMS is not asked", async () => {
  for (const failure of [undefined, "AccessDeniedException", "KMSInternalException"]) {
    const { clock, dynamo, kms, opener } = withSubjectKeys(TOMBSTONE, ["contact"]);
    kms.failure = failure;
    for (let time = 0; time < 3; time++) {
      assert.equal(await opener.open(personal(), "contact"), ERASED);
      await clock.advance(1_000_000_000);
    }
    assert.equal(kms.requests.length, 0);
    assert.equal(dynamo.requests.length, 1, "a tombstone is final");
  }
});

test("a denied class of a person who is there is not granted", async () => {
  const { kms, opener } = withSubjectKeys(ROW);
  kms.denied.add("contact");
  assert.equal(await opener.open(personal(), "contact"), NOT_GRANTED);
  const requiring = withSubjectKeys(ROW, ["contact"]);
  requiring.kms.denied.add("contact");
  await assert.rejects(requiring.opener.open(personal(), "contact"), Denied);
});

test("a missing row is not remembered", async () => {
  const { dynamo, put, opener } = withSubjectKeys();
  for (let reads = 1; reads <= 2; reads++) {
    await assert.rejects(opener.open(personal(), "contact"), SubjectKeyMissing);
    assert.equal(dynamo.requests.length, reads);
  }
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

test("a token of a person in an event about no user is refused before a read", async () => {
  const { dynamo, kms, opener } = withSubjectKeys(ROW);
  for (const subject of ["attempts/attempt-1", "roles/role-1", "Users/user-1", "user"]) {
    assert.equal(await refused(opener.open({ ...personal(), subject }, "contact")), "moved");
  }
  assert.deepEqual([dynamo.requests.length, kms.requests.length], [0, 0]);
});

test("a secret of another length opens nothing", async () => {
  for (const length of [0, 31, 33]) {
    const secret = Buffer.alloc(length);
    const { opener } = withSubjectKeys({ keyId: { S: KEY_ID }, secret: { B: secret } });
    assert.equal(await refused(opener.open(personal(KEY_ID, secret), "contact")), "does-not-open");
  }
});

test("secrets and tombstones are remembered within bounds", async () => {
  const { dynamo, subjectKeys } = withSubjectKeys();
  for (let number = 0; number < 2_100; number++) {
    const pk = {
      S: createHash("sha256")
        .update(`/user-service\nusers/${String(number)}`)
        .digest("hex"),
    };
    dynamo.rows.clear();
    dynamo.rows.set(keyOf("keys", { pk }), { pk, ...(number % 2 ? TOMBSTONE : ROW) });
    await subjectKeys.secret({ ...personal(), subject: `users/${String(number)}` }, "contact", KEY_ID);
  }
  const { secrets, tombstones } = subjectKeys.remembered;
  assert.equal(tombstones, 1_024);
  assert.ok(secrets > 1_000 && secrets <= 1_024);
});

test("a secret is overwritten when it is forgotten, and not under those who use it", async () => {
  const { clock, put, subjectKeys } = withSubjectKeys(ROW);
  const rows: Uint8Array[] = [];
  const sent = new Dynamo();
  sent.rows.set(keyOf("keys", { pk: { S: PK } }), { pk: { S: PK }, ...ROW });
  const client = {
    send: async (command: never) => {
      const answer = (await sent.client.send(command)) as { Item?: { secret?: { B?: Uint8Array } } };
      if (answer.Item?.secret?.B) rows.push(answer.Item.secret.B);
      return answer;
    },
  };
  const seen = new SubjectKeys(client as never, { table: "keys", clock });
  const used = await seen.secret(personal(), "contact", KEY_ID);
  await clock.advance(300_000);
  sent.rows.set(keyOf("keys", { pk: { S: PK } }), { pk: { S: PK }, ...TOMBSTONE });
  assert.equal(await seen.secret(personal(), "contact", KEY_ID), ERASED);
  assert.deepEqual(rows, [new Uint8Array(32)], "the remembered bytes are zeros");
  assert.deepEqual(used, Uint8Array.from(SECRET), "a caller owns its copy");

  // Two readers of one person at once, one of whom makes the cache forget the row.
  const newKeyId = Buffer.alloc(16, 8).toString("base64url");
  await subjectKeys.secret(personal(), "contact", KEY_ID);
  put({ keyId: { S: newKeyId }, secret: { B: SECRET } });
  const [old, fresh] = await Promise.all([
    subjectKeys.secret(personal(), "contact", KEY_ID),
    subjectKeys.secret(personal(newKeyId), "contact", newKeyId),
  ]);
  assert.deepEqual([old, fresh], [Uint8Array.from(SECRET), Uint8Array.from(SECRET)]);
});

test("a failure of the table of persons' keys is no refusal", async () => {
  const failing = { send: () => Promise.reject(new Error("down")) };
  const { opener } = start({ subjectKeys: new SubjectKeys(failing as never, { table: "keys" }) });
  await assert.rejects(opener.open(personal(), "contact"), /down/);
});
