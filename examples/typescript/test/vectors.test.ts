// The vectors that every reader must pass, in any language.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Opener, Refused } from "../src/opening.js";
import { Kms, registration, type Vector, vectors } from "./support.js";

function open(vector: Vector, kms = new Kms(vector.key)) {
  return new Opener(kms).open(vector.envelope, vector.class);
}

async function refusal(vector: Vector, kms?: Kms): Promise<Refused> {
  const opened = open(vector, kms);
  const refused = await opened.then(
    () => assert.fail(`it opened: ${vector.name}`),
    (error: unknown) => error,
  );
  assert.ok(refused instanceof Refused, vector.name);
  return refused;
}

function withToken(vector: Vector, token: string): Vector {
  const member = { ...(vector.envelope.data[vector.class] as object), sealed: token };
  const data = { ...vector.envelope.data, [vector.class]: member };
  return { ...vector, envelope: { ...vector.envelope, data } };
}

const token = (vector: Vector) => (vector.envelope.data[vector.class] as { sealed: string }).sealed;

for (const vector of vectors()) {
  test(vector.name, async () => {
    if (vector.opened) {
      assert.deepEqual(await open(vector), vector.opened);
      return;
    }
    const kms = new Kms(vector.key);
    assert.equal((await refusal(vector, kms)).reason, vector.refused);
    if (vector.refused !== "does-not-open") {
      assert.equal(kms.calls.length, 0, "a refused token must not cause a call to KMS");
    }
  });
}

test("no vector opens after any one bit of its token has changed", async () => {
  for (const vector of vectors().filter((vector) => vector.opened)) {
    const bytes = Buffer.from(token(vector), "latin1");
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      await refusal(withToken(vector, changed.toString("latin1")));
    }
  }
});

test("a refusal quotes no value", async () => {
  const vector = registration();
  const { message } = await refusal(withToken(vector, `${token(vector)}A`));
  for (const value of [...Object.values(vector.opened), token(vector)]) assert.ok(!message.includes(value));
});
