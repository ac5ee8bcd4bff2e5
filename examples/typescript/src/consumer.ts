// Handles one message, from its body to its effect.

import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { KMSClient } from "@aws-sdk/client-kms";

import { type Answer, answer, type Message } from "./batch.js";
import { effects } from "./effect.js";
import { NotAnEvent, read } from "./event.js";
import { Inbox } from "./inbox.js";
import { NOT_GRANTED, Opener, Refused } from "./opening.js";

/** The parts that live longer than a batch: the clients and the cached data keys. */
export class Consumer {
  private readonly opener: Opener;
  private readonly inbox: Inbox;

  constructor(
    name: string,
    kms: Pick<KMSClient, "send">,
    dynamodb: Pick<DynamoDBClient, "send">,
    table: string,
    private readonly log: (line: object) => void = (line) => console.log(JSON.stringify(line)),
  ) {
    this.opener = new Opener(kms);
    this.inbox = new Inbox(dynamodb, table, name);
  }

  /** Handles messages as Lambda delivers them. The answer lists those to deliver again. */
  batch(messages: Message[]): Promise<Answer> {
    return answer(
      messages,
      (message) => this.handle(message),
      (message, error) => {
        // Our own errors quote no value. Other errors could, so only their name is logged.
        const ours = error instanceof Refused || error instanceof NotAnEvent;
        const why = error instanceof Error ? (ours ? error.message : error.name) : "unknown";
        this.log({ failed: message.messageId, why });
      },
    );
  }

  private async handle(message: Message): Promise<void> {
    const event = read(message.body);
    const opened = await this.opener.openAll(event);
    const outcome = await this.inbox.apply(event, effects(event, opened, this.inbox.table));
    const names = Object.keys(opened).sort();
    // Only names, never a value.
    this.log({
      event: event.id,
      type: event.type,
      outcome,
      opened: names.filter((name) => opened[name] !== NOT_GRANTED),
      denied: names.filter((name) => opened[name] === NOT_GRANTED),
    });
  }
}
