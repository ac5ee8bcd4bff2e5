// Handles a batch of messages and answers for each message.

/** The parts of Lambda's record that are used here. */
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
 * Messages of a FIFO queue arrive in the order of their message groups. After the first failure of a group, the rest of
 * the group is not handled, because it would overtake the failed message. Other groups continue. Messages of a standard
 * queue are handled independently.
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
      // Messages of a standard queue can have a group, too, but it does not order them.
      if (group !== undefined && message.eventSourceARN?.endsWith(".fifo")) stopped.add(group);
    }
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}
