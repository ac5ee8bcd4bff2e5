//! `PermissionRevokedFromRoleEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Subject, Time};

use super::rows::GrantRow;
use crate::example::example_time;

/// The role has a permission less.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PermissionRevokedFromRoleEventV1 {
    /// The role.
    pub role_id: String,
    /// The permission.
    pub permission: String,
    /// When it was revoked.
    pub revoked_at: Time,
}

impl Event for PermissionRevokedFromRoleEventV1 {
    const TYPE: &'static str = "PermissionRevokedFromRoleEventV1";
    type Row = GrantRow;

    fn derive(change: &RowChange<'_, GrantRow>) -> Option<Self> {
        change.removed().then(|| Self {
            role_id: change.row.role_id.clone(),
            permission: change.row.permission.clone(),
            revoked_at: change.time(None),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::Role(&self.role_id)
    }

    fn time(&self) -> Time {
        self.revoked_at
    }

    fn example() -> Self {
        Self {
            role_id: "role-1".into(),
            permission: "orders:read".into(),
            revoked_at: example_time("2026-03-01T15:30:00.000Z"),
        }
    }
}
