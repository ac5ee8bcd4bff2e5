// Opens (decrypts) the classes of personal data that were granted to this consumer.

import { DecryptCommand, type KMSClient } from "@aws-sdk/client-kms";
import { compactDecrypt } from "jose";

import { type Event, isObject } from "./event.js";

/** The content of a class that KMS denies to this consumer. The rest of the event can still be used. */
export const NOT_GRANTED = Symbol("not granted");
export type Opened = Record<string, unknown> | typeof NOT_GRANTED;

/** Why a token must not be opened, in the words of tests/vectors. */
export type Reason = "malformed" | "algorithm" | "moved" | "does-not-open";

/** The token must not be opened; no retry can help. The error does not quote it. */
export class Refused extends Error {
  constructor(
    className: string,
    readonly reason: Reason,
  ) {
    super(`class ${className}: the token is refused: ${reason}`);
  }
}

/** A sealed class in an event. */
export interface Sealed {
  sealed: string;
  dataKey: string;
  keyArn: string;
}

export interface Bounds {
  maxKeys: number;
  maxAgeMs: number;
  /** The age of a cached denial, short so that a new grant takes effect soon. */
  maxDenialAgeMs: number;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const BOUNDS: Bounds = { maxKeys: 1_000, maxAgeMs: 300_000, maxDenialAgeMs: 30_000 };

/** Decrypts with data keys from KMS, and caches the keys, because many events share one. */
export class Opener {
  private readonly keys = new Map<string, { key: Promise<Uint8Array | typeof NOT_GRANTED>; until: number }>();
  private readonly bounds: Bounds;

  constructor(
    private readonly kms: Pick<KMSClient, "send">,
    bounds: Partial<Bounds> = {},
    private readonly clock: () => number = () => performance.now(),
  ) {
    this.bounds = { ...BOUNDS, ...bounds };
  }

  /**
   * The JSON of the class, or `NOT_GRANTED`. `undefined` if the event has no such class.
   *
   * Throws `Refused`, and every error of KMS except a denial.
   */
  async open(event: Event, className: string): Promise<Opened | undefined> {
    const member = event.data[className];
    if (!isSealed(member)) return undefined;
    check(member.sealed, event.id, className);
    const key = await this.dataKey(member, className);
    return key === NOT_GRANTED ? NOT_GRANTED : decrypt(member.sealed, key, className);
  }

  /** Opens every sealed class of the event; returns the contents by class name. */
  async openAll(event: Event): Promise<Record<string, Opened>> {
    const opened: Record<string, Opened> = {};
    for (const className of Object.keys(event.data)) {
      const content = await this.open(event, className);
      if (content !== undefined) opened[className] = content;
    }
    return opened;
  }

  /** How many keys and denials are cached. */
  get size(): number {
    return this.keys.size;
  }

  /** All events that wait for the same key share one request. A failure is not cached. */
  private async dataKey(member: Sealed, className: string): Promise<Uint8Array | typeof NOT_GRANTED> {
    const name = JSON.stringify([member.dataKey, member.keyArn, className]);
    const kept = this.keys.get(name);
    // The most recently used key is the last one, so the first one is evicted.
    this.keys.delete(name);
    if (kept && this.clock() < kept.until) {
      this.keys.set(name, kept);
      return kept.key;
    }
    const entry = { key: this.unwrap(member, className), until: this.clock() + this.bounds.maxAgeMs };
    this.keys.set(name, entry);
    for (const oldest of this.keys.keys()) {
      if (this.keys.size <= this.bounds.maxKeys) break;
      this.keys.delete(oldest);
    }
    try {
      const key = await entry.key;
      if (key === NOT_GRANTED) entry.until = this.clock() + this.bounds.maxDenialAgeMs;
      return key;
    } catch (error) {
      if (this.keys.get(name) === entry) this.keys.delete(name);
      throw error;
    }
  }

  private async unwrap(member: Sealed, className: string): Promise<Uint8Array | typeof NOT_GRANTED> {
    try {
      const answer = await this.kms.send(
        new DecryptCommand({
          CiphertextBlob: Buffer.from(member.dataKey, "base64"),
          KeyId: member.keyArn,
          EncryptionContext: { app: "user-events", class: className },
        }),
      );
      if (!answer.Plaintext) throw new Error("KMS returned no key");
      return answer.Plaintext;
    } catch (error) {
      if (error instanceof Error && error.name === "AccessDeniedException") return NOT_GRANTED;
      throw error;
    }
  }
}

export function isSealed(member: unknown): member is Sealed {
  return isObject(member) && ["sealed", "dataKey", "keyArn"].every((field) => typeof member[field] === "string");
}

/** Checks that the token belongs to this event and class, before any call to KMS. Throws `Refused`. */
export function check(token: string, eventId: string, className: string): void {
  const parts = token.split(".").map(decode);
  const [header, encryptedKey, nonce, ciphertext, tag] = parts;
  const whole = parts.length === 5 && header && encryptedKey && nonce && ciphertext && tag;
  if (!whole || encryptedKey.length !== 0 || nonce.length !== NONCE_BYTES || tag.length !== TAG_BYTES) {
    throw new Refused(className, "malformed");
  }
  let read: unknown;
  try {
    read = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(header));
  } catch {
    throw new Refused(className, "malformed");
  }
  if (!isObject(read)) throw new Refused(className, "malformed");
  if (read.alg !== "dir" || read.enc !== "A256GCM" || "zip" in read || "crit" in read) {
    throw new Refused(className, "algorithm");
  }
  if (read.kid !== `${eventId}/${className}`) throw new Refused(className, "moved");
}

/** Decrypts a token that `check` accepted, and returns its JSON. Throws `Refused`. */
export async function decrypt(token: string, key: Uint8Array, className: string): Promise<Record<string, unknown>> {
  try {
    const { plaintext } = await compactDecrypt(token, key);
    return JSON.parse(new TextDecoder().decode(plaintext)) as Record<string, unknown>;
  } catch {
    // The error of the library is dropped, because its text could quote a value.
    throw new Refused(className, "does-not-open");
  }
}

/** Decodes canonical base64url (RFC 4648, sections 3.5 and 5): no other characters, no stray bits at the end. */
function decode(part: string): Buffer | undefined {
  const decoded = Buffer.from(part, "base64url");
  return decoded.toString("base64url") === part ? decoded : undefined;
}
