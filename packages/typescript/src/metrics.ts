// Counts in the embedded metric format (Amazon CloudWatch User Guide, *Embedded metric format specification*).

/** What a consumer counts: see `docs/reading.md`, *Metrics*. */
export type Metric = "Stale" | "SetAside" | "Denied" | "OtherContent" | "SubjectKeyMissing";

const NAMESPACE = "UserEvents/Consumer";

/** The line that counts one, as an object. */
export function metricLine(metric: Metric, consumer: string, now: number): Record<string, unknown> {
  return {
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        { Namespace: NAMESPACE, Dimensions: [["Consumer"]], Metrics: [{ Name: metric, Unit: "Count" }] },
      ],
    },
    Consumer: consumer,
    [metric]: 1,
  };
}
