// The last event of a snapshot: see `docs/reading.md`, *The marker*.

import { Refused } from "../errors.js";
import type { Event } from "../event.js";
import type { JsonObject } from "../json.js";

const MARKER = "SnapshotCompletedEventV1";

/** The end of a run. */
export interface Marker {
  readonly run: string;
  /** How many snapshot events the run sent. */
  readonly events: number;
}

/**
 * The marker in an event; `undefined` if the event is of another type. Throws `Refused` with the reason `does-not-fit` if
 * it is not in its form.
 */
export function markerOf(event: Event): Marker | undefined {
  if (event.typeName !== MARKER) return undefined;
  const { run, events } = event.data as JsonObject;
  if (event.snapshotrun === undefined || run !== event.snapshotrun) {
    throw new Refused("does-not-fit", "`snapshotrun` and `data.run` of a marker must be the same run");
  }
  if (typeof events !== "number" || !Number.isSafeInteger(events) || events < 0) {
    throw new Refused("does-not-fit", "`data.events` of a marker must be a whole number");
  }
  return { run: event.snapshotrun, events };
}

/** The run of an event that says what a row is like; `undefined` for the event of a change, and for a marker. */
export function runOf(event: Event): string | undefined {
  return event.typeName === MARKER ? undefined : event.snapshotrun;
}
