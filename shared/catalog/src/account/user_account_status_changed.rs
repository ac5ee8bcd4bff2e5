//! `UserAccountStatusChangedEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Subject, Time};

use super::rows::{AccountRow, AccountStatus, DELETED};
use crate::example::example_time;

/// The account's status is another one. Deletion is an event of its own, and so is never told here.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserAccountStatusChangedEventV1 {
    /// The user.
    pub user_id: String,
    /// The status before; absent where the row held none that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_status: Option<AccountStatus>,
    /// The status now.
    pub status: AccountStatus,
    /// Why: the row's `statusReason`, else what the User Service noted with the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the status changed.
    pub changed_at: Time,
}

impl Event for UserAccountStatusChangedEventV1 {
    const TYPE: &'static str = "UserAccountStatusChangedEventV1";
    type Row = AccountRow;

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let old = change.modified().filter(|_| change.differs("status"))?;
        let row = change.row;
        if row.status == AccountStatus::Deleted || old.text("status") == Some(DELETED) {
            return None;
        }
        Some(Self {
            user_id: row.user_id.clone(),
            previous_status: old.choice("status"),
            status: row.status,
            reason: row.status_reason.clone().or_else(|| change.reason()),
            changed_at: change.time_moved(row.updated_at),
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
            previous_status: Some(AccountStatus::Active),
            status: AccountStatus::Suspended,
            reason: Some("PAYMENT_DISPUTE".into()),
            changed_at: example_time("2026-03-01T12:30:00.000Z"),
        }
    }
}
