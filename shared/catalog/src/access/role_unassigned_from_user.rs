//! `RoleUnassignedFromUserEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Subject, Time};

use super::rows::{AssignmentRow, UnassignmentReason};
use crate::example::example_time;

/// The user no longer has the role.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleUnassignedFromUserEventV1 {
    /// The user.
    pub user_id: String,
    /// The role.
    pub role_id: String,
    /// Why.
    pub reason: UnassignmentReason,
    /// When the assignment ended.
    pub unassigned_at: Time,
}

impl Event for RoleUnassignedFromUserEventV1 {
    const TYPE: &'static str = "RoleUnassignedFromUserEventV1";
    type Row = AssignmentRow;

    fn derive(change: &RowChange<'_, AssignmentRow>) -> Option<Self> {
        change.removed().then(|| Self {
            user_id: change.row.user_id.clone(),
            role_id: change.row.role_id.clone(),
            reason: match change.removed_by_ttl() {
                true => UnassignmentReason::Expired,
                false => UnassignmentReason::Removed,
            },
            unassigned_at: change.time(None),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.unassigned_at
    }

    fn example() -> Self {
        Self {
            user_id: "user-1".into(),
            role_id: "role-1".into(),
            reason: UnassignmentReason::Removed,
            unassigned_at: example_time("2026-03-01T15:20:00.000Z"),
        }
    }
}
