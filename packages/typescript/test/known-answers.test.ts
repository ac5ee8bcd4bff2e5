// Known answers that other implementations wrote: HKDF by RFC 5869, and the whole construction.

import assert from "node:assert/strict";
import { hkdfSync } from "node:crypto";
import { test } from "node:test";

import { Opener, readEvent, SubjectKeys } from "user-events-consumer";

import { Dynamo, keyOf } from "./support/dynamodb.js";
import { SEAL_KEY_ARN } from "./support/events.js";
import { refused } from "./support/failures.js";
import { shared } from "./support/files.js";
import { Kms } from "./support/kms.js";

interface Answer {
  writer: string;
  eventId: string;
  keyId: string;
  dataKey: string;
  secret: string;
  contentKey: string;
  plaintext: string;
  token: string;
}

const known = shared("subject_keys.json") as {
  hkdf: { name: string; ikm: string; salt: string; info: string; length: number; okm: string }[];
  names: { source: string; subject: string; pk: string }[];
  tokens: Answer[];
};

/** What opens an answer with these shares, in the row of this name. */
function opener(dataKey: string, keyId: string, secret: string, pk = known.names[0]?.pk ?? ""): Opener {
  const dynamo = new Dynamo();
  const row = { keyId: { S: keyId }, secret: { B: Uint8Array.from(Buffer.from(secret, "base64")) } };
  dynamo.rows.set(keyOf("keys", { pk: { S: pk } }), { pk: { S: pk }, ...row });
  return new Opener(new Kms({ contact: dataKey }).client, {
    sealKeyArns: [SEAL_KEY_ARN],
    subjectKeys: new SubjectKeys(dynamo.client, { table: "keys" }),
  });
}

function event({ eventId, token }: Answer, source = "/user-service", subject = "users/user-1") {
  const contact = { sealed: token, dataKey: "d3JhcHBlZA==", keyArn: SEAL_KEY_ARN };
  return readEvent(
    JSON.stringify({
      specversion: "1.0",
      id: eventId,
      source,
      type: "UserRegisteredEventV1",
      subject,
      partitionkey: "lane",
      sequence: `${"1".padStart(40, "0")}.0000`,
      data: { userId: subject.replace("users/", ""), contact },
    }),
  );
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

test("each writer has an answer", () => {
  assert.deepEqual(
    known.tokens.map(({ writer }) => writer),
    ["cryptography", "jwcrypto", "joserfc", "jose"],
  );
  assert.deepEqual([known.hkdf.length, known.names.length], [3, 3]);
});

for (const { name, ikm, salt, info, length, okm } of known.hkdf) {
  test(name, () => {
    const [input, salted, informed] = [ikm, salt, info].map((hex) => Buffer.from(hex, "hex"));
    assert.ok(input && salted && informed);
    assert.equal(Buffer.from(hkdfSync("sha256", input, salted, informed, length)).toString("hex"), okm);
  });
}

for (const answer of known.tokens) {
  const { writer, keyId, dataKey, secret, contentKey, plaintext } = answer;

  test(`a token of ${writer} opens, for every source and subject`, async () => {
    for (const { source, subject, pk } of known.names) {
      const opened = await opener(dataKey, keyId, secret, pk).open(event(answer, source, subject), "contact");
      assert.deepEqual(plain(opened), JSON.parse(plaintext));
    }
  });

  test(`a token of ${writer} does not open with another share`, async () => {
    for (const [one, other] of [
      [secret, dataKey],
      [dataKey, dataKey],
      [contentKey, secret],
    ] as const) {
      assert.equal(await refused(opener(one, keyId, other).open(event(answer), "contact")), "does-not-open");
    }
  });
}
