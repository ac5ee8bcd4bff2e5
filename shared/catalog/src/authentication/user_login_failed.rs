//! `UserLoginFailedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Choice, Event, Guide, RowChange, SampleChange, Seal, Sensitive, Subject, Time, with};

use super::rows::AttemptRow;
use super::values::FailureReason;
use crate::classes::Network;
use crate::public;

/// A login failed. The name that was typed is never published, because it may be a password.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserLoginFailedEventV1 {
    /// The user's ID, an opaque string; absent if the name belongs to no user.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: Option<String>,
    /// The attempt's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub attempt_id: String,
    /// Why the login failed.
    #[schemars(extend("x-public" = public::REASON))]
    pub failure_reason: Choice<FailureReason>,
    /// The number of failed attempts since the last login, including this one; absent if the row does not
    /// say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::COUNT))]
    pub consecutive_failures: Option<u32>,
    /// When the attempt was made.
    #[schemars(extend("x-public" = public::TIME))]
    pub attempted_at: Time,
    /// The origin of the attempt; absent if nothing is known about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Sensitive<Network>>,
}

impl Event for UserLoginFailedEventV1 {
    const TYPE: &'static str = "UserLoginFailedEventV1";
    type Row = AttemptRow;
    const GUIDE: Guide = Guide {
        published: "An attempt row is inserted.",
        not_published: "An attempt row is modified or removed: attempts are kept for a while and then \
             removed.",
        consumers: "Count failures by user, address or device to detect password guessing. If `userId` is \
             absent, the user is unknown and the event's subject is the attempt. Each attempt has a message group \
             of its own (`attempts/<attemptId>`), so do not rely on an order among attempts, nor between an attempt \
             and the user's other events: order attempts by `attemptedAt`.",
    };

    fn derive(change: &RowChange<'_, AttemptRow>) -> Option<Self> {
        let row = change.inserted()?;
        Some(Self {
            user_id: row.user_id.clone(),
            attempt_id: row.attempt_id.clone(),
            failure_reason: row.failure_reason.clone(),
            consecutive_failures: row.consecutive_failures,
            attempted_at: change.time(Some(row.attempted_at)),
            network: Sensitive::new(row.network.clone()),
        })
    }

    fn subject(&self) -> Subject<'_> {
        self.user_id
            .as_deref()
            .map_or(Subject::Attempt(&self.attempt_id), Subject::User)
    }

    /// Whoever guesses a user's password must not hold up the user's other events.
    fn lane(&self) -> Subject<'_> {
        Subject::Attempt(&self.attempt_id)
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

    fn sample_change() -> SampleChange {
        let new = with(
            AttemptRow::sample("USER#user-1"),
            json!({
                "attemptedAt": "2026-03-01T14:40:00Z", "ipAddress": "192.0.2.10", "userAgent": "ExampleBrowser/1.0",
                "deviceId": "device-7",
            }),
        );
        SampleChange::inserted("authentication", new).recorded_at("2026-03-01T14:40:00Z")
    }
}
