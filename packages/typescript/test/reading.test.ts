// Which bodies are events.

import assert from "node:assert/strict";
import { test } from "node:test";

import { visit } from "jsonc-parser";
import { type JsonObject, readEvent, Refused } from "user-events-consumer";

import { bodyOf, registration } from "./support/events.js";

function refusal(body: string): Refused {
  try {
    readEvent(body);
  } catch (error) {
    assert.ok(error instanceof Refused && error.reason === "not-an-event");
    return error;
  }
  return assert.fail("it was read");
}

const changed = (changes: JsonObject) => bodyOf(registration(1, "user-1", changes));
/** The body with this JSON text as one more member of `data`. */
const withText = (text: string) => bodyOf(registration()).replace('"data":{', `"data":{"more":${text},`);
const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

test("an event has its members, the category and the ordering key", () => {
  const event = readEvent(bodyOf(registration()));
  assert.equal(event.type, "UserRegisteredEventV1");
  assert.equal(event.typeName, "UserRegisteredEventV1");
  assert.equal(event.category, "account");
  assert.equal(event.partitionkey, "users/user-1");
  assert.equal(event.data.status, "ACTIVE");
  assert.equal(event.time, undefined);
});

test("an event wrapped by SNS is the same event, and is unwrapped once", () => {
  const body = bodyOf(registration());
  const wrapped = JSON.stringify({ Type: "Notification", Message: body });
  assert.deepEqual(readEvent(wrapped), readEvent(body));
  refusal(JSON.stringify({ Type: "Notification", Message: wrapped }));
  refusal(JSON.stringify({ Type: "Notification", Message: registration() }));
  refusal(JSON.stringify({ Type: "Notification" }));
});

test("a type that this version does not know has no type, and its name", () => {
  const event = readEvent(changed({ type: "SomethingNewEventV1" }));
  assert.equal(event.type, undefined);
  assert.equal(event.typeName, "SomethingNewEventV1");
});

for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
  test(`a member named ${name} is a member like any other`, () => {
    const event = readEvent(withText("1").replace('"more"', `"${name}"`));
    assert.equal(Object.getPrototypeOf(event.data), null);
    assert.equal((event.data as unknown as JsonObject)[name], 1);
    refusal(withText("1").replace('"more":1', `"${name}":1,"${name}":2`));
  });
}

test("a type is no member that every object has", () => {
  for (const type of ["constructor", "toString", "valueOf"]) assert.equal(readEvent(changed({ type })).type, undefined);
});

const NO_JSON = ["", "hello", "[]", "null", '"text"', "{", "{}x", "\ufeff{}", "{'a':1}", '{"a":NaN}', '{"a":01}'];
for (const body of NO_JSON) {
  test(`no event: ${JSON.stringify(body)}`, () => {
    refusal(body);
  });
}

const REQUIRED: Record<string, unknown[]> = {
  specversion: ["1.1", 1],
  id: [
    "3057899A-A0ED-5BA6-918D-2FA680F6DEF6",
    "3057899a-a0ed-5ba6-918d-2fa680f6def6\n",
    " 3057899a-a0ed-5ba6-918d-2fa680f6def6",
    "event-1",
    7,
  ],
  source: ["", "a b", "/\u00e9", "x".repeat(257), "/user-service\n"],
  type: ["", "User Registered", "Us\u00e9r", "x".repeat(129), "UserRegisteredEventV1\n"],
  subject: ["", "x".repeat(4_097), "\u00e9".repeat(2_049), 7],
  sequence: [
    "1",
    "0".repeat(40),
    `${"0".repeat(39)}1.00000`,
    `${"\u0661".repeat(40)}.0000`,
    `${"0".repeat(40)}.0000\n`,
  ],
  data: [[], "text", 1],
};
for (const [name, values] of Object.entries(REQUIRED)) {
  test(`a refusal of \`${name}\` names it and quotes nothing`, () => {
    for (const value of [...values, null, undefined]) {
      const { message } = refusal(changed({ [name]: value }));
      assert.ok(message.includes(`\`${name}\``), message);
      assert.ok(typeof value !== "string" || value.length < 8 || !message.includes(value), message);
    }
  });
}

for (const name of ["dataschema", "time", "recordedtime", "correlationid", "causationid", "traceparent", "initiator"]) {
  test(`an optional \`${name}\` may be null and may be a string`, () => {
    assert.equal((readEvent(changed({ [name]: null })) as unknown as JsonObject)[name], undefined);
    assert.equal((readEvent(changed({ [name]: "text" })) as unknown as JsonObject)[name], "text");
    for (const value of [1, true, {}, []]) assert.match(refusal(changed({ [name]: value })).message, RegExp(name));
  });
}

test("a long subject needs an ordering key", () => {
  const subject = `roles/${"x".repeat(4_090)}`;
  const data = { roleId: "x" };
  refusal(changed({ subject, data, partitionkey: undefined }));
  refusal(changed({ subject, data, partitionkey: null }));
  refusal(changed({ subject, data, partitionkey: "x".repeat(129) }));
  assert.equal(readEvent(changed({ subject, data, partitionkey: "x".repeat(128) })).subject, subject);
  assert.equal(readEvent(changed({ partitionkey: null })).partitionkey, "users/user-1");
  for (const partitionkey of ["", "a b", 7]) refusal(changed({ partitionkey }));
});

test("the user of the subject is the user of the data", () => {
  for (const userId of ["user-2", undefined, null, 7]) {
    const data = { ...(registration().data as JsonObject), userId };
    assert.match(refusal(changed({ data })).message, /`data\.userId`/);
  }
});

test("the category is the last folder, or else the attribute", () => {
  const of = (dataschema: unknown, attribute?: string) =>
    readEvent(changed({ dataschema }), new Map(attribute === undefined ? [] : [["category", attribute]])).category;
  assert.equal(of("urn:user-events:profile/X.json"), "profile");
  assert.equal(of("https://example.com/schemas/profile/X.json", "account"), "profile");
  for (const none of [null, "profile", "profile/X.json", "urn:x:/X.json", "urn:x:Account/X.json", "urn:x:a_b/X.json"]) {
    assert.equal(of(none), "");
    assert.equal(of(none, "account"), "account");
    assert.equal(of(none, "Account\n"), "");
  }
});

test("objects and arrays are nested at most 32 deep", () => {
  // The event and its data are the first two.
  readEvent(withText(nested(30)));
  assert.match(refusal(withText(nested(31))).message, /deep/);
  refusal(withText(nested(100_000)));
  refusal(`${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`);
});

test("a body has at most 1 MiB in UTF-8", () => {
  const bytes = Buffer.byteLength(withText('""'));
  readEvent(withText(`"${"x".repeat(1_048_576 - bytes)}"`));
  assert.match(refusal(withText(`"${"x".repeat(1_048_577 - bytes)}"`)).message, /1048576 bytes/);
  refusal(withText(`"${"\u00e9".repeat(600_000)}"`));
});

test("a number must fit a 64-bit float, and a string must have no unpaired surrogate", () => {
  for (const text of ["1e400", "-1e400", "[1e309]", '"\\ud800"', '"\\udc00\\ud800"', '{"\\ud800":1}', '"\ud800"']) {
    refusal(withText(text));
  }
  for (const text of ["1e308", "-0", "12345678901234567890", '"\\ud83d\\ude00"']) readEvent(withText(text));
});

test("no object has a member twice", () => {
  for (const text of [
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '[{"b":{"a":1,"c":[],"a":{}}}]',
    '{"1":1,"1":2}',
    '{"":1,"":2}',
    '{"a":{"b":1},"a":2}',
  ]) {
    assert.match(refusal(withText(text)).message, /twice/);
  }
  for (const text of ['{"a":":","b":"\\":"}', '{"\\\\":1,"\\"":2}', '{"a":{"a":1}}']) readEvent(withText(text));
});

test("random texts with members twice are refused as an independent parser sees it", () => {
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  const NAMES = ["a", "\\u0061", "b", "__proto__", '\\"', "\\\\", ":", "1"];
  const text = (depth: number): string => {
    const kind = random(depth > 4 ? 2 : 4);
    if (kind === 0) return `"${NAMES[random(NAMES.length)] ?? ""}:"`;
    if (kind === 1) return String(random(9));
    const parts = Array.from({ length: random(4) }, () => text(depth + 1));
    if (kind === 2) return `[${parts.join(",")}]`;
    return `{${parts.map((part) => `"${NAMES[random(NAMES.length)] ?? ""}" : ${part}`).join(",")}}`;
  };
  let twice = 0;
  for (let count = 0; count < 3_000; count++) {
    const sample = text(0);
    const expected = hasMemberTwice(sample);
    if (expected) {
      twice++;
      refusal(withText(sample));
    } else readEvent(withText(sample));
  }
  assert.ok(twice > 200 && twice < 2_800, String(twice));
});

function hasMemberTwice(text: string): boolean {
  const objects: Set<string>[] = [];
  let twice = false;
  visit(text, {
    onObjectBegin: () => void objects.push(new Set()),
    onObjectEnd: () => void objects.pop(),
    onObjectProperty: (name) => {
      const names = objects.at(-1);
      twice ||= names?.has(name) ?? false;
      names?.add(name);
    },
  });
  return twice;
}
