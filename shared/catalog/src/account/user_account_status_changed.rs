//! `UserAccountStatusChangedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Choice, Event, Guide, Modified, RowChange, SampleChange, Subject, Time, with};

use super::rows::{AccountRow, AccountStatus};
use crate::public;

/// The account's status changed. Deletion has an event of its own, `UserDeletedEventV1`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserAccountStatusChangedEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The status before the change; absent if the row held none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::STATE))]
    pub previous_status: Option<Choice<AccountStatus>>,
    /// The status after the change.
    #[schemars(extend("x-public" = public::STATE))]
    pub status: Choice<AccountStatus>,
    /// The cause, a code such as `PAYMENT_DISPUTE`: the row's `statusReason` if this change set it, or else the
    /// reason that the User Service recorded with the change; absent if there is neither.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::REASON))]
    pub reason: Option<String>,
    /// When the status changed.
    #[schemars(extend("x-public" = public::TIME))]
    pub changed_at: Time,
}

impl Event for UserAccountStatusChangedEventV1 {
    const TYPE: &'static str = "UserAccountStatusChangedEventV1";
    type Row = AccountRow;
    const GUIDE: Guide = Guide {
        published: "An account row is modified, `status` differs, and neither the old nor the new status is \
             `DELETED`.",
        not_published: "The status becomes `DELETED`: see `UserDeletedEventV1`. The status was `DELETED`: \
             no event brings a deleted user back. The account is new: `UserRegisteredEventV1` has its first \
             status.",
        consumers: "Serve the user while `status` is `ACTIVE`, and treat an unknown status as not active. \
             Decide by `status` alone; `previousStatus` is for reports.",
    };

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let Modified { old, row } = change.modified().filter(|_| change.differs("status"))?;
        let row = row.live()?;
        let previous_status = old.choice("status");
        if previous_status == Some(Choice::Known(AccountStatus::Deleted)) {
            return None;
        }
        // A reason that this change did not set belongs to an earlier one.
        let own_reason = row
            .status_reason
            .clone()
            .filter(|_| change.differs("statusReason"));
        Some(Self {
            user_id: row.user_id.clone(),
            previous_status,
            status: row.status.clone(),
            reason: own_reason.or_else(|| change.reason()),
            changed_at: change.time_moved(row.updated_at),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.changed_at
    }

    fn sample_change() -> SampleChange {
        let old = with(AccountRow::sample("user-1"), json!({ "status": "ACTIVE" }));
        let new = with(
            old.clone(),
            json!({
                "status": "SUSPENDED", "statusReason": "PAYMENT_DISPUTE", "updatedAt": "2026-03-01T12:30:00Z", "version": 2,
            }),
        );
        SampleChange::modified("accounts", old, new).recorded_at("2026-03-01T12:30:00Z")
    }
}
