//! `PermissionRevokedFromRoleEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time};

use super::rows::GrantRow;
use crate::public;

/// A permission was revoked from the role.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PermissionRevokedFromRoleEventV1 {
    /// The role's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub role_id: String,
    /// The permission's name, as services check it, such as `orders:read`.
    #[schemars(extend("x-identifier" = true, "x-public" = public::ACCESS))]
    pub permission: String,
    /// When the permission was revoked.
    #[schemars(extend("x-public" = public::TIME))]
    pub revoked_at: Time,
}

impl Event for PermissionRevokedFromRoleEventV1 {
    const TYPE: &'static str = "PermissionRevokedFromRoleEventV1";
    type Row = GrantRow;
    const GUIDE: Guide = Guide {
        published: "A permission row is removed under a role, by a delete or by its time to live.",
        not_published: "The role is deleted and the permission rows remain: see `RoleDeletedEventV1`.",
        consumers: "Remove the permission from the role immediately. A user who has it through another role \
             keeps it.",
    };

    fn derive(change: &RowChange<'_, GrantRow>) -> Option<Self> {
        let row = change.removed()?;
        Some(Self {
            role_id: row.role_id.clone(),
            permission: row.permission.clone(),
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
