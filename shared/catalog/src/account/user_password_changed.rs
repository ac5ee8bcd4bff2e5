//! `UserPasswordChangedEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Subject, Time};

use super::rows::AccountRow;
use crate::example::example_time;

/// The user has another password. Only `passwordChangedAt` tells: a new hash of the same password is no
/// change.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserPasswordChangedEventV1 {
    /// The user.
    pub user_id: String,
    /// Why, where the User Service noted it with the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the password was changed.
    pub changed_at: Time,
}

impl Event for UserPasswordChangedEventV1 {
    const TYPE: &'static str = "UserPasswordChangedEventV1";
    type Row = AccountRow;

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        change
            .modified()
            .filter(|_| change.differs("passwordChangedAt"))?;
        let changed_at = change.row.password_changed_at?;
        Some(Self {
            user_id: change.row.user_id.clone(),
            reason: change.reason(),
            changed_at: change.time(Some(changed_at)),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.changed_at
    }

    fn example() -> Self {
        Self {
            user_id: "user-1".into(),
            reason: Some("RESET".into()),
            changed_at: example_time("2026-03-01T12:25:00.000Z"),
        }
    }
}
