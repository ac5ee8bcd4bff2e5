//! `PermissionGrantedToRoleEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Subject, Time};

use super::rows::GrantRow;
use crate::example::example_time;

/// The role has a permission more.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PermissionGrantedToRoleEventV1 {
    /// The role.
    pub role_id: String,
    /// The permission.
    pub permission: String,
    /// When it was granted.
    pub granted_at: Time,
}

impl Event for PermissionGrantedToRoleEventV1 {
    const TYPE: &'static str = "PermissionGrantedToRoleEventV1";
    type Row = GrantRow;

    fn derive(change: &RowChange<'_, GrantRow>) -> Option<Self> {
        change.inserted().then(|| Self {
            role_id: change.row.role_id.clone(),
            permission: change.row.permission.clone(),
            granted_at: change.time(Some(change.row.granted_at)),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::Role(&self.role_id)
    }

    fn time(&self) -> Time {
        self.granted_at
    }

    fn example() -> Self {
        Self {
            role_id: "role-1".into(),
            permission: "orders:read".into(),
            granted_at: example_time("2026-03-01T15:25:00.000Z"),
        }
    }
}
