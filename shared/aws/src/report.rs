//! The report of an invocation: what it did, in counts and delays.

use std::collections::BTreeMap;

use serde::Serialize;
use user_events_core::{RawRecord, SealedEnvelope, Time};

use crate::key_source::KeyRequests;

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
    /// Requests for data keys.
    pub data_keys_requested: u64,
    /// Requests for data keys that KMS refused, because the seal key is disabled, is to be deleted or may not be used.
    pub data_keys_refused: u64,
    /// Requests for data keys that KMS throttled.
    pub data_keys_throttled: u64,
    /// Requests for data keys that failed, or were not answered in time.
    pub data_keys_failed: u64,
    /// What happened with persons' keys. `None` when the deployment has none.
    #[serde(flatten)]
    pub subject_keys: Option<SubjectKeyCounts>,
    /// Records delivered, by the name of their table. A record that names no table is not in it.
    #[serde(skip)]
    pub records_by_table: BTreeMap<String, u64>,
    /// Accepted events, by type.
    #[serde(skip)]
    pub accepted_by_type: BTreeMap<String, u64>,
    /// Accepted events of types with a sunset, by type.
    #[serde(skip)]
    pub deprecated: BTreeMap<&'static str, u64>,
    /// Milliseconds from the change to the acceptance of each accepted event, by category. DynamoDB rounds the time of a
    /// change down to the second.
    #[serde(skip)]
    pub lags: BTreeMap<&'static str, Vec<u64>>,
}

/// What happened with persons' keys, in counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SubjectKeyCounts {
    /// Requests to the table of persons' keys.
    #[serde(rename = "SubjectKeysRequested")]
    pub requested: u64,
    /// Keys that were created.
    #[serde(rename = "SubjectKeysCreated")]
    pub created: u64,
    /// Requests that failed, were not answered in time, or gave no usable row.
    #[serde(rename = "SubjectKeysFailed")]
    pub failed: u64,
    /// Events that were sealed without their classes, because the person was erased.
    #[serde(rename = "Erased")]
    pub erased: u64,
}

impl Report {
    /// Counts a record that was delivered.
    pub(crate) fn delivered(&mut self, record: &RawRecord) {
        if let Some(table) = record.table() {
            count(&mut self.records_by_table, &table);
        }
    }

    /// Counts an event of a change that its topic accepted at this time. An event that is accepted before its change was
    /// made, by two clocks that differ, has no lag.
    pub(crate) fn accepted(&mut self, event: &SealedEnvelope, changed: Time, at: Time) {
        self.accepted += 1;
        if let Some(event_type) = event.attribute("eventType") {
            count(&mut self.accepted_by_type, event_type);
        }
        if let Some(event_type) = event.deprecated {
            *self.deprecated.entry(event_type.as_str()).or_default() += 1;
        }
        let lag = at.as_millisecond().saturating_sub(changed.as_millisecond());
        let lags = self.lags.entry(event.category).or_default();
        lags.push(u64::try_from(lag).unwrap_or_default());
    }

    /// Counts requests for data keys.
    pub(crate) fn requested(&mut self, requests: KeyRequests) {
        self.data_keys_requested += requests.sent;
        self.data_keys_refused += requests.refused;
        self.data_keys_throttled += requests.throttled;
        self.data_keys_failed += requests.failed;
    }
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => {
            counts.insert(name.to_owned(), 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use user_events_core::MessageAttribute;

    use super::*;

    fn accepted(report: &mut Report, changed: i64, at: i64) {
        let event = SealedEnvelope {
            id: String::new(),
            category: "account",
            partition_key: String::new(),
            body: String::new(),
            deprecated: None,
            attributes: vec![MessageAttribute::text("eventType", "UserMovedEventV1")],
        };
        let time = |milliseconds| Time::from_millisecond(milliseconds).unwrap();
        report.accepted(&event, time(changed), time(at));
    }

    #[test]
    fn the_lag_is_from_the_change_to_the_acceptance_and_never_negative() {
        let mut report = Report::default();
        accepted(&mut report, 1_772_366_400_000, 1_772_366_400_250);
        accepted(&mut report, 1_772_366_400_000, 1_772_366_399_000);
        assert_eq!(report.lags, [("account", vec![250, 0])].into());
    }

    #[test]
    fn accepted_events_are_counted_by_type() {
        let mut report = Report::default();
        accepted(&mut report, 0, 0);
        accepted(&mut report, 0, 0);
        let by_type = [("UserMovedEventV1".to_owned(), 2)].into();
        assert_eq!((report.accepted, report.accepted_by_type), (2, by_type));
    }
}
