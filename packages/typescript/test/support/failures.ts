// What a promise rejects with.

import assert from "node:assert/strict";

import { Refused } from "user-events-consumer";

/** The error of the promise. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => assert.fail("it did not fail"),
    (error: unknown) => error,
  );
}

/** The reason of the refusal. */
export async function refused(promise: Promise<unknown>): Promise<string> {
  const error = await failure(promise);
  assert.ok(error instanceof Refused, String(error));
  return error.reason;
}
