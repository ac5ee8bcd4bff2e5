// Reads an event from the body of a message.

/** A CloudEvents document of user-events. It may have more attributes than these. */
export interface Event {
  specversion: "1.0";
  id: string;
  source: string;
  type: string;
  subject: string;
  sequence: string;
  dataschema?: string;
  partitionkey?: string;
  data: Record<string, unknown>;
}

/** The body is not an event of user-events. The error does not quote it. No retry can help. */
export class NotAnEvent extends Error {}

/** The event in a body. SNS wraps it unless the subscription delivers raw messages. */
export function read(body: string): Event {
  let document = json(body);
  if (document.Type === "Notification") document = json(document.Message);
  if (document.specversion !== "1.0") throw new NotAnEvent("the body is not a CloudEvents 1.0 document");
  for (const attribute of ["id", "source", "type", "subject", "sequence"]) {
    if (typeof document[attribute] !== "string") throw new NotAnEvent(`the event has no \`${attribute}\``);
  }
  if (!isObject(document.data)) throw new NotAnEvent("the event has no `data`");
  return document as unknown as Event;
}

/**
 * The category, `account` in `urn:user-events:schemas/account/UserRegisteredEventV1.json`. Compare sequences only
 * within one category.
 */
export function category(event: Event): string {
  return String(event.dataschema ?? "").split("/").at(-2) ?? "";
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function json(text: unknown): Record<string, unknown> {
  let document: unknown;
  try {
    document = JSON.parse(String(text));
  } catch {
    throw new NotAnEvent("the body is not JSON");
  }
  if (!isObject(document)) throw new NotAnEvent("the body is not a JSON object");
  return document;
}
