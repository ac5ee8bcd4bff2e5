// What compiles and what does not. The compiler is the test: an expected error that does not come is an error.

import { Consumer, type Contact, ERASED, type Event, NOT_GRANTED, type ReceivedEvent } from "user-events-consumer";

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
const yes = (value: true): true => value;
const take = (value: unknown): unknown => value;

/** `type` narrows `data`. */
export function narrows(event: Event): string {
  // @ts-expect-error: not every event has a status.
  take(event.data.status);
  switch (event.type) {
    case "UserRegisteredEventV1":
      yes(true satisfies Same<typeof event.data.locale, string | undefined>);
      // @ts-expect-error: a registration has no role.
      take(event.data.roleId);
      return event.data.registeredAt;
    case "RoleDeletedEventV1":
      return event.data.roleId;
    // @ts-expect-error: there is no such type.
    case "UserRegistredEventV1":
      return "";
    case undefined: {
      const unknown: unknown = event.data.anything;
      return `${event.typeName} ${typeof unknown}`;
    }
    default:
      return event.id;
  }
}

/** An enumeration knows its values, and allows those of later versions. */
export function enumeration(event: Event): boolean {
  return event.type === "UserRegisteredEventV1" && (event.data.status === "ACTIVE" || event.data.status === "NEW");
}

/** The content of a class has its type once the other results are excluded. */
export async function opens(event: ReceivedEvent): Promise<string | undefined> {
  const contact = await event.open("contact");
  yes(true satisfies Same<typeof contact, Contact | typeof NOT_GRANTED | typeof ERASED | undefined>);
  // @ts-expect-error: the class may not have been opened.
  take(contact.email);
  // @ts-expect-error: there is no such class.
  await event.open("contcat");
  if (typeof contact !== "object") return undefined;
  // @ts-expect-error: a contact has no city.
  take(contact.city);
  return contact.email;
}

/** A handler returns writes. */
export function handlers(): void {
  take(() => Consumer.fromEnvironment(() => []));
  take(() => Consumer.fromEnvironment(async (event) => ((await event.open("contact")) === ERASED ? [] : [])));
  take(() => Consumer.fromEnvironment({ underLease: async (_event, lease) => lease.renew() }));
  // @ts-expect-error: a handler returns writes.
  take(() => Consumer.fromEnvironment(() => "done"));
}

/** The members of an event cannot be changed. */
export function readonly(event: Event): void {
  // @ts-expect-error: an event is as it was received.
  event.id = "";
}
