//! The report of an invocation in CloudWatch's embedded metric format.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::report::Report;

const NAMESPACE: &str = "UserEvents";

/// The most values of one metric in a line (Amazon CloudWatch User Guide, *Specification: Embedded metric format*, Target
/// members). The format has no member for how often a value occurs.
const MAX_VALUES: usize = 100;

impl Report {
    /// The report as log lines that CloudWatch reads as metrics (Amazon CloudWatch User Guide, *Embedded metric format*).
    /// The first line has all counts, with the function as dimension. Each further line has one metric, with the function
    /// and one more dimension:
    ///
    /// - `Records` by `Table`,
    /// - `Accepted` by `EventType`,
    /// - `Deprecated` by `EventType`, for types with a sunset,
    /// - `Lag` by `Category`, as values in milliseconds, up to 100 in a line.
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
        let mut lines = Lines {
            text: counts.to_string(),
            function,
            milliseconds,
        };
        for (table, records) in &self.records_by_table {
            lines.count("Records", records, ["Table", table]);
        }
        for (event_type, accepted) in &self.accepted_by_type {
            lines.count("Accepted", accepted, ["EventType", event_type]);
        }
        for (event_type, accepted) in &self.deprecated {
            lines.count("Deprecated", accepted, ["EventType", event_type]);
        }
        for (category, lags) in &self.lags {
            for lags in lags.chunks(MAX_VALUES) {
                lines.metric("Lag", "Milliseconds", json!(lags), ["Category", category]);
            }
        }
        lines.text
    }
}

/// Log lines under way.
struct Lines<'a> {
    text: String,
    function: &'a str,
    milliseconds: i64,
}

impl Lines<'_> {
    fn count(&mut self, name: &str, count: &u64, dimension: [&str; 2]) {
        self.metric(name, "Count", json!(count), dimension);
    }

    /// Adds a line with one metric. Its dimensions are the function, and this name with this value.
    fn metric(&mut self, name: &str, unit: &str, value: Value, [dimension, of]: [&str; 2]) {
        let dimensions = json!(["FunctionName", dimension]);
        let line = json!({
            name: value,
            "FunctionName": self.function,
            dimension: of,
            "_aws": directive(self.milliseconds, dimensions, json!([{ "Name": name, "Unit": unit }])),
        });
        // Writing to a `String` does not fail.
        write!(self.text, "\n{line}").ok();
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

    /// The largest event of CloudWatch Logs was 256 KB for years, and is 1 MB now.
    const MAX_LINE_BYTES: usize = 256 * 1024;
    const MAX_METRICS: usize = 100;
    const MAX_DIMENSIONS: usize = 30;

    fn lines(report: &Report) -> Vec<Value> {
        let lines = report.to_metrics("dev-account", 1_772_366_400_000);
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Asserts that the line is within the limits of the format, and that it has every member that it names.
    fn assert_valid(line: &Value) {
        assert!(line.to_string().len() <= MAX_LINE_BYTES);
        for directive in line["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
            let dimensions = directive["Dimensions"][0].as_array().unwrap();
            assert!(dimensions.len() <= MAX_DIMENSIONS);
            for dimension in dimensions {
                let value = line[dimension.as_str().unwrap()].as_str().unwrap();
                assert!((1..=1024).contains(&value.len()));
            }
            let metrics = directive["Metrics"].as_array().unwrap();
            assert!(metrics.len() <= MAX_METRICS);
            for metric in metrics {
                match &line[metric["Name"].as_str().unwrap()] {
                    Value::Array(values) => {
                        assert!((1..=MAX_VALUES).contains(&values.len()));
                        assert!(values.iter().all(Value::is_u64));
                    }
                    value => assert!(value.is_u64()),
                }
            }
        }
    }

    #[test]
    fn every_count_is_a_metric_of_the_function() {
        let lines = lines(&Report {
            parked: 2,
            ..Report::default()
        });
        let [line] = lines.as_slice() else {
            panic!("one line: {lines:?}")
        };
        assert_eq!(
            (&line["Parked"], &line["FunctionName"]),
            (&json!(2), &json!("dev-account"))
        );
        let metrics = &line["_aws"]["CloudWatchMetrics"][0]["Metrics"];
        assert_eq!(metrics.as_array().unwrap().len(), 20);
        assert_valid(line);
    }

    #[test]
    fn counts_by_table_and_type_are_metrics_of_their_own() {
        let report = Report {
            records_by_table: [("accounts".to_owned(), 9)].into(),
            accepted_by_type: [("UserMovedEventV1".to_owned(), 5)].into(),
            deprecated: [("UserMovedEventV1", 4)].into(),
            ..Report::default()
        };
        let lines = lines(&report);
        lines.iter().for_each(assert_valid);
        let own: Vec<_> = lines
            .iter()
            .skip(1)
            .map(|line| &line["_aws"]["CloudWatchMetrics"][0])
            .map(|directive| (&directive["Metrics"][0]["Name"], &directive["Dimensions"]))
            .collect();
        let by = |name: &str| json!([["FunctionName", name]]);
        assert_eq!(
            own,
            [
                (&json!("Records"), &by("Table")),
                (&json!("Accepted"), &by("EventType")),
                (&json!("Deprecated"), &by("EventType"))
            ]
        );
        assert_eq!(
            (&lines[1]["Records"], &lines[1]["Table"]),
            (&json!(9), &json!("accounts"))
        );
        assert_eq!(lines[3]["Deprecated"], 4);
    }

    #[test]
    fn a_line_has_at_most_a_hundred_lags() {
        for (lags, expected) in [(1, vec![1]), (100, vec![100]), (101, vec![100, 1])] {
            let report = Report {
                lags: [("account", vec![7; lags])].into(),
                ..Report::default()
            };
            let lines = lines(&report);
            let sizes: Vec<_> = lines
                .iter()
                .skip(1)
                .map(|line| line["Lag"].as_array().unwrap().len())
                .collect();
            assert_eq!(sizes, expected);
        }
    }

    #[test]
    fn ten_thousand_events_of_every_category_and_a_hundred_types_stay_within_the_limits() {
        let categories = ["account", "profile", "authentication", "access"];
        let report = Report {
            accepted: 10_000,
            accepted_by_type: (0..100)
                .map(|number| (format!("Type{number}EventV1"), 100))
                .collect(),
            records_by_table: (0..5).map(|number| (format!("table-{number}"), 2_000)).collect(),
            lags: categories
                .map(|category| (category, (0..2_500).map(|lag| lag * 86_400).collect()))
                .into(),
            ..Report::default()
        };
        let lines = lines(&report);
        lines.iter().for_each(assert_valid);
        let lags: Vec<u64> = lines
            .iter()
            .flat_map(|line| line["Lag"].as_array().into_iter().flatten())
            .map(|lag| lag.as_u64().unwrap())
            .collect();
        assert_eq!(lags.len(), 10_000);
        assert_eq!(lags.iter().sum::<u64>(), 4 * 86_400 * (0..2_500).sum::<u64>());
        assert_eq!(lines.len(), 1 + 5 + 100 + 100);
        let bytes = report.to_metrics("dev-account", 1_772_366_400_000).len();
        assert!(bytes < 160 * 1024, "{bytes}");
    }
}
