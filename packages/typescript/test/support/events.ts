// Makes events and seals classes, as publishers do.

import { createCipheriv } from "node:crypto";

import type { JsonObject } from "user-events-consumer";

export const SEAL_KEY_ARN = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000000";
/** The data key of every class, in base64. */
export const KEY = Buffer.from(Array.from({ length: 32 }, (_, place) => place)).toString("base64");
export const CONTACT = { email: "ada@example.com", phoneNumber: "+1-202-555-0100" };

export interface SealSettings {
  key?: Buffer;
  keyId?: string;
  kid?: string;
  header?: string;
  nonce?: Buffer;
}

/** A sealed class for the event with this id. */
export function seal(eventId: string, className: string, content: string | Buffer, settings: SealSettings = {}) {
  const suffix = settings.keyId === undefined ? "" : `/${settings.keyId}`;
  const kid = settings.kid ?? `${eventId}/${className}${suffix}`;
  const header = Buffer.from(settings.header ?? `{"alg":"dir","enc":"A256GCM","kid":"${kid}"}`).toString("base64url");
  const nonce = settings.nonce ?? Buffer.alloc(12, 1);
  const cipher = createCipheriv("aes-256-gcm", settings.key ?? Buffer.from(KEY, "base64"), nonce);
  cipher.setAAD(Buffer.from(header));
  const ciphertext = Buffer.concat([cipher.update(content), cipher.final()]);
  const parts = [nonce, ciphertext, cipher.getAuthTag()].map((part) => part.toString("base64url"));
  return {
    sealed: [header, "", ...parts].join("."),
    dataKey: Buffer.from(`wrapped data key of ${className}`).toString("base64"),
    keyArn: SEAL_KEY_ARN,
  };
}

/** A UUID with this number at its end. */
export function uuid(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;
}

/** The sequence of a subject's nth change. */
export function sequence(number: number): string {
  return `${String(number).padStart(40, "0")}.0000`;
}

/** A registration of the user, with its contact sealed. `changes` replaces members; `undefined` removes one. */
export function registration(number = 1, user = "user-1", changes: JsonObject = {}): JsonObject {
  const id = typeof changes.id === "string" ? changes.id : uuid(number);
  return {
    specversion: "1.0",
    id,
    source: "/user-service",
    type: "UserRegisteredEventV1",
    subject: `users/${user}`,
    dataschema: "urn:user-events:schemas/account/UserRegisteredEventV1.json",
    partitionkey: `users/${user}`,
    sequence: sequence(number),
    data: {
      userId: user,
      status: "ACTIVE",
      registeredAt: "2026-03-01T12:00:00.000Z",
      contact: seal(id, "contact", JSON.stringify(CONTACT)),
    },
    ...changes,
  };
}

export const RUN = "0d2f61a2-1b5e-4b0f-9c57-6d1f0d8c7a11";

/** A snapshot event of the user's account. */
export function snapshot(number = 1, user = "user-1", changes: JsonObject = {}): JsonObject {
  const type = "UserAccountSnapshotEventV1";
  return registration(number, user, { type, sequence: sequence(0), snapshotrun: RUN, ...changes });
}

/** The last event of a run. */
export function marker(events: unknown, changes: JsonObject = {}, number = 999): JsonObject {
  const subject = `snapshots/${RUN}`;
  return snapshot(number, "user-1", {
    type: "SnapshotCompletedEventV1",
    subject,
    partitionkey: subject,
    dataschema: "urn:user-events:schemas/snapshot/SnapshotCompletedEventV1.json",
    data: { run: RUN, events, categories: ["account"] },
    ...changes,
  });
}

/** The body of the event's message. */
export function bodyOf(event: JsonObject): string {
  return JSON.stringify(event);
}
