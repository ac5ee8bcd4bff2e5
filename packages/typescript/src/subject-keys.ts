// Persons' keys: the second share of a token's key, deleted when the person is erased.

import { createHash, hkdfSync } from "node:crypto";

import { type AttributeValue, type DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";

import { Cache } from "./cache.js";
import { type Clock, SYSTEM_CLOCK } from "./clock.js";
import { Refused, SubjectKeyMissing } from "./errors.js";
import { ERASED, type Event } from "./event.js";

/** The bytes of a data key, of a secret and of a content key. */
export const KEY_BYTES = 32;

const REMEMBERED_MS = 300_000;
const CAPACITY = 1_024;
const SALT = "user-events/subject-key/v1";
const ALGORITHM = "A256GCM";

interface Row {
  readonly keyId: string | undefined;
  readonly secret: Uint8Array | undefined;
  readonly erased: boolean;
}

/** Settings of `SubjectKeys`. */
export interface SubjectKeysOptions {
  /** The table's name. Its key is `pk`, a string. */
  table: string;
  clock?: Clock;
}

/** The table of persons' keys. It remembers at most 1,024 secrets and tombstones for 300 seconds each. */
export class SubjectKeys {
  readonly #table: string;
  readonly #rows: Cache<Row>;

  constructor(
    private readonly dynamodb: Pick<DynamoDBClient, "send">,
    options: SubjectKeysOptions,
  ) {
    const clock = options.clock ?? SYSTEM_CLOCK;
    this.#table = options.table;
    this.#rows = new Cache(CAPACITY, () => clock.now());
  }

  /**
   * The secret of the person under this key id, or `ERASED`.
   *
   * Rejects with `SubjectKeyMissing` if the person has neither a key nor a tombstone, with `Refused` if the person has
   * another key, and with every error of DynamoDB.
   */
  async secret(event: Event, className: string, keyId: string): Promise<Uint8Array | typeof ERASED> {
    const pk = createHash("sha256").update(`${event.source}\n${event.subject}`).digest("hex");
    let row = await this.#row(pk, keyId);
    if (!row.erased && row.keyId !== keyId) {
      // The remembered row is older than the token.
      this.#rows.forget(pk);
      row = await this.#row(pk, keyId);
    }
    if (row.erased) return ERASED;
    if (row.keyId !== keyId) throw new Refused("moved", `class ${className}: the person has another key`);
    if (row.secret?.length !== KEY_BYTES) {
      throw new Refused("does-not-open", `class ${className}: the person's secret has not ${String(KEY_BYTES)} bytes`);
    }
    return row.secret;
  }

  #row(pk: string, keyId: string): Promise<Row> {
    return this.#rows.get(pk, async () => {
      let row = await this.#read(pk, false);
      if (row === undefined || (!row.erased && row.keyId !== keyId)) row = await this.#read(pk, true);
      if (row === undefined) throw new SubjectKeyMissing();
      return { value: row, milliseconds: REMEMBERED_MS };
    });
  }

  async #read(pk: string, consistent: boolean): Promise<Row | undefined> {
    const { Item: item } = await this.dynamodb.send(
      new GetItemCommand({ TableName: this.#table, Key: { pk: { S: pk } }, ConsistentRead: consistent }),
    );
    return item && rowFrom(item);
  }
}

function rowFrom(item: Record<string, AttributeValue>): Row {
  return { keyId: item.keyId?.S, secret: item.secret?.B, erased: item.erasedAt !== undefined };
}

/** The key of a content that needs a data key and a person's secret: HKDF-SHA256 (RFC 5869). */
export function contentKey(dataKey: Uint8Array, secret: Uint8Array, kid: string): Uint8Array {
  const input = Buffer.concat([dataKey, secret]);
  return new Uint8Array(hkdfSync("sha256", input, SALT, `${ALGORITHM}\0${kid}`, KEY_BYTES));
}
