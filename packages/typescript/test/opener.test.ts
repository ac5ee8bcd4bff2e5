// Data keys, denials and persons' keys. The vectors test the form of a token.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Denied, type Event, NOT_GRANTED, Opener, type OpenerOptions, readEvent } from "user-events-consumer";

import { VirtualClock } from "./support/clock.js";
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

test("the seal keys must be named", () => {
  const { kms } = start();
  for (const sealKeyArns of [[], [""]]) assert.throws(() => new Opener(kms.client, { sealKeyArns }), /sealKeyArns/);
});

test("many events under one data key ask KMS once, even all at once", async () => {
  const { clock, kms, opener } = start();
  const events = Array.from({ length: 100 }, (_, n) => event(seal(uuid(n), "contact", JSON.stringify(CONTACT)), n));
  for (const content of await Promise.all(events.map((event) => opener.open(event, "contact")))) {
    assert.deepEqual(plain(content), CONTACT);
  }
  assert.deepEqual(
    kms.requests.map(({ KeyId, EncryptionContext }) => [KeyId, EncryptionContext]),
    [[SEAL_KEY_ARN, { app: "user-events", class: "contact" }]],
  );
  await clock.advance(299_999);
  await opener.open(event(), "contact");
  assert.equal(kms.requests.length, 1);
  await clock.advance(1);
  await opener.open(event(), "contact");
  assert.equal(kms.requests.length, 2, "a key is used for five minutes");
});

test("the cache holds 1,024 keys and drops the one that was unused for longest", async () => {
  const { kms, opener } = start();
  const sealed = (n: number) => ({
    ...seal(uuid(1), "contact", JSON.stringify(CONTACT)),
    dataKey: Buffer.from(`key ${String(n)}`).toString("base64"),
  });
  for (let n = 0; n < 1_024; n++) await opener.open(event(sealed(n)), "contact");
  await opener.open(event(sealed(0)), "contact");
  assert.equal(kms.requests.length, 1_024);
  await opener.open(event(sealed(1_024)), "contact");
  assert.equal(opener.cached, 1_024);
  await opener.open(event(sealed(0)), "contact");
  assert.equal(kms.requests.length, 1_025);
  await opener.open(event(sealed(1)), "contact");
  assert.equal(kms.requests.length, 1_026);
});

test("a denial is remembered for 30 seconds for its data key, and for no other", async () => {
  const { clock, kms, opener } = start();
  kms.denied.add("contact");
  assert.equal(await opener.open(event(), "contact"), NOT_GRANTED);
  kms.denied.clear();
  assert.equal(await opener.open(event(), "contact"), NOT_GRANTED);
  const other = { ...seal(uuid(1), "contact", JSON.stringify(CONTACT)), dataKey: "b3RoZXI=" };
  assert.deepEqual(plain(await opener.open(event(other), "contact")), CONTACT);
  await clock.advance(30_000);
  assert.deepEqual(plain(await opener.open(event(), "contact")), CONTACT);
  assert.equal(kms.requests.length, 3);
});

test("the denial of a required class is a failure", async () => {
  const { kms, opener } = start({ requires: ["contact"] });
  kms.denied.add("contact");
  await assert.rejects(opener.open(event(), "contact"), Denied);
});

for (const name of ["ThrottlingException", "KMSInternalException", "KeyUnavailableException"]) {
  test(`${name} is given to everyone who waits, and is not remembered`, async () => {
    const { kms, opener } = start();
    kms.failure = name;
    const both = await Promise.allSettled([opener.open(event(), "contact"), opener.open(event(), "contact")]);
    assert.deepEqual(
      both.map((one) => one.status === "rejected" && (one.reason as Error).name),
      [name, name],
    );
    assert.equal(kms.requests.length, 1);
    kms.failure = undefined;
    assert.deepEqual(plain(await opener.open(event(), "contact")), CONTACT);
  });
}

for (const name of ["InvalidCiphertextException", "IncorrectKeyException"]) {
  test(`${name} is a refusal`, async () => {
    const { kms, opener } = start();
    kms.failure = name;
    assert.equal(await refused(opener.open(event(), "contact")), "data-key");
  });
}

test("only the class that is asked for is opened", async () => {
  const { kms, opener } = start();
  const data = Object.fromEntries(
    Array.from({ length: 1_100 }, (_, n) => [`class${String(n)}`, seal(uuid(1), `class${String(n)}`, "{}")]),
  );
  const many = readEvent(bodyOf(registration(1, "user-1", { data: { userId: "user-1", ...data } })));
  assert.equal(await opener.open(many, "contact"), undefined);
  assert.equal(kms.requests.length, 0);
});

test("a class has a name of its own, whatever objects have", async () => {
  const { kms, opener } = start();
  for (const name of ["__proto__", "Contact", "a b", "", "x".repeat(33), "contact\n"]) {
    assert.equal(await refused(opener.open(event(), name)), "malformed");
  }
  for (const name of ["constructor", "toString"]) assert.equal(await opener.open(event(), name), undefined);
  assert.equal(await opener.open(event(null), "contact"), undefined);
  assert.equal(kms.requests.length, 0);
});

test("a form is refused in the order of the steps, before KMS is asked", async () => {
  const { kms, opener } = start();
  const good = seal(uuid(1), "contact", JSON.stringify(CONTACT));
  const parts = good.sealed.split(".");
  const part = (place: number, text: string) => parts.map((old, at) => (at === place ? text : old)).join(".");
  const header = (text: string) => seal(uuid(1), "contact", "{}", { header: text });
  const cases: [unknown, string][] = [
    ["text", "malformed"],
    [[good], "malformed"],
    [{ ...good, sealed: 1 }, "malformed"],
    [{ ...good, keyArn: `${SEAL_KEY_ARN} `, sealed: "x" }, "other-key"],
    [{ ...good, sealed: `${good.sealed}.` }, "malformed"],
    [{ ...good, sealed: `${good.sealed}=` }, "malformed"],
    [{ ...good, sealed: part(1, "AA") }, "malformed"],
    [{ ...good, sealed: part(2, "AAAA") }, "malformed"],
    [{ ...good, sealed: part(4, `${parts[4]?.slice(0, -1) ?? ""}B`) }, "malformed"],
    [{ ...good, sealed: part(3, Buffer.alloc(49_153).toString("base64url")) }, "malformed"],
    [header(`{"alg":"dir","enc":"A256GCM","kid":"${uuid(1)}/contact","crit":["x"]}`), "header"],
    [header(`{"alg":"dir", "enc":"A256GCM","kid":"${uuid(1)}/contact"}`), "header"],
    [header(`{"enc":"A256GCM","alg":"dir","kid":"${uuid(1)}/contact"}`), "header"],
    [header(`{"alg":"dir","enc":"A256GCM","kid":"${uuid(1)}/contact"}\n`), "header"],
    [header(`{"alg":"none","enc":"A256GCM","kid":"${uuid(1)}/contact"}`), "header"],
    [seal(uuid(2), "contact", "{}"), "moved"],
    [seal(uuid(1), "address", "{}"), "moved"],
    [seal(uuid(1), "contact", "{}", { keyId: "short" }), "moved"],
    [seal(uuid(1), "contact", "{}", { keyId: `${"A".repeat(21)}B` }), "moved"],
    [{ ...good, dataKey: "" }, "malformed"],
    [{ ...good, dataKey: "AAA" }, "malformed"],
    [{ ...good, dataKey: "AAB=" }, "malformed"],
    [{ ...good, dataKey: " AAAA" }, "malformed"],
    [{ ...good, dataKey: "_-AA" }, "malformed"],
    [{ ...good, dataKey: Buffer.alloc(6_145).toString("base64") }, "malformed"],
    [seal(uuid(1), "contact", "{}", { keyId: "A".repeat(22) }), "no-subject-keys"],
  ];
  for (const [contact, reason] of cases) {
    assert.equal(await refused(opener.open(event(contact), "contact")), reason, JSON.stringify(contact).slice(0, 200));
  }
  assert.equal(kms.requests.length, 0);
  const largest = { ...good, sealed: part(3, Buffer.alloc(49_152).toString("base64url")) };
  assert.equal(await refused(opener.open(event(largest), "contact")), "does-not-open");
  assert.ok(await opener.open(event({ ...good, dataKey: Buffer.alloc(6_144).toString("base64") }), "contact"));
});

test("the content is one strict JSON object in UTF-8", async () => {
  const { opener } = start();
  const contents = [
    "",
    "[]",
    "null",
    '{"email":1',
    '{"email":1,"email":2}',
    '{"n":1e400}',
    '{"s":"\\ud800"}',
    Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    Buffer.from("\ufeff{}"),
    Buffer.from("{}", "utf16le"),
    `{"a":${"[".repeat(32)}${"]".repeat(32)}}`,
  ];
  for (const content of contents) {
    assert.equal(await refused(opener.open(event(seal(uuid(1), "contact", content)), "contact")), "content");
  }
  const proto = await opener.open(event(seal(uuid(1), "contact", '{"__proto__":{"email":"x"}}')), "contact");
  assert.equal(typeof proto === "object" && proto.email, undefined);
});

test("a data key of another length opens nothing", async () => {
  const { kms, opener } = start();
  kms.keys.contact = Buffer.alloc(31).toString("base64");
  assert.equal(await refused(opener.open(event(), "contact")), "does-not-open");
});
