// A message of a queue, as Lambda or SQS delivers it.

import type { Message as SqsMessage, MessageAttributeValue } from "@aws-sdk/client-sqs";

/** A message of a queue. */
export interface Message {
  readonly id: string;
  readonly body: string;
  readonly receipt: string;
  /** The ARN or URL of the queue that it came from, if it is known. */
  readonly queue?: string | undefined;
  /** The message group. On a standard queue it has no order. */
  readonly group: string | undefined;
  /** Whether the queue is a FIFO queue, and so delivers a group in order. */
  readonly fifo: boolean;
  /** How often the message was received, this time included. */
  readonly receives: number;
  readonly attributes: Record<string, MessageAttributeValue>;
}

/** The parts of Lambda's record that are used (AWS Lambda Developer Guide, *Using Lambda with Amazon SQS*). */
export interface LambdaRecord {
  messageId: string;
  receiptHandle: string;
  body: string;
  eventSourceARN: string;
  attributes?: { MessageGroupId?: string | undefined; ApproximateReceiveCount?: string | undefined };
  messageAttributes?: Record<string, LambdaAttribute>;
}

/** A message attribute in Lambda's record. A binary value is in base64. */
export interface LambdaAttribute {
  stringValue?: string | undefined;
  binaryValue?: string | undefined;
  dataType: string;
}

/** The message in a record of Lambda. */
export function messageFromLambda(record: LambdaRecord): Message {
  const attributes = Object.entries(record.messageAttributes ?? {}).map(([name, value]) => [
    name,
    {
      DataType: value.dataType,
      ...(value.stringValue === undefined ? {} : { StringValue: value.stringValue }),
      ...(value.binaryValue === undefined ? {} : { BinaryValue: Buffer.from(value.binaryValue, "base64") }),
    },
  ]);
  return {
    id: record.messageId,
    body: record.body,
    receipt: record.receiptHandle,
    queue: record.eventSourceARN,
    group: record.attributes?.MessageGroupId,
    fifo: isFifo(record.eventSourceARN),
    receives: Number(record.attributes?.ApproximateReceiveCount ?? "1"),
    attributes: Object.fromEntries(attributes) as Record<string, MessageAttributeValue>,
  };
}

/** The message that was received from a queue. */
export function messageFromSqs(message: SqsMessage, queueUrl: string): Message {
  return {
    id: message.MessageId ?? "",
    body: message.Body ?? "",
    receipt: message.ReceiptHandle ?? "",
    queue: queueUrl,
    group: message.Attributes?.MessageGroupId,
    fifo: isFifo(queueUrl),
    receives: Number(message.Attributes?.ApproximateReceiveCount ?? "1"),
    attributes: message.MessageAttributes ?? {},
  };
}

/** Whether this is the ARN or URL of a FIFO queue. */
export function isFifo(queue: string): boolean {
  return queue.endsWith(".fifo");
}

/** Whether the message came from this queue. Lambda names the queue by its ARN, which ends like the URL. */
export function isFrom(message: Message, queueUrl: string): boolean {
  return message.queue !== undefined && nameOf(message.queue) === nameOf(queueUrl);
}

/** The name of a queue, at the end of its ARN or URL. */
function nameOf(queue: string): string | undefined {
  return queue.split(/[:/]/).at(-1);
}

/** The attributes with string values, by name. */
export function stringAttributes(message: Message): Map<string, string> {
  return new Map(
    Object.entries(message.attributes).flatMap(([name, { StringValue: value }]): [string, string][] =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}
