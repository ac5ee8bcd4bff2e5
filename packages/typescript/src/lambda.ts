// Answers Lambda's SQS trigger (AWS Lambda Developer Guide, *Using Lambda with Amazon SQS*, partial batch responses).

import type { Clock } from "./clock.js";
import { lanesOf } from "./lanes.js";
import { type LambdaRecord, type Message, messageFromLambda } from "./message.js";
import type { Queue } from "./queues.js";
import type { Handle } from "./result.js";

/** What Lambda passes to the function. */
export interface LambdaBatch {
  Records: LambdaRecord[];
}

/** The messages that are delivered again. Lambda deletes the others. */
export interface LambdaAnswer {
  batchItemFailures: { itemIdentifier: string }[];
}

/** The queue in which a message is hidden. */
type QueueOf = (message: Message) => Queue | undefined;

/** How many lanes are handled at the same time. A batch can have 10,000 messages. */
const CONCURRENT_LANES = 16;

/** Handles a batch: FIFO groups in order, different groups at the same time. */
export async function answerBatch(
  batch: LambdaBatch,
  handle: Handle,
  queueOf: QueueOf,
  clock: Clock,
): Promise<LambdaAnswer> {
  const failed = new Set<Message>();
  const messages = batch.Records.map(messageFromLambda);
  const lanes = lanesOf(messages).values();
  const work = async () => {
    // All workers take their lanes from the same iterator.
    for (const lane of lanes) for (const message of await returned(lane, handle, queueOf, clock)) failed.add(message);
  };
  await Promise.all(Array.from({ length: CONCURRENT_LANES }, work));
  const inOrder = messages.filter((message) => failed.has(message));
  return { batchItemFailures: inOrder.map(({ id }) => ({ itemIdentifier: id })) };
}

/** Handles a lane. Returns the messages that go back to the queue. */
async function returned(lane: readonly Message[], handle: Handle, queueOf: QueueOf, clock: Clock): Promise<Message[]> {
  const back: Message[] = [];
  for (const [place, message] of lane.entries()) {
    const result = await handle(message);
    if (result.outcome !== "retry") continue;
    back.push(message);
    const queue = queueOf(message);
    if (queue !== undefined && result.until !== undefined) {
      // If the message cannot be hidden, it comes again when its visibility timeout ends.
      await queue.hide(message, (result.until - clock.now()) / 1_000).catch(() => undefined);
    }
    if (result.holds) return [...back, ...lane.slice(place + 1)];
  }
  return back;
}
