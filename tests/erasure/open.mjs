// Opens the class `contact` of events with the TypeScript package of this repository, as it is packed.
//
// Reads one message body per line on standard input and prints one line for each: its subject, and the content of the
// class, `ERASED`, `NOT_GRANTED` or null.

import { text } from "node:stream/consumers";

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KMSClient } from "@aws-sdk/client-kms";

import { ERASED, NOT_GRANTED, Opener, SubjectKeys, readEvent } from "./package/dist/index.js";

const opener = new Opener(new KMSClient(), {
  sealKeyArns: [process.env.SEAL_KEY_ARN],
  subjectKeys: new SubjectKeys(new DynamoDBClient(), { table: process.env.SUBJECT_KEYS_TABLE }),
});
const WORDS = new Map([
  [ERASED, "ERASED"],
  [NOT_GRANTED, "NOT_GRANTED"],
]);
for (const line of (await text(process.stdin)).split("\n").filter(Boolean)) {
  const event = readEvent(JSON.parse(line));
  const contact = await opener.open(event, "contact");
  console.log(JSON.stringify({ subject: event.subject, contact: WORDS.get(contact) ?? contact ?? null }));
}
