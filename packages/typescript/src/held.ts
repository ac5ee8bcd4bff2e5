// The messages that a poller holds, kept invisible to other receivers.

import type { Clock } from "./clock.js";
import type { Message } from "./message.js";
import type { Sources } from "./sources.js";

/** Extends the visibility timeout of all held messages after each third of it. */
export class Held {
  readonly #messages = new Set<Message>();

  constructor(
    private readonly sources: Sources,
    private readonly visibilitySeconds: number,
    private readonly clock: Clock,
  ) {}

  add(message: Message): void {
    this.#messages.add(message);
  }

  /** Ends the extension. Call it before the message is deleted or returned. */
  drop(message: Message): void {
    this.#messages.delete(message);
  }

  /**
   * Runs until the signal is aborted. A message that could not be extended is received by somebody else; then the inbox
   * recognises the second one as a duplicate.
   */
  async keep(signal: AbortSignal, report: (error: unknown) => void): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.clock.sleep((this.visibilitySeconds * 1_000) / 3, signal);
      } catch {
        return;
      }
      await this.sources.hideAll([...this.#messages], this.visibilitySeconds).catch(report);
    }
  }
}
