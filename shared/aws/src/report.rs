//! The report of an invocation: one line of CloudWatch's embedded metric format.

use std::ops::AddAssign;

use serde::Serialize;
use serde_json::json;

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
    }
}

const NAMESPACE: &str = "UserEvents";

impl Report {
    /// The report as a log line that CloudWatch takes for metrics (Amazon CloudWatch User Guide, *Embedded
    /// metric format*), with the function as its dimension.
    pub fn to_metrics(&self, function: &str, milliseconds: i64) -> String {
        let mut line = json!(self);
        let metrics: Vec<_> = line
            .as_object()
            .map(|counts| {
                counts
                    .keys()
                    .map(|name| json!({ "Name": name, "Unit": "Count" }))
                    .collect()
            })
            .unwrap_or_default();
        line["FunctionName"] = json!(function);
        line["_aws"] = json!({
            "Timestamp": milliseconds,
            "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": [["FunctionName"]], "Metrics": metrics }],
        });
        line.to_string()
    }
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
}
