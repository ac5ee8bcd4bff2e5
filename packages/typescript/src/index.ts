// The parts of the package.

export type { Clock } from "./clock.js";
export { Consumer } from "./consumer.js";
export type { EnvironmentOptions } from "./environment.js";
export {
  Denied,
  InProgress,
  LeaseLost,
  type Reason,
  Refused,
  Retry,
  SetAside,
  SnapshotIncomplete,
  SubjectKeyMissing,
} from "./errors.js";
export {
  type ClassName,
  type Envelope,
  ERASED,
  type Event,
  type EventOf,
  type EventType,
  NOT_GRANTED,
  type Opened,
  type Opens,
  type ReceivedEvent,
  type UnknownEvent,
} from "./event.js";
export * from "./events.js";
export { Inbox, type InboxOptions, type Outcome } from "./inbox/inbox.js";
export type { Lease } from "./inbox/lease.js";
export { EVENT_SECONDS, LANE_SECONDS } from "./inbox/rows.js";
export type { JsonObject } from "./json.js";
export type { LambdaAnswer, LambdaBatch } from "./lambda.js";
export type { LambdaAttribute, LambdaRecord, Message } from "./message.js";
export { Opener, type OpenerOptions } from "./opener.js";
export type { ConsumerOptions, Effects, Handler, LeasedEffect } from "./options.js";
export { Poller, type PollerOptions } from "./poller.js";
export { DeadLetterQueue, Queue } from "./queues.js";
export { type Attributes, readEvent } from "./reading.js";
export type { Handle, Result } from "./result.js";
export type { SnapshotSource } from "./sources.js";
export { SubjectKeys, type SubjectKeysOptions } from "./subject-keys.js";
