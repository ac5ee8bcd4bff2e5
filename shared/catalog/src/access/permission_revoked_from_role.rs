//! `PermissionRevokedFromRoleEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time};

use super::rows::GrantRow;
use crate::public;

/// The role has a permission less.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PermissionRevokedFromRoleEventV1 {
    /// The role's identifier, an opaque text.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub role_id: String,
    /// The permission, by the name that is asked for, such as `orders:read`.
    #[schemars(extend("x-identifier" = true, "x-public" = public::ACCESS))]
    pub permission: String,
    /// When it was revoked.
    #[schemars(extend("x-public" = public::TIME))]
    pub revoked_at: Time,
}

impl Event for PermissionRevokedFromRoleEventV1 {
    const TYPE: &'static str = "PermissionRevokedFromRoleEventV1";
    type Row = GrantRow;
    const GUIDE: Guide = Guide {
        published: "The row of a permission is removed from under a role, by hand or by its time to live.",
        not_published: "The role is deleted and the rows of its permissions stay: `RoleDeletedEventV1` stands for \
             them.",
        consumers: "Take the permission from the role at once. Whoever has it by another role keeps it.",
    };

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

    fn sample_change() -> SampleChange {
        SampleChange::removed("access", GrantRow::sample("role-1")).recorded_at("2026-03-01T15:30:00Z")
    }
}
