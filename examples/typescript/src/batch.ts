// A batch of messages, answered message by message.

/** What of Lambda's record is used here. */
export interface Message {
  messageId: string;
  body: string;
  attributes?: { MessageGroupId?: string };
  eventSourceARN?: string;
}

export interface Answer {
  batchItemFailures: { itemIdentifier: string }[];
}

/**
 * Handles each message and lists those to deliver again (AWS Lambda Developer Guide, *Using Lambda with Amazon SQS*).
 *
 * A FIFO queue's messages come in the order of their groups. After the first failure of a group, the rest of that group
 * is not handled: it would overtake what failed. Other groups go on. A standard queue's messages stand by themselves.
 */
export async function answer(
  messages: Message[],
  handle: (message: Message) => Promise<void>,
  report: (message: Message, error: unknown) => void,
): Promise<Answer> {
  const failed: string[] = [];
  const stopped = new Set<string>();
  for (const message of messages) {
    const group = message.attributes?.MessageGroupId;
    if (group !== undefined && stopped.has(group)) {
      failed.push(message.messageId);
      continue;
    }
    try {
      await handle(message);
    } catch (error) {
      report(message, error);
      failed.push(message.messageId);
      // A standard queue can carry group ids, too; there they order nothing.
      if (group !== undefined && message.eventSourceARN?.endsWith(".fifo")) stopped.add(group);
    }
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}
