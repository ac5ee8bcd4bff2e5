// Opens the sealed members of user-events with only `jose` and the KMS API.
//
// Reads one event per line on standard input and prints one line for each: its id and its opened classes.
// Leaves out a class that these credentials are not granted: the rest of the event can still be used.

import { text } from "node:stream/consumers";

import { DecryptCommand, KMSClient } from "@aws-sdk/client-kms";
import { compactDecrypt } from "jose";

const kms = new KMSClient();

/** The reason why a token was refused. It quotes nothing of the token. */
class Refused extends Error {}

/** Checks, before a key is requested, that the member was sealed by the publisher for this place. */
function check(member, eventId, name) {
  if (member.keyArn !== process.env.SEAL_KEY_ARN) throw new Refused("its data key is under another KMS key");
  const header = `{"alg":"dir","enc":"A256GCM","kid":"${eventId}/${name}"}`;
  if (member.sealed.split(".")[0] !== Buffer.from(header).toString("base64url")) {
    throw new Refused("its header is not the one for this event and class");
  }
}

/** Has KMS decrypt the data key in the event. `undefined` if the class is not granted. */
async function dataKey(member, name) {
  try {
    const answer = await kms.send(
      new DecryptCommand({
        CiphertextBlob: Buffer.from(member.dataKey, "base64"),
        KeyId: member.keyArn,
        EncryptionContext: { app: "user-events", class: name },
      }),
    );
    return answer.Plaintext;
  } catch (error) {
    if (error.name === "AccessDeniedException") return undefined;
    throw error;
  }
}

async function decrypt(token, key) {
  try {
    const { plaintext } = await compactDecrypt(token, key);
    return JSON.parse(new TextDecoder().decode(plaintext));
  } catch {
    // The library's own message is dropped, because it could quote the content.
    throw new Refused("it does not open with its data key");
  }
}

function isSealed(member) {
  return ["sealed", "dataKey", "keyArn"].every((field) => typeof member?.[field] === "string");
}

async function openEvent(event) {
  const opened = {};
  for (const [name, member] of Object.entries(event.data)) {
    if (!isSealed(member)) continue;
    try {
      check(member, event.id, name);
      const key = await dataKey(member, name);
      if (key) opened[name] = await decrypt(member.sealed, key);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      console.error(`event ${event.id}, class ${name}: the token is refused: ${error.message}`);
      process.exit(1);
    }
  }
  return { id: event.id, opened };
}

for (const line of (await text(process.stdin)).split("\n").filter(Boolean)) {
  console.log(JSON.stringify(await openEvent(JSON.parse(line))));
}
