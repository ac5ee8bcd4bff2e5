// The types of an event.

import type { Classes, EventData } from "./events.js";
import type { JsonObject } from "./json.js";

/** The name of an event type that this version knows. */
export type EventType = keyof EventData;

/** The name of a class of personal data that this version knows. */
export type ClassName = keyof Classes;

/** The attributes that every event has (CloudEvents 1.0). */
export interface Envelope {
  /** A UUID, the same in every delivery of the event. */
  readonly id: string;
  /** The service that owns the user. */
  readonly source: string;
  /** The event type on the wire, also if this version does not know it. */
  readonly typeName: string;
  /** `users/<userId>`, `roles/<roleId>` or `attempts/<attemptId>`. */
  readonly subject: string;
  /**
   * The place among the subject's events of one category: 40 digits, a dot and four digits. Text order is the order of
   * the changes. Compare it only within one subject and category.
   */
  readonly sequence: string;
  /** The ordering key, 1 to 128 characters: the subject, or its SHA-256 if the subject does not fit. */
  readonly partitionkey: string;
  /** The category, such as `account`; empty if the message names none. */
  readonly category: string;
  readonly dataschema?: string;
  /** When the change happened, by the writer's clock. Do not order events by it. */
  readonly time?: string;
  /** When the database recorded the change. */
  readonly recordedtime?: string;
  /**
   * The run of `user-events backfill` that sent the event; absent from the event of a change. Such an event says what a
   * row is like, not what changed: store it whole.
   */
  readonly snapshotrun?: string;
  readonly correlationid?: string;
  readonly causationid?: string;
  /** The trace that the change belongs to (W3C Trace Context). */
  readonly traceparent?: string;
  readonly initiator?: string;
  /** `USER`, `ADMIN` or `SYSTEM`; later versions may add others. */
  readonly initiatortype?: string;
}

/** An event of a known type. The type of `data` is the publisher's promise; the reader does not compare them. */
export interface EventOf<T extends EventType> extends Envelope {
  readonly type: T;
  readonly data: EventData[T];
}

/** An event of a type that this version does not know. Its `typeName` has the type. */
export interface UnknownEvent extends Envelope {
  readonly type: undefined;
  readonly data: JsonObject;
}

/** An event. Its `type` narrows its `data`; it is `undefined` if this version does not know the type. */
export type Event = { [T in EventType]: EventOf<T> }[EventType] | UnknownEvent;

/** The result for a class that KMS denies to this consumer. The rest of the event can be used. */
export const NOT_GRANTED: unique symbol = Symbol("not granted");

/** The result for a class of a person who was erased. The rest of the event can be used. */
export const ERASED: unique symbol = Symbol("erased");

/** The content of a class, or why there is none. `undefined`: the event has no such class. */
export type Opened<Content = JsonObject> = Content | typeof NOT_GRANTED | typeof ERASED | undefined;

/** Opens (decrypts) classes of personal data. */
export interface Opens {
  /**
   * Opens one class of the event. The result is an object only if the class was opened.
   *
   * Rejects with `Refused` if the class must not be opened, with `Denied` if it is required and not granted, with
   * `SubjectKeyMissing` if the person's key is missing, and with every other error of KMS and DynamoDB.
   */
  open<C extends ClassName>(className: C): Promise<Opened<Classes[C]>>;
}

/** An event as a handler gets it. */
export type ReceivedEvent = Event & Opens;
