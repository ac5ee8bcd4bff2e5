// The queues of a poller: that of a snapshot first, then the live one.

import { isFrom, type Message } from "./message.js";
import type { Queue } from "./queues.js";

/** How long a request to the snapshot queue waits at most: another process may complete the snapshot meanwhile. */
const MOST_WAIT_SECONDS = 2;

/** The queue of a snapshot. */
export interface SnapshotSource {
  readonly queue: Queue;
  /** Whether the snapshot is complete, so that the live queue may be read. */
  isComplete(): Promise<boolean>;
}

/** The queues that a poller reads, one after the other. */
export class Sources {
  #isComplete = false;

  constructor(
    private readonly live: Queue,
    private readonly snapshot: SnapshotSource | undefined,
    private readonly report: (error: unknown) => void,
  ) {}

  /** Receives from the snapshot queue until the snapshot is complete, then from the live queue for ever. */
  async receive(waitSeconds: number, visibilitySeconds: number, signal: AbortSignal): Promise<Message[]> {
    if (this.snapshot === undefined || (await this.#completed(this.snapshot))) {
      return this.live.receive(waitSeconds, visibilitySeconds, signal);
    }
    return this.snapshot.queue.receive(Math.min(waitSeconds, MOST_WAIT_SECONDS), visibilitySeconds, signal);
  }

  /** The queue that the message came from. */
  of(message: Message): Queue {
    return this.snapshot !== undefined && isFrom(message, this.snapshot.queue.url) ? this.snapshot.queue : this.live;
  }

  /** Hides messages in their queues. Rejects with every error of SQS; one message that cannot be hidden is no error. */
  async hideAll(messages: readonly Message[], seconds: number): Promise<void> {
    const queues = new Set(messages.map((message) => this.of(message)));
    for (const queue of queues) {
      await queue.hideAll(
        messages.filter((message) => this.of(message) === queue),
        seconds,
      );
    }
  }

  async #completed(snapshot: SnapshotSource): Promise<boolean> {
    try {
      this.#isComplete ||= await snapshot.isComplete();
    } catch (error) {
      // The live queue must not be read too early.
      this.report(error);
    }
    return this.#isComplete;
  }
}
