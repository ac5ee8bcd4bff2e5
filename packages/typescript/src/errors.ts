// Errors that say what happens to the message. None quotes the event.

/** Why a message or class is refused. No retry can help. */
export type Reason =
  | "not-an-event"
  | "test-event"
  | "malformed"
  | "other-key"
  | "header"
  | "moved"
  | "no-subject-keys"
  | "data-key"
  | "does-not-open"
  | "content"
  | "does-not-fit"
  | "other-content"
  | "limits";

const REASON = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * Sets the message aside: it goes to the dead-letter queue with the reason, and its group goes on. A handler throws it
 * if no retry can help.
 */
export class SetAside extends Error {
  override readonly name: string = "SetAside";

  /**
   * The reason becomes a message attribute and a part of the log, so it must not be a value of the event. Throws
   * `TypeError` if it is not 1 to 64 ASCII letters, digits, `.`, `_` and `-`, or does not begin with a letter or digit.
   */
  constructor(
    readonly reason: string,
    message = `set aside: ${reason}`,
  ) {
    if (!REASON.test(reason)) throw new TypeError("`reason` must be 1 to 64 ASCII letters, digits, `.`, `_` and `-`");
    super(message);
  }
}

/** The message or class is refused. The message is set aside. */
export class Refused extends SetAside {
  override readonly name = "Refused";
  declare readonly reason: Reason;

  constructor(reason: Reason, why: string) {
    super(reason, `${reason}: ${why}`);
  }
}

/** Returns the message to the queue, and its group waits behind it. A handler throws it if a retry may help. */
export class Retry extends Error {
  override readonly name: string = "Retry";
  /** The reason in the log. */
  readonly reason: string = "retry";
  /** Hides the message until then, in milliseconds since 1970. `undefined`: the queue decides. */
  readonly until: number | undefined;

  /**
   * `until` is a `Date`, or milliseconds since 1970. Without it, the queue decides when the message comes again. Throws
   * `TypeError` if it is no valid time.
   */
  constructor(until?: Date | number, message = "the message is to be delivered again") {
    super(message);
    this.until = until instanceof Date ? until.getTime() : until;
    if (this.until !== undefined && !Number.isFinite(this.until)) throw new TypeError("`until` must be a valid time");
  }
}

/** KMS denies a class that the consumer requires. */
export class Denied extends Retry {
  override readonly name = "Denied";
  override readonly reason = "denied";

  constructor(className: string) {
    super(
      undefined,
      `class ${className}: KMS denies it, and the consumer requires it; grant it to the consumer's role`,
    );
  }
}

/** The table of persons' keys has neither a key nor a tombstone for the person. */
export class SubjectKeyMissing extends Retry {
  override readonly name = "SubjectKeyMissing";
  override readonly reason = "subject-key-missing";

  constructor() {
    super(undefined, "the table of persons' keys has no row for the subject");
  }
}

/** The marker of a snapshot came, and some events of its run were not handled yet. */
export class SnapshotIncomplete extends Retry {
  override readonly name = "SnapshotIncomplete";
  override readonly reason = "snapshot-incomplete";

  constructor(until: number) {
    super(until, "some events of the snapshot were not handled yet");
  }
}

/** Another handler has claimed the event, until `until`. */
export class InProgress extends Retry {
  override readonly name = "InProgress";
  override readonly reason = "in-progress";

  constructor(until: number) {
    super(until, "another handler has claimed the event");
  }
}

/** The lease had ended, and another handler claimed the event. */
export class LeaseLost extends Retry {
  override readonly name = "LeaseLost";
  override readonly reason = "lease-lost";

  constructor() {
    super(undefined, "the lease ended, and another handler has claimed the event");
  }
}

/** The name of an error, for a log: the text of a foreign error could quote a value. */
export function nameOf(error: unknown): string {
  return error instanceof Error && REASON.test(error.name) ? error.name : "unknown";
}
