// Checks the known answers in tests/vectors/subject_keys.json with Web Crypto and `jose` at its default settings, without
// the code of this project. `subject_keys.mjs write FILE` first adds a token that `jose` makes; `subject_keys.mjs check FILE`
// only checks.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";

import { CompactEncrypt, compactDecrypt } from "jose";

const { subtle } = globalThis.crypto;
const SALT = new TextEncoder().encode("user-events/subject-key/v1");

async function hkdf(ikm, salt, info, length) {
  const key = await subtle.importKey("raw", ikm, "HKDF", false, ["deriveBits"]);
  return Buffer.from(await subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, key, 8 * length));
}

const kidOf = (answer) => `${answer.eventId}/${answer.class}/${answer.keyId}`;

function contentKey(answer) {
  const shares = Buffer.concat([answer.dataKey, answer.secret].map((share) => Buffer.from(share, "base64")));
  return hkdf(shares, SALT, Buffer.from(`A256GCM\0${kidOf(answer)}`), 32);
}

async function write(known) {
  const bytes = (start, length) => Buffer.from(Array.from({ length }, (_, byte) => (start + 3 * byte) % 256));
  const answer = {
    ...known.tokens[0],
    writer: "jose",
    keyId: bytes(60, 16).toString("base64url"),
    dataKey: bytes(70, 32).toString("base64"),
    secret: bytes(80, 32).toString("base64"),
  };
  const key = await contentKey(answer);
  answer.contentKey = key.toString("base64");
  answer.token = await new CompactEncrypt(Buffer.from(answer.plaintext))
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: kidOf(answer) })
    .encrypt(key);
  answer.nonce = Buffer.from(answer.token.split(".")[2], "base64url").toString("base64");
  known.tokens = [...known.tokens.filter(({ writer }) => writer !== "jose"), answer];
}

async function check(known) {
  for (const { name, ikm, salt, info, length, okm } of known.hkdf) {
    const [key, salted, informed] = [ikm, salt, info].map((hex) => Buffer.from(hex, "hex"));
    assert.equal((await hkdf(key, salted, informed, length)).toString("hex"), okm, name);
  }
  for (const answer of known.tokens) {
    const key = await contentKey(answer);
    assert.equal(key.toString("base64"), answer.contentKey, answer.writer);
    const { plaintext } = await compactDecrypt(answer.token, key);
    assert.equal(Buffer.from(plaintext).toString(), answer.plaintext, answer.writer);
  }
  console.log(`${known.hkdf.length} of HKDF, ${known.tokens.length} tokens`);
}

const [, , what, file] = process.argv;
const known = JSON.parse(readFileSync(file, "utf8"));
if (what === "write") {
  await write(known);
  writeFileSync(file, `${JSON.stringify(known, undefined, 2)}\n`);
}
await check(known);
