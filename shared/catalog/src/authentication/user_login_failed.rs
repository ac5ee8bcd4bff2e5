//! `UserLoginFailedEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Seal, Sensitive, Subject, Time};

use super::rows::{AttemptRow, FailureReason};
use crate::classes::Network;
use crate::example::example_time;

/// Somebody failed to log in. What was typed as the user's name is never published, because it may be a
/// password.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserLoginFailedEventV1 {
    /// The user; absent where nobody known was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The attempt.
    pub attempt_id: String,
    /// Why it failed.
    pub failure_reason: FailureReason,
    /// How many attempts have failed since the last log-in, this one included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consecutive_failures: Option<u32>,
    /// When it was tried.
    pub attempted_at: Time,
    /// Where the log-in came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Sensitive<Network>>,
}

impl Event for UserLoginFailedEventV1 {
    const TYPE: &'static str = "UserLoginFailedEventV1";
    type Row = AttemptRow;

    fn derive(change: &RowChange<'_, AttemptRow>) -> Option<Self> {
        let row = change.row;
        change.inserted().then(|| Self {
            user_id: row.user_id.clone(),
            attempt_id: row.attempt_id.clone(),
            failure_reason: row.failure_reason,
            consecutive_failures: row.consecutive_failures,
            attempted_at: change.time(Some(row.attempted_at)),
            network: Sensitive::of(row.network.clone()),
        })
    }

    fn subject(&self) -> Subject<'_> {
        self.user_id
            .as_deref()
            .map_or(Subject::Attempt(&self.attempt_id), Subject::User)
    }

    fn time(&self) -> Time {
        self.attempted_at
    }

    fn sensitive(&mut self) -> Vec<&mut dyn Seal> {
        self.network
            .iter_mut()
            .map(|class| class as &mut dyn Seal)
            .collect()
    }

    fn example() -> Self {
        Self {
            user_id: Some("user-1".into()),
            attempt_id: "attempt-1".into(),
            failure_reason: FailureReason::InvalidCredentials,
            consecutive_failures: Some(3),
            attempted_at: example_time("2026-03-01T14:40:00.000Z"),
            network: Sensitive::of(Network::example()),
        }
    }
}
