// The vectors that every reader must pass, in any language.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  ERASED,
  type JsonObject,
  NOT_GRANTED,
  Opener,
  readEvent,
  Refused,
  SubjectKeyMissing,
  SubjectKeys,
} from "user-events-consumer";

import { VirtualClock } from "./support/clock.js";
import { Dynamo, keyOf } from "./support/dynamodb.js";
import type { Item } from "./support/expressions.js";
import { shared } from "./support/files.js";
import { Kms } from "./support/kms.js";

interface Vector {
  name: string;
  envelope?: { data?: Record<string, { sealed: string }> };
  body?: string;
  class: string;
  sealKeyArn: string;
  key: string;
  subjectKeys?: Record<string, Record<string, { S?: string; B?: string; NULL?: boolean }>>;
  denied?: true;
  opened?: JsonObject;
  absent?: true;
  erased?: true;
  notGranted?: true;
  retry?: "subject-key-missing";
  refused?: string;
}

const vectors = shared("opening.json") as Vector[];
const TABLE = "subject-keys";

/** The result of a vector in the words of the file, and how often KMS was asked. */
async function read(vector: Vector, body = bodyOf(vector)) {
  const kms = new Kms({ [vector.class]: vector.key });
  if (vector.denied) kms.denied.add(vector.class);
  const clock = new VirtualClock();
  const subjectKeys = vector.subjectKeys && keysTable(vector.subjectKeys);
  const opener = new Opener(kms.client, {
    sealKeyArns: [vector.sealKeyArn],
    clock,
    ...(subjectKeys && { subjectKeys: new SubjectKeys(subjectKeys.client, { table: TABLE, clock }) }),
  });
  const result = async () => {
    const opened = await opener.open(readEvent(body), vector.class);
    if (opened === undefined) return { absent: true };
    if (opened === ERASED) return { erased: true };
    if (opened === NOT_GRANTED) return { notGranted: true };
    return { opened: JSON.parse(JSON.stringify(opened)) as unknown };
  };
  const answer = await result().catch((error: unknown) => {
    if (error instanceof Refused) return { refused: error.reason, message: error.message };
    if (error instanceof SubjectKeyMissing) return { retry: error.reason };
    throw error;
  });
  return { answer, requests: kms.requests.length };
}

function bodyOf({ body, envelope }: Vector): string {
  return body ?? JSON.stringify(envelope);
}

function keysTable(rows: NonNullable<Vector["subjectKeys"]>): Dynamo {
  const dynamo = new Dynamo();
  for (const [pk, row] of Object.entries(rows)) {
    const item = Object.entries(row).map(([name, { B, ...value }]) => [
      name,
      B === undefined ? value : { B: Uint8Array.from(Buffer.from(B, "base64")) },
    ]);
    dynamo.rows.set(keyOf(TABLE, { pk: { S: pk } }), { pk: { S: pk }, ...(Object.fromEntries(item) as Item) });
  }
  return dynamo;
}

/** The refusals that need an answer of KMS. */
const AFTER_KMS = new Set(["does-not-open", "content"]);

for (const vector of vectors) {
  test(vector.name, async () => {
    const { answer, requests } = await read(vector);
    const { opened, absent, erased, notGranted, retry, refused } = vector;
    const expected = { opened, absent, erased, notGranted, retry, refused };
    const { message, ...rest } = { message: "", ...answer };
    assert.deepEqual({ ...undefinedMembers(), ...rest }, expected);
    if (refused === undefined) return;
    if (!AFTER_KMS.has(refused)) assert.equal(requests, 0, "no refused token may cause a request to KMS");
    assert.ok(!message.includes("@") && !message.includes("user-1"), "a refusal quotes no value");
  });
}

test("the vectors open, refuse, and are not an empty list", () => {
  assert.ok(vectors.some(({ opened }) => opened) && vectors.some(({ refused }) => refused));
});

test("no token opens after any one bit of it has changed", async () => {
  const opening = vectors.filter(({ opened, envelope }) => opened && envelope);
  // One token of each class, without and with a person's key.
  const kinds = new Map(
    opening.map((vector) => [`${vector.class} ${String(vector.subjectKeys !== undefined)}`, vector]),
  );
  assert.ok(kinds.size > 4, "the vectors have tokens");
  for (const vector of kinds.values()) {
    const token = vector.envelope?.data?.[vector.class]?.sealed ?? assert.fail(vector.name);
    const bytes = Buffer.from(token, "latin1");
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const copy = structuredClone(vector);
      Object.assign(copy.envelope?.data?.[vector.class] ?? {}, { sealed: changed.toString("latin1") });
      const { answer } = await read(copy);
      assert.ok("refused" in answer, `${vector.name}, bit ${String(bit)}`);
    }
  }
});

function undefinedMembers() {
  const members = ["opened", "absent", "erased", "notGranted", "retry", "refused"];
  return Object.fromEntries(members.map((name) => [name, undefined]));
}
