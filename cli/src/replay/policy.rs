//! The replay policy of a subscription (Amazon SNS Developer Guide, *Message replay for FIFO topic subscribers*).

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use user_events_core::Time;

/// The policy that ends a replay: none.
pub(super) const NONE: &str = "{}";
/// The clocks of AWS and of a caller differ by at most five minutes: AWS refuses a request that is signed at another time
/// (AWS Identity and Access Management User Guide, *Signature Version 4 request*).
const CLOCKS_DIFFER_MS: i64 = 5 * 60 * 1_000;

/// From when until when SNS delivers again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ReplayPolicy {
    pub(super) since: Time,
    /// Where the subscription pauses. `None`: it goes on with what is published.
    pub(super) until: Option<Time>,
}

/// As SNS writes it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    point_type: String,
    starting_point: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ending_point: Option<String>,
}

impl ReplayPolicy {
    /// Fails when a time is in the future, and when the end is not after the beginning.
    pub(super) fn new(since: Option<Time>, until: Option<Time>, now: Time) -> Result<Self> {
        let since = since.context("name the beginning with --since")?;
        ensure!(
            since < now,
            "--since is in the future; name a time from which events were published"
        );
        if let Some(until) = until {
            ensure!(since < until, "--until is not after --since; name a later time");
            ensure!(
                until < now,
                "--until is in the future; leave it out, and the subscription goes on with what is published"
            );
        }
        Ok(Self { since, until })
    }

    /// The policy as SNS takes it.
    pub(super) fn document(&self) -> String {
        let document = Document {
            point_type: "Timestamp".to_owned(),
            starting_point: self.since.to_string(),
            ending_point: self.until.map(|until| until.to_string()),
        };
        serde_json::json!(document).to_string()
    }

    /// Reads the policy of a subscription. `None` if there is none, or if this version does not understand it.
    pub(super) fn read(text: &str) -> Option<Self> {
        let document: Document = serde_json::from_str(text).ok()?;
        Some(Self {
            since: Time::parse(&document.starting_point)?,
            until: document
                .ending_point
                .filter(|end| !end.is_empty())
                .and_then(|end| Time::parse(&end)),
        })
    }
}

/// The policy of a subscription that must miss nothing since a time of this machine, and that time as AWS may see it.
pub(crate) fn from_start(start: Time) -> (Time, String) {
    let earliest = Time::from_millisecond(start.as_millisecond() - CLOCKS_DIFFER_MS).unwrap_or(start);
    let policy = ReplayPolicy {
        since: earliest,
        until: None,
    };
    (earliest, policy.document())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        Time::parse(text).unwrap()
    }

    #[test]
    fn a_policy_is_written_as_the_developer_guide_shows_it_and_read_again() {
        let now = at("2023-10-02T00:00:00Z");
        let (since, until) = (at("2023-10-01T10:00:00Z"), at("2023-10-01T12:00:00Z"));
        let whole = ReplayPolicy::new(Some(since), Some(until), now).unwrap();
        assert_eq!(
            whole.document(),
            r#"{"PointType":"Timestamp","StartingPoint":"2023-10-01T10:00:00.000Z","EndingPoint":"2023-10-01T12:00:00.000Z"}"#
        );
        let open = ReplayPolicy::new(Some(since), None, now).unwrap();
        assert_eq!(
            open.document(),
            r#"{"PointType":"Timestamp","StartingPoint":"2023-10-01T10:00:00.000Z"}"#
        );
        for policy in [whole, open] {
            assert_eq!(ReplayPolicy::read(&policy.document()), Some(policy));
        }
        assert_eq!(ReplayPolicy::read(NONE), None);
        assert_eq!(ReplayPolicy::read(""), None);
    }

    #[test]
    fn the_times_are_in_order_and_in_the_past() {
        let now = at("2026-03-01T12:00:00Z");
        let (before, after) = (at("2026-03-01T11:59:59.999Z"), at("2026-03-01T12:00:00.001Z"));
        assert!(ReplayPolicy::new(Some(before), None, now).is_ok());
        for (since, until, part) in [
            (None, None, "--since"),
            (Some(now), None, "--since is in the future"),
            (Some(before), Some(before), "--until is not after"),
            (Some(before), Some(after), "--until is in the future"),
        ] {
            let error = ReplayPolicy::new(since, until, now).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_policy_from_a_start_covers_clocks_that_differ() {
        let (earliest, document) = from_start(at("2026-03-01T12:00:00Z"));
        assert_eq!(earliest, at("2026-03-01T11:55:00Z"));
        assert!(document.contains("2026-03-01T11:55:00.000Z") && !document.contains("EndingPoint"));
    }
}
