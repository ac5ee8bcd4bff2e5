//! The report of an invocation: one line of CloudWatch's embedded metric format.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use user_events_core::SealedEnvelope;

/// What an invocation did, in counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Report {
    /// Records delivered.
    pub records: u64,
    /// Events derived from them.
    pub events: u64,
    /// Events that the topics accepted.
    pub accepted: u64,
    /// Events that were accepted, and records that were parked, in an earlier invocation of this instance, and so are not
    /// sent again.
    pub remembered: u64,
    /// Records parked: moved to the parking-lot queue, or to the bucket of failures.
    pub parked: u64,
    /// Parked records that went to the bucket of failures, because they are larger than the queue accepts.
    pub stored: u64,
    /// Records of rows of a known kind.
    pub recognised: u64,
    /// Records of rows that no event reads. If there are some and none is recognised, the function probably reads the
    /// stream of another table.
    pub skipped: u64,
    /// Changes made in another region of a global table.
    pub elsewhere: u64,
    /// Rows of a global table without the attribute that names their region.
    pub origin_missing: u64,
    /// Changes with a malformed `lastChange`, which was ignored.
    pub malformed_last_change: u64,
    /// Values of enumerations that this version of the catalogue does not know. They are published as they are.
    pub unknown_values: u64,
    /// Entries sent again.
    pub retried: u64,
    /// Events that were sent after a later one of their message group. Only with `LANE_BATCHING`.
    pub order_broken: u64,
    /// Redriven records of a stream that is not the deployment's. They are refused.
    pub foreign: u64,
    /// Records that Lambda delivers again.
    pub unsettled: u64,
    /// Accepted events of types with a sunset, by type.
    #[serde(skip)]
    pub deprecated: BTreeMap<&'static str, u64>,
}

const NAMESPACE: &str = "UserEvents";

impl Report {
    /// Counts an event that its topic accepted.
    pub(crate) fn accepted(&mut self, event: &SealedEnvelope) {
        self.accepted += 1;
        if let Some(event_type) = event.deprecated {
            *self.deprecated.entry(event_type.as_str()).or_default() += 1;
        }
    }

    /// The report as log lines that CloudWatch reads as metrics (Amazon CloudWatch User Guide, *Embedded metric format*):
    /// one line with the function as dimension, and one more for each deprecated type that was published, with function
    /// and type as dimensions.
    pub fn to_metrics(&self, function: &str, milliseconds: i64) -> String {
        let mut counts = json!(self);
        let metrics: Vec<_> = counts
            .as_object()
            .map(|counts| {
                counts
                    .keys()
                    .map(|name| json!({ "Name": name, "Unit": "Count" }))
                    .collect()
            })
            .unwrap_or_default();
        counts["FunctionName"] = json!(function);
        counts["_aws"] = directive(milliseconds, json!(["FunctionName"]), json!(metrics));
        let mut lines = counts.to_string();
        for (event_type, accepted) in &self.deprecated {
            let dimensions = json!(["FunctionName", "EventType"]);
            let metrics = json!([{ "Name": "Deprecated", "Unit": "Count" }]);
            let line = json!({
                "Deprecated": accepted,
                "FunctionName": function,
                "EventType": event_type,
                "_aws": directive(milliseconds, dimensions, metrics),
            });
            lines.push('\n');
            lines.push_str(&line.to_string());
        }
        lines
    }
}

/// The directive that names the metrics and the dimensions among the members of a line.
fn directive(milliseconds: i64, dimensions: Value, metrics: Value) -> Value {
    json!({
        "Timestamp": milliseconds,
        "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_is_a_metric_of_the_function() {
        let line = Report {
            parked: 2,
            ..Report::default()
        }
        .to_metrics("dev-account", 1_772_366_400_000);
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&line["Parked"], &line["FunctionName"]),
            (&json!(2), &json!("dev-account"))
        );
        let metrics = line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
            .as_array()
            .unwrap();
        assert_eq!(metrics.len(), 16);
        assert!(
            metrics
                .iter()
                .all(|metric| line[metric["Name"].as_str().unwrap()].is_u64())
        );
    }

    #[test]
    fn the_events_of_a_deprecated_type_are_a_metric_of_their_own() {
        let report = Report {
            deprecated: [("UserMovedEventV1", 4)].into(),
            ..Report::default()
        };
        let lines = report.to_metrics("dev-account", 1_772_366_400_000);
        let lines: Vec<serde_json::Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let [_, line] = lines.as_slice() else {
            panic!("two lines: {lines:?}")
        };
        assert_eq!(line["Deprecated"], 4);
        assert_eq!(line["EventType"], "UserMovedEventV1");
        assert_eq!(
            line["_aws"]["CloudWatchMetrics"][0]["Dimensions"],
            json!([["FunctionName", "EventType"]])
        );
    }
}
