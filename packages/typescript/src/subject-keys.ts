// Persons' keys: the second share of a token's key, deleted when the person is erased.

import { createHash, hkdfSync } from "node:crypto";

import { type AttributeValue, type DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";

import { Cache } from "./cache.js";
import type { Clock } from "./clock.js";
import { Refused, SubjectKeyMissing } from "./errors.js";
import { ERASED, type Event } from "./event.js";

/** The bytes of a data key, of a secret and of a content key. */
export const KEY_BYTES = 32;

const REMEMBERED_MS = 300_000;
const CAPACITY = 1_024;
const SALT = "user-events/subject-key/v1";
const ALGORITHM = "A256GCM";
const USERS = "users/";

/** A row that is a key, or a tombstone. */
type Row = { readonly keyId: string; readonly secret: Uint8Array } | typeof ERASED;

/** Settings of `SubjectKeys`. */
export interface SubjectKeysOptions {
  /** The table's name or, in another account, its ARN. Its key is `pk`, a string. */
  table: string;
  /** By default, one that only goes on. */
  clock?: Clock;
}

/**
 * The table of persons' keys. It remembers at most 1,024 secrets, for at most 300 seconds each, and 1,024 tombstones,
 * which are final. The consumer's role needs `dynamodb:GetItem` on the table, and `kms:Decrypt` on the key that encrypts
 * it.
 */
export class SubjectKeys {
  readonly #table: string;
  readonly #secrets: Cache<Row>;
  readonly #erased: Cache<typeof ERASED>;

  constructor(
    private readonly dynamodb: Pick<DynamoDBClient, "send">,
    options: SubjectKeysOptions,
  ) {
    const { clock, table } = options;
    this.#table = table;
    // A clock that nobody can set back, so that a secret lasts no longer.
    const now = clock ? () => clock.now() : () => performance.now();
    this.#secrets = new Cache(CAPACITY, now, { given: copied, forgotten: wiped });
    this.#erased = new Cache(CAPACITY, now);
  }

  /** How many secrets and tombstones are remembered. */
  get remembered(): { readonly secrets: number; readonly tombstones: number } {
    return { secrets: this.#secrets.size, tombstones: this.#erased.size };
  }

  /**
   * The secret of the person under this key id, 32 bytes, or `ERASED`. The caller owns the bytes, and overwrites them
   * after use.
   *
   * Rejects with `SubjectKeyMissing` if the table has neither a key nor a tombstone, with `Refused` if the event is about
   * no user, the person has another key or the secret another length, and with every error of DynamoDB.
   */
  async secret(event: Event, className: string, keyId: string): Promise<Uint8Array | typeof ERASED> {
    if (!event.subject.startsWith(USERS)) throw moved(className);
    const pk = createHash("sha256").update(`${event.source}\n${event.subject}`).digest("hex");
    if (this.#erased.has(pk)) return ERASED;
    let row = await this.#row(pk);
    if (row !== ERASED && row.keyId !== keyId) {
      // The remembered row may be older than the token.
      wiped(row);
      this.#secrets.forget(pk);
      row = await this.#row(pk);
    }
    if (row === ERASED) return ERASED;
    if (row.keyId !== keyId) throw moved(className);
    if (row.secret.length !== KEY_BYTES) {
      throw new Refused("does-not-open", `class ${className}: the person's secret has not ${String(KEY_BYTES)} bytes`);
    }
    return row.secret;
  }

  async #row(pk: string): Promise<Row> {
    const row = await this.#secrets.get(pk, async () => ({
      value: await this.#read(pk),
      milliseconds: REMEMBERED_MS,
    }));
    if (row === ERASED) {
      this.#secrets.forget(pk);
      await this.#erased.get(pk, () => Promise.resolve({ value: ERASED, milliseconds: Infinity }));
    }
    return row;
  }

  async #read(pk: string): Promise<Row> {
    const { Item: item } = await this.dynamodb.send(
      new GetItemCommand({ TableName: this.#table, Key: { pk: { S: pk } }, ConsistentRead: true }),
    );
    const row = item && rowFrom(item);
    if (row === undefined) throw new SubjectKeyMissing();
    return row;
  }
}

/** `undefined` if the item is neither a key nor a tombstone. */
function rowFrom(item: Record<string, AttributeValue>): Row | undefined {
  if (item.erasedAt !== undefined) return ERASED;
  const { keyId, secret } = item;
  return keyId?.S !== undefined && secret?.B !== undefined ? { keyId: keyId.S, secret: secret.B } : undefined;
}

function copied(row: Row): Row {
  return row === ERASED ? row : { keyId: row.keyId, secret: Uint8Array.from(row.secret) };
}

function wiped(row: Row): void {
  if (row !== ERASED) row.secret.fill(0);
}

function moved(className: string): Refused {
  return new Refused("moved", `class ${className}: the token belongs to another event, class or person`);
}

/** The key of a content that needs a data key and a person's secret, 32 bytes each: HKDF-SHA256 (RFC 5869). */
export function contentKey(dataKey: Uint8Array, secret: Uint8Array, kid: string): Uint8Array {
  const input = Buffer.concat([dataKey, secret]);
  const key = new Uint8Array(hkdfSync("sha256", input, SALT, `${ALGORITHM}\0${kid}`, KEY_BYTES));
  input.fill(0);
  return key;
}
