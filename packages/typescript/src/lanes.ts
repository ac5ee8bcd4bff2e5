// Splits messages into the lanes that can be handled at the same time.

import type { Message } from "./message.js";

/** The messages of each FIFO group in their order. A message of a standard queue is a lane of its own. */
export function lanesOf(messages: readonly Message[]): Message[][] {
  const lanes = new Map<string | Message, Message[]>();
  for (const message of messages) {
    const name = laneOf(message);
    const lane = lanes.get(name);
    if (lane) lane.push(message);
    else lanes.set(name, [message]);
  }
  return [...lanes.values()];
}

/** The message group of a FIFO queue, or else the message itself. */
export function laneOf(message: Message): string | Message {
  return message.fifo && message.group !== undefined ? message.group : message;
}
