// The same consumer without Lambda: `npm run poll` runs until it is interrupted.

import { consumer } from "./consumer.js";

await consumer.poll();
