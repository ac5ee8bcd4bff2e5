// The result of one message.

import type { Outcome } from "./inbox/inbox.js";
import type { Message } from "./message.js";

/** The result of one message. */
export type Result =
  | { readonly outcome: Outcome }
  | { readonly outcome: "set-aside"; readonly reason: string }
  /** The message returns to the queue. If `holds`, the rest of its FIFO group waits behind it. */
  | { readonly outcome: "retry"; readonly reason: string; readonly until: number | undefined; readonly holds: boolean };

/** Handles one message. Never rejects. */
export type Handle = (message: Message) => Promise<Result>;
