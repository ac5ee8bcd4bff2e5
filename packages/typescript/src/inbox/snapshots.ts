// Snapshots: the state of every row, for a consumer that joins late. See `docs/reading.md`, *Snapshots*.

import {
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  type QueryInput,
} from "@aws-sdk/client-dynamodb";

import { SnapshotIncomplete } from "../errors.js";
import type { Marker } from "./marker.js";
import type { Rows } from "./rows.js";

/** How long a marker is hidden that came too early, times its receive count. */
const PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 900_000;

/** The snapshots that one consumer receives. Every method rejects with every error of DynamoDB. */
export class Snapshots {
  constructor(
    private readonly dynamodb: Pick<DynamoDBClient, "send">,
    private readonly rows: Rows,
  ) {}

  /** Whether a snapshot is complete: that of this run, or any. */
  async isComplete(run?: string): Promise<boolean> {
    const { Item: row } = await this.dynamodb.send(new GetItemCommand(this.rows.readSnapshot()));
    return row !== undefined && (run === undefined || row.run?.S === run);
  }

  /** Resolves if all events of the run were handled. Rejects with `SnapshotIncomplete` otherwise. */
  async check({ run, events }: Marker, receives: number, now: number): Promise<void> {
    if (await this.isComplete(run)) return;
    const counts = await Promise.all(this.rows.countHandled(run).map((query) => this.#count(query)));
    if (counts.reduce((sum, count) => sum + count, 0) >= events) return;
    throw new SnapshotIncomplete(now + Math.min(PAUSE_MS * Math.max(receives, 1), LONGEST_PAUSE_MS));
  }

  async #count(query: QueryInput): Promise<number> {
    let count = 0;
    let page: QueryCommandOutput | undefined;
    do {
      // A page ends after 1 MB of rows (Amazon DynamoDB Developer Guide, *Paginating table query results*).
      const next = { ...query, ExclusiveStartKey: page?.LastEvaluatedKey };
      page = await this.dynamodb.send(new QueryCommand(next));
      count += page.Count ?? 0;
    } while (page.LastEvaluatedKey !== undefined);
    return count;
  }
}
