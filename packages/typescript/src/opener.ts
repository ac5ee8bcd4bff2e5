// Opens (decrypts) classes of personal data.

import { createDecipheriv } from "node:crypto";

import { DecryptCommand, type KMSClient } from "@aws-sdk/client-kms";

import { Cache, type Loaded } from "./cache.js";
import { type Clock, SYSTEM_CLOCK } from "./clock.js";
import { Denied, Refused } from "./errors.js";
import { type ClassName, ERASED, type Event, NOT_GRANTED, type Opened } from "./event.js";
import type { Classes } from "./events.js";
import { type JsonObject, NotStrict, parseObject } from "./json.js";
import { type SealedClass, sealedClass } from "./sealed.js";
import { contentKey, KEY_BYTES, type SubjectKeys } from "./subject-keys.js";

/** Settings of `Opener`. */
export interface OpenerOptions {
  /**
   * The ARNs of the seal keys that the consumer expects, from its configuration and never from an event: the parameter
   * `/user-events/<stage>/seal-key-arn`. A data key under another KMS key is refused.
   */
  sealKeyArns: readonly string[];
  /** The classes that the consumer requires: their denial is a failure to be retried. None by default. */
  requires?: readonly string[];
  /** The table of persons' keys. Without it, a token that needs a person's key is refused. */
  subjectKeys?: SubjectKeys;
  clock?: Clock;
}

const MAX_KEYS = 1_024;
const KEY_MS = 300_000;
const DENIAL_MS = 30_000;
const TAG_BYTES = 16;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Opens one class at a time, and only those that it is asked for. It caches data keys in memory, and denials. */
export class Opener {
  readonly #expected: ReadonlySet<string>;
  readonly #requires: ReadonlySet<string>;
  readonly #subjectKeys: SubjectKeys | undefined;
  readonly #dataKeys: Cache<Uint8Array | typeof NOT_GRANTED>;

  /** Throws `TypeError` if `sealKeyArns` is empty or has an empty ARN. */
  constructor(
    private readonly kms: Pick<KMSClient, "send">,
    options: OpenerOptions,
  ) {
    if (options.sealKeyArns.length === 0 || options.sealKeyArns.includes("")) {
      throw new TypeError("`sealKeyArns` must have the ARN of the seal key");
    }
    const clock = options.clock ?? SYSTEM_CLOCK;
    this.#expected = new Set(options.sealKeyArns);
    this.#requires = new Set(options.requires);
    this.#subjectKeys = options.subjectKeys;
    this.#dataKeys = new Cache(MAX_KEYS, () => clock.now());
  }

  /** How many data keys and denials are cached. */
  get cached(): number {
    return this.#dataKeys.size;
  }

  /**
   * The content of one class of the event; `undefined` if the event does not have the class, `ERASED` if its person was
   * erased, and `NOT_GRANTED` if KMS denies the class.
   *
   * Rejects with `Refused` if the class must not be opened, with `Denied` if it is required and not granted, with
   * `SubjectKeyMissing` if the person's key is missing, and with every other error of KMS and DynamoDB.
   */
  open<C extends ClassName>(event: Event, className: C): Promise<Opened<Classes[C]>>;
  open(event: Event, className: string): Promise<Opened>;
  async open(event: Event, className: string): Promise<Opened> {
    const sealed = sealedClass(event, className, this.#expected);
    if (sealed === undefined) return undefined;
    if (sealed.keyId !== undefined && this.#subjectKeys === undefined) {
      throw new Refused("no-subject-keys", `class ${className}: it needs a person's key; configure their table`);
    }
    // The person comes before KMS: an erased person's event is done without the class, granted or not.
    const secret = await this.#secret(event, className, sealed.keyId);
    if (secret === ERASED) return ERASED;
    try {
      const dataKey = await this.#dataKeys.get(sealed.cacheKey, () => this.#unwrap(sealed, className));
      if (dataKey === NOT_GRANTED) {
        if (this.#requires.has(className)) throw new Denied(className);
        return NOT_GRANTED;
      }
      if (dataKey.length !== KEY_BYTES) {
        throw new Refused("does-not-open", `class ${className}: the data key has not ${String(KEY_BYTES)} bytes`);
      }
      if (secret === undefined) return content(sealed, dataKey, className);
      const key = contentKey(dataKey, secret, sealed.kid);
      try {
        return content(sealed, key, className);
      } finally {
        key.fill(0);
      }
    } finally {
      secret?.fill(0);
    }
  }

  /** The secret of the person; `undefined` if the token needs none. */
  async #secret(event: Event, className: string, keyId: string | undefined) {
    if (keyId === undefined || this.#subjectKeys === undefined) return undefined;
    return this.#subjectKeys.secret(event, className, keyId);
  }

  async #unwrap(sealed: SealedClass, className: string): Promise<Loaded<Uint8Array | typeof NOT_GRANTED>> {
    try {
      const { Plaintext: key } = await this.kms.send(
        new DecryptCommand({
          CiphertextBlob: sealed.dataKey,
          KeyId: sealed.keyArn,
          EncryptionContext: { app: "user-events", class: className },
        }),
      );
      if (key === undefined) throw new Error("the answer of KMS has no `Plaintext`");
      return { value: key, milliseconds: KEY_MS };
    } catch (error) {
      switch (error instanceof Error && error.name) {
        case "AccessDeniedException":
          return { value: NOT_GRANTED, milliseconds: DENIAL_MS };
        case "InvalidCiphertextException":
        case "IncorrectKeyException":
          throw new Refused("data-key", `class ${className}: KMS does not know the data key, or not for this class`);
        default:
          throw error;
      }
    }
  }
}

/** Throws `Refused` if the key is another one, the token was changed, or its content is not a JSON object. */
function content(sealed: SealedClass, key: Uint8Array, className: string): JsonObject {
  const plaintext = decrypt(sealed, key);
  if (plaintext === undefined) {
    throw new Refused("does-not-open", `class ${className}: the key is another one, or the token was changed`);
  }
  try {
    return parseObject(UTF8.decode(plaintext));
  } catch (error) {
    const why = error instanceof NotStrict ? error.message : "is not UTF-8";
    throw new Refused("content", `class ${className}: the content ${why}`);
  }
}

function decrypt(sealed: SealedClass, key: Uint8Array): Buffer | undefined {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(sealed.header, "latin1"));
  decipher.setAuthTag(sealed.tag);
  const plaintext = decipher.update(sealed.ciphertext);
  try {
    return Buffer.concat([plaintext, decipher.final()]);
  } catch {
    return undefined;
  }
}
