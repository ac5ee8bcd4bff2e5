//! `RoleAssignedToUserEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Subject, Time};

use super::rows::AssignmentRow;
use crate::example::example_time;

/// The user has a role, or has it within another scope or until another time.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleAssignedToUserEventV1 {
    /// The user.
    pub user_id: String,
    /// The role.
    pub role_id: String,
    /// What the role is limited to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// When the role was assigned.
    pub assigned_at: Time,
    /// When the assignment ends by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Time>,
}

impl Event for RoleAssignedToUserEventV1 {
    const TYPE: &'static str = "RoleAssignedToUserEventV1";
    type Row = AssignmentRow;

    fn derive(change: &RowChange<'_, AssignmentRow>) -> Option<Self> {
        let changed = change.differs("scope") || change.differs("expiresAt");
        let row = change.row;
        (change.inserted() || change.modified().is_some() && changed).then(|| Self {
            user_id: row.user_id.clone(),
            role_id: row.role_id.clone(),
            scope: row.scope.clone(),
            assigned_at: change.time(Some(row.assigned_at)),
            expires_at: row.expires_at,
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.assigned_at
    }

    fn example() -> Self {
        Self {
            user_id: "user-1".into(),
            role_id: "role-1".into(),
            scope: Some("shop-1".into()),
            assigned_at: example_time("2026-03-01T15:15:00.000Z"),
            expires_at: Some(example_time("2026-03-01T18:15:00.000Z")),
        }
    }
}
