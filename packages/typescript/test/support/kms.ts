// KMS in memory: unwraps every data key of a class to the same key.

import type { DecryptCommandInput, KMSClient } from "@aws-sdk/client-kms";

import { named } from "./dynamodb.js";

export class Kms {
  readonly requests: DecryptCommandInput[] = [];
  readonly denied = new Set<string>();
  /** The name of the error of the next requests. */
  failure: string | undefined;

  /** `keys` has the data key of each class in base64. A class without one is denied. */
  constructor(readonly keys: Record<string, string>) {}

  readonly client: Pick<KMSClient, "send"> = {
    send: (command: { input: DecryptCommandInput }) => this.#decrypt(command.input),
  };

  async #decrypt(input: DecryptCommandInput): Promise<object> {
    this.requests.push(input);
    await Promise.resolve();
    if (this.failure !== undefined) throw named(this.failure);
    const className = input.EncryptionContext?.class ?? "";
    const key = this.keys[className];
    if (key === undefined || this.denied.has(className)) throw named("AccessDeniedException");
    return { Plaintext: new Uint8Array(Buffer.from(key, "base64")) };
  }
}
