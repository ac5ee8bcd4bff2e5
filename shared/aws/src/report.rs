//! The report of an invocation: one line of CloudWatch's embedded metric format.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::Serialize;
use serde_json::{Value, json};

/// What an invocation did, in counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Report {
    /// Records delivered.
    pub records: u64,
    /// Events derived.
    pub events: u64,
    /// Events that the topics accepted.
    pub accepted: u64,
    /// Events that this instance had seen accepted before, and did not send again.
    pub remembered: u64,
    /// Records set aside.
    pub parked: u64,
    /// Rows of a kind that is no event's business.
    pub skipped: u64,
    /// Changes that were made in another region of a global table.
    pub elsewhere: u64,
    /// Changes whose `lastChange` was malformed, and ignored.
    pub malformed_last_change: u64,
    /// Entries that were sent again.
    pub retried: u64,
    /// Records that are delivered again.
    pub unsettled: u64,
    /// Events of types with a sunset that the topics accepted, by type.
    #[serde(skip)]
    pub deprecated: BTreeMap<&'static str, u64>,
}

impl AddAssign for Report {
    fn add_assign(&mut self, other: Self) {
        self.records += other.records;
        self.events += other.events;
        self.accepted += other.accepted;
        self.remembered += other.remembered;
        self.parked += other.parked;
        self.skipped += other.skipped;
        self.elsewhere += other.elsewhere;
        self.malformed_last_change += other.malformed_last_change;
        self.retried += other.retried;
        self.unsettled += other.unsettled;
        for (event_type, accepted) in other.deprecated {
            *self.deprecated.entry(event_type).or_default() += accepted;
        }
    }
}

const NAMESPACE: &str = "UserEvents";

impl Report {
    /// The report as log lines that CloudWatch takes for metrics (Amazon CloudWatch User Guide, *Embedded
    /// metric format*): one with the function as its dimension, and one more for each deprecated type that was still
    /// published, with function and type as dimensions.
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

/// What tells CloudWatch which members of a line are metrics, and which dimensions.
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
        assert_eq!(metrics.len(), 10);
        assert!(
            metrics
                .iter()
                .all(|metric| line[metric["Name"].as_str().unwrap()].is_u64())
        );
    }

    #[test]
    fn what_is_still_published_of_a_deprecated_type_is_a_metric_of_its_own() {
        let mut report = Report {
            deprecated: [("UserMovedEventV1", 2)].into(),
            ..Report::default()
        };
        report += report.clone();
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
