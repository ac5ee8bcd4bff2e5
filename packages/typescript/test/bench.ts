// How many events a second one core reads and opens: wrapped by SNS, with the data key in the cache.

import { Opener, readEvent } from "user-events-consumer";

import { bodyOf, KEY, registration, SEAL_KEY_ARN } from "./support/events.js";
import { Kms } from "./support/kms.js";

const EVENTS = 200;
const SECONDS = 5;

const kms = new Kms({ contact: KEY });
const opener = new Opener(kms.client, { sealKeyArns: [SEAL_KEY_ARN] });
const raw = Array.from({ length: EVENTS }, (_, number) => bodyOf(registration(number)));
const wrapped = raw.map((Message) => JSON.stringify({ Type: "Notification", MessageId: "m", Message }));

for (const [name, bodies] of Object.entries({ "wrapped by SNS": wrapped, raw })) {
  for (const warm of [true, false]) {
    let opened = 0;
    const begun = performance.now();
    const end = begun + (warm ? 1_000 : 1_000 * SECONDS);
    while (performance.now() < end) {
      for (const body of bodies) {
        await opener.open(readEvent(body), "contact");
        opened++;
      }
    }
    const perSecond = (1_000 * opened) / (performance.now() - begun);
    if (!warm) console.log(`${name}: ${perSecond.toFixed(0)} opens a second, ${String(bodies[0]?.length)} characters each`);
  }
}
console.log(`requests to KMS: ${String(kms.requests.length)}`);
