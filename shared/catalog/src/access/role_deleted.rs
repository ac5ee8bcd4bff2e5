//! `RoleDeletedEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Subject, Time};

use super::rows::RoleRow;
use crate::example::example_time;

/// The role is no more.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleDeletedEventV1 {
    /// The role.
    pub role_id: String,
    /// The role's name.
    pub name: String,
    /// When the role was deleted.
    pub deleted_at: Time,
}

impl Event for RoleDeletedEventV1 {
    const TYPE: &'static str = "RoleDeletedEventV1";
    type Row = RoleRow;

    fn derive(change: &RowChange<'_, RoleRow>) -> Option<Self> {
        change.removed().then(|| Self {
            role_id: change.row.role_id.clone(),
            name: change.row.name.clone(),
            deleted_at: change.time(None),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::Role(&self.role_id)
    }

    fn time(&self) -> Time {
        self.deleted_at
    }

    fn example() -> Self {
        Self {
            role_id: "role-1".into(),
            name: "Support".into(),
            deleted_at: example_time("2026-03-01T15:10:00.000Z"),
        }
    }
}
