// The same consumer without Lambda: `npm run poll` runs until it is interrupted. With `SNAPSHOT_QUEUE_URL` it reads the
// snapshot to its end first.

import { consumer } from "./consumer.js";

await consumer.poll();
