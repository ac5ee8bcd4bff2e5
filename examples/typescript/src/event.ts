// From a message's body to an event.

/** A CloudEvents document of ours. There may be more in it than is named here. */
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

/** The body is no event of ours. Nothing of it is quoted. No retry mends it. */
export class NotAnEvent extends Error {}

/** The event in a body: raw, or wrapped by SNS where the subscription does not deliver raw. */
export function read(body: string): Event {
  let document = json(body);
  if (document.Type === "Notification") document = json(document.Message);
  if (document.specversion !== "1.0") throw new NotAnEvent("it is not a CloudEvents 1.0 document");
  for (const attribute of ["id", "source", "type", "subject", "sequence"]) {
    if (typeof document[attribute] !== "string") throw new NotAnEvent(`it has no \`${attribute}\``);
  }
  if (!isObject(document.data)) throw new NotAnEvent("it has no `data`");
  return document as unknown as Event;
}

/** `account` in `urn:user-events:schemas/account/UserRegisteredEventV1.json`; sequences compare within it only. */
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
    throw new NotAnEvent("it is not JSON");
  }
  if (!isObject(document)) throw new NotAnEvent("it is no JSON object");
  return document;
}
