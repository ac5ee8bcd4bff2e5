// The form of a sealed class, checked before KMS is asked.

import { Refused } from "./errors.js";
import type { Event } from "./event.js";
import { isObject } from "./json.js";

/** A sealed class in the right form, for this event. */
export interface SealedClass {
  /** The first part of the token, as it was received: the additional authenticated data. */
  readonly header: string;
  readonly nonce: Buffer;
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
  readonly kid: string;
  /** Names the person's key. `undefined` if the token needs none. */
  readonly keyId: string | undefined;
  /** The data key, encrypted by KMS. */
  readonly dataKey: Buffer;
  readonly keyArn: string;
  /** Data key, class and ARN: under this name the data key is cached. */
  readonly cacheKey: string;
}

const CLASS_NAME = /^[a-z][A-Za-z0-9]{0,31}$/;
const HEADER = /^\{"alg":"dir","enc":"A256GCM","kid":"([A-Za-z0-9\-_/]{1,256})"\}$/;
const PARTS = 5;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MAX_CIPHERTEXT_BYTES = 49_152;
/** AWS KMS API Reference, *Decrypt*. */
const MAX_DATA_KEY_BYTES = 6_144;
const KEY_ID_BYTES = 16;

/**
 * The sealed class in an event, `undefined` if the event does not have it.
 *
 * Throws `Refused` if the class is not in the one form that publishers write, belongs to another event or class, or has
 * a data key under a KMS key that is not expected.
 */
export function sealedClass(event: Event, className: string, expected: ReadonlySet<string>): SealedClass | undefined {
  if (!CLASS_NAME.test(className)) throw new Refused("malformed", "the name is not that of a class");
  const refuse = (reason: "malformed" | "other-key" | "header" | "moved", why: string): never => {
    throw new Refused(reason, `class ${className}: ${why}`);
  };
  const data: object = event.data;
  const member: unknown = Object.hasOwn(data, className) ? (data as Record<string, unknown>)[className] : undefined;
  if (member === undefined || member === null) return undefined;
  if (!isObject(member)) return refuse("malformed", "it is not an object");
  const { sealed, dataKey, keyArn } = member;
  if (typeof sealed !== "string" || typeof dataKey !== "string" || typeof keyArn !== "string") {
    return refuse("malformed", "`sealed`, `dataKey` and `keyArn` are not all strings");
  }
  if (!expected.has(keyArn)) return refuse("other-key", "`keyArn` is not a seal key that the consumer expects");
  const token = tokenParts(sealed) ?? refuse("malformed", "`sealed` is not a token in compact form");
  const kid = HEADER.exec(token.decodedHeader)?.[1] ?? refuse("header", "the header of the token is another one");
  const keyId = keyIdOf(kid, `${event.id}/${className}`);
  if (keyId === null) return refuse("moved", "the token belongs to another event or class");
  const wrapped = decodeExactly(dataKey, "base64");
  if (wrapped === undefined || wrapped.length === 0 || wrapped.length > MAX_DATA_KEY_BYTES) {
    return refuse("malformed", `\`dataKey\` is not base64 of 1 to ${String(MAX_DATA_KEY_BYTES)} bytes`);
  }
  const { header, nonce, ciphertext, tag } = token;
  const cacheKey = JSON.stringify([dataKey, className, keyArn]);
  return { header, nonce, ciphertext, tag, kid, keyId, dataKey: wrapped, keyArn, cacheKey };
}

function tokenParts(token: string) {
  // One part more than a token has, so that a long row of dots makes no long array.
  const [header, encryptedKey, ...rest] = token.split(".", PARTS + 1);
  const [decodedHeader, nonce, ciphertext, tag] = [header, ...rest].map((part = "") =>
    decodeExactly(part, "base64url"),
  );
  if (header === undefined || encryptedKey !== "" || rest.length !== PARTS - 2) return undefined;
  if (!decodedHeader || !nonce || !ciphertext || !tag) return undefined;
  if (nonce.length !== NONCE_BYTES || tag.length !== TAG_BYTES || ciphertext.length > MAX_CIPHERTEXT_BYTES) {
    return undefined;
  }
  return { header, decodedHeader: decodedHeader.toString("latin1"), nonce, ciphertext, tag };
}

/** The third part of `kid`, `undefined` if it has two parts, `null` if it is not for this event and class. */
function keyIdOf(kid: string, place: string): string | undefined | null {
  if (kid === place) return undefined;
  if (!kid.startsWith(`${place}/`)) return null;
  const keyId = kid.slice(place.length + 1);
  return decodeExactly(keyId, "base64url")?.length === KEY_ID_BYTES ? keyId : null;
}

/** Decodes the canonical form only (RFC 4648, section 3.5): `Buffer` alone ignores what it cannot decode. */
function decodeExactly(text: string, encoding: "base64" | "base64url"): Buffer | undefined {
  const decoded = Buffer.from(text, encoding);
  return decoded.toString(encoding) === text ? decoded : undefined;
}
