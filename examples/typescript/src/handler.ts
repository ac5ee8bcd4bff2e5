// The Lambda function: `dist/src/handler.handler`.

import { consumer } from "./consumer.js";

export const handler = consumer.lambdaHandler;
