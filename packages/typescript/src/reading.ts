// From the body of a message to an event.

import { type Event } from "./event.js";
import { EVENT_TYPES } from "./events.js";
import { Refused } from "./errors.js";
import { isObject, type JsonObject, NotStrict, parseObject } from "./json.js";

/** Amazon SQS Developer Guide, *Message quotas*. */
const MAX_BODY_BYTES = 1_048_576;
const MAX_SUBJECT_BYTES = 4_096;

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const SOURCE = /^[!-~]{1,256}$/;
const TYPE = /^[A-Za-z0-9]{1,128}$/;
const SEQUENCE = /^[0-9]{40}\.[0-9]{4}$/;
const PARTITION_KEY = /^[!-~]{1,128}$/;
const CATEGORY = /^[a-z][a-z0-9-]{0,63}$/;
const LAST_FOLDER = /[/:]([^/:]*)\/[^/]*$/;
const USERS = "users/";
const SNAPSHOT_RUN = /^[a-z0-9][a-z0-9-]{0,63}$/;
/** The sequence of snapshot events: before every change. */
const BEFORE_ALL = `${"0".repeat(40)}.0000`;

const OPTIONAL = [
  "dataschema",
  "time",
  "recordedtime",
  "correlationid",
  "causationid",
  "traceparent",
  "initiator",
  "initiatortype",
] as const;

const KNOWN_TYPES: ReadonlySet<string> = new Set(EVENT_TYPES);

/** Message attributes with string values, by name. */
export type Attributes = ReadonlyMap<string, string>;

/** An event, and the attributes of its message. */
export interface Reading {
  readonly event: Event;
  /** Those of the message and, if SNS wrapped the event, those of the notification. */
  readonly attributes: Attributes;
}

/**
 * Reads an event from the body of an SQS message: the event itself, or the notification that SNS wraps around it
 * (Amazon SNS Developer Guide, *Raw message delivery*).
 *
 * Throws `Refused` with the reason `not-an-event` if the body breaks a rule. The error names the member.
 */
export function readEvent(body: string, attributes: Attributes = new Map()): Event {
  return readMessage(body, attributes).event;
}

/** Like `readEvent`; also returns the attributes. */
export function readMessage(body: string, attributes: Attributes): Reading {
  const outer = document(body, "the body");
  if (outer.Type !== "Notification") return { event: event(outer, attributes), attributes };
  if (typeof outer.Message !== "string") throw refused("the notification has no string `Message`");
  const all = new Map([...attributes, ...notificationAttributes(outer.MessageAttributes)]);
  return { event: event(document(outer.Message, "`Message`"), all), attributes: all };
}

function document(text: string, what: string): JsonObject {
  if (text.length > MAX_BODY_BYTES || Buffer.byteLength(text) > MAX_BODY_BYTES) {
    throw refused(`${what} has more than ${String(MAX_BODY_BYTES)} bytes`);
  }
  try {
    return parseObject(text);
  } catch (error) {
    if (error instanceof NotStrict) throw refused(`${what} ${error.message}`);
    throw error;
  }
}

/** Amazon SNS Developer Guide, *Parsing message formats*: each attribute is `{"Type": …, "Value": …}`. */
function notificationAttributes(member: unknown): [string, string][] {
  if (!isObject(member)) return [];
  return Object.entries(member).flatMap(([name, attribute]): [string, string][] =>
    isObject(attribute) && typeof attribute.Value === "string" ? [[name, attribute.Value]] : [],
  );
}

function event(document: JsonObject, attributes: Attributes): Event {
  if (document.specversion !== "1.0") throw refused('`specversion` is not `"1.0"`');
  const typeName = matching(document, "type", TYPE);
  const { data } = document;
  if (!isObject(data)) throw refused("`data` is not an object");
  const subject = subjectOf(document, data);
  const read: Record<string, unknown> = {
    id: matching(document, "id", ID),
    source: matching(document, "source", SOURCE),
    typeName,
    subject,
    sequence: matching(document, "sequence", SEQUENCE),
    partitionkey: partitionKey(document, subject),
    category: category(optionalString(document, "dataschema"), attributes),
    type: KNOWN_TYPES.has(typeName) ? typeName : undefined,
    data,
  };
  for (const name of OPTIONAL) {
    const value = optionalString(document, name);
    if (value !== undefined) read[name] = value;
  }
  const run = snapshotRun(document);
  if (run !== undefined) read.snapshotrun = run;
  // The data of a known type is the publisher's promise: its schema is not checked here.
  return read as unknown as Event;
}

function subjectOf(document: JsonObject, data: JsonObject): string {
  const { subject } = document;
  if (typeof subject !== "string" || subject === "" || Buffer.byteLength(subject) > MAX_SUBJECT_BYTES) {
    throw refused(`\`subject\` is not a string of 1 to ${String(MAX_SUBJECT_BYTES)} bytes`);
  }
  if (subject.startsWith(USERS) && data.userId !== subject.slice(USERS.length)) {
    throw refused("`data.userId` is not the user of `subject`");
  }
  return subject;
}

function snapshotRun(document: JsonObject): string | undefined {
  if ((document.snapshotrun ?? undefined) === undefined) return undefined;
  if (document.sequence !== BEFORE_ALL) {
    throw refused("`sequence` of an event with `snapshotrun` is not all zeros");
  }
  return matching(document, "snapshotrun", SNAPSHOT_RUN);
}

function partitionKey(document: JsonObject, subject: string): string {
  const key = optionalString(document, "partitionkey") ?? subject;
  if (!PARTITION_KEY.test(key)) throw refused("`partitionkey` is missing or not 1 to 128 characters from `!` to `~`");
  return key;
}

function category(dataschema: string | undefined, attributes: Attributes): string {
  const folder = LAST_FOLDER.exec(dataschema ?? "")?.[1];
  return [folder, attributes.get("category")].find((name) => name !== undefined && CATEGORY.test(name)) ?? "";
}

function matching(document: JsonObject, name: string, pattern: RegExp): string {
  const value = document[name];
  if (typeof value !== "string" || !pattern.test(value)) throw refused(`\`${name}\` is missing or not in its form`);
  return value;
}

function optionalString(document: JsonObject, name: string): string | undefined {
  const value = document[name] ?? undefined;
  if (value !== undefined && typeof value !== "string") throw refused(`\`${name}\` is not a string`);
  return value;
}

function refused(message: string): Refused {
  return new Refused("not-an-event", message);
}
