// Strict JSON: what two readers could understand in two ways is refused.

/** A JSON object. It has no prototype, so a member named `constructor` or `__proto__` is a member like any other. */
export type JsonObject = Record<string, unknown>;

/** The text is not one strict JSON object. The message names the rule that it breaks, and quotes nothing. */
export class NotStrict extends Error {}

const MAX_DEPTH = 32;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/**
 * Reads one JSON object (RFC 8259).
 *
 * Throws `NotStrict` if the text is something else, if an object has the same member twice, if objects and arrays are
 * nested more than 32 deep, if a string has an unpaired surrogate, and if a number does not fit a 64-bit float.
 */
export function parseObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The error of JSON.parse quotes the text.
    throw new NotStrict("is not JSON");
  }
  if (!isObject(value)) throw new NotStrict("is not a JSON object");
  // JSON.parse keeps the last of several members with one name, so that fewer members are read than were written.
  if (check(value, 1) !== writtenMembers(text)) throw new NotStrict("has a member twice");
  return value;
}

/** Whether the value is an object, and neither an array nor `null`. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Checks a value and all values in it, and removes the prototypes of objects. Returns the number of members. */
function check(value: unknown, depth: number): number {
  if (typeof value === "string") {
    checkString(value);
    return 0;
  }
  if (typeof value === "number" && !Number.isFinite(value)) throw new NotStrict("has a number beyond 64-bit floats");
  if (typeof value !== "object" || value === null) return 0;
  if (depth > MAX_DEPTH) throw new NotStrict(`is nested more than ${String(MAX_DEPTH)} deep`);
  let members = 0;
  if (Array.isArray(value)) {
    for (const element of value) members += check(element, depth + 1);
    return members;
  }
  for (const [name, member] of Object.entries(value)) {
    checkString(name);
    members += 1 + check(member, depth + 1);
  }
  Object.setPrototypeOf(value, null);
  return members;
}

function checkString(text: string): void {
  if (!text.isWellFormed()) throw new NotStrict("has an unpaired surrogate");
}

/** The number of members in a text that JSON.parse accepted: every colon outside of a string is one. */
function writtenMembers(text: string): number {
  let members = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === COLON) members++;
    else if (code === QUOTE) at = endOfString(text, at);
  }
  return members;
}

/** The place of the quotation mark that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = start; ;) {
    end = text.indexOf('"', end + 1);
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}
