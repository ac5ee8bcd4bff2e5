// How many events one core reads and opens in a second, with the data key in the cache. The processor's time counts, so
// that other programs on the machine do not.

import { Opener, readEvent } from "user-events-consumer";

import { bodyOf, KEY, registration, SEAL_KEY_ARN } from "./support/events.js";
import { Kms } from "./support/kms.js";

const EVENTS = 200;
const SECONDS = 5;

const kms = new Kms({ contact: KEY });
const opener = new Opener(kms.client, { sealKeyArns: [SEAL_KEY_ARN] });
const raw = Array.from({ length: EVENTS }, (_, number) => bodyOf(registration(number)));
const wrapped = raw.map((Message) => JSON.stringify({ Type: "Notification", MessageId: "m", Message }));

/** Reads and opens the events for a while. Returns how many fit a second of the processor, all threads together. */
async function measure(bodies: readonly string[], milliseconds: number): Promise<number> {
  let opened = 0;
  const before = process.cpuUsage();
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    for (const body of bodies) {
      await opener.open(readEvent(body), "contact");
      opened++;
    }
  }
  const { user, system } = process.cpuUsage(before);
  return (1_000_000 * opened) / (user + system);
}

for (const [name, bodies] of Object.entries({ "wrapped by SNS": wrapped, raw })) {
  await measure(bodies, 1_000);
  const perSecond = await measure(bodies, 1_000 * SECONDS);
  const length = String(bodies[0]?.length);
  console.log(`${name}: ${perSecond.toFixed(0)} opens per second of a processor, ${length} characters each`);
}
console.log(`requests to KMS: ${String(kms.requests.length)}`);
