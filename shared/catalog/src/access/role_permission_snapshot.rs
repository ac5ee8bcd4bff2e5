//! `RolePermissionSnapshotEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time};

use super::rows::GrantRow;
use crate::public;

/// A permission of a role, as a backfill found it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RolePermissionSnapshotEventV1 {
    /// The role's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub role_id: String,
    /// The permission's name, as services check it, such as `orders:read`.
    #[schemars(extend("x-identifier" = true, "x-public" = public::ACCESS))]
    pub permission: String,
    /// When the permission was granted.
    #[schemars(extend("x-public" = public::TIME))]
    pub granted_at: Time,
}

impl Event for RolePermissionSnapshotEventV1 {
    const TYPE: &'static str = "RolePermissionSnapshotEventV1";
    type Row = GrantRow;
    const SNAPSHOT: bool = true;
    const GUIDE: Guide = Guide {
        published: "A run of `user-events backfill` reads a permission row under a role.",
        not_published: "The role itself: see `RoleSnapshotEventV1`.",
        consumers: "Add the permission to the role, also if you do not know the role yet.",
    };

    fn derive(change: &RowChange<'_, GrantRow>) -> Option<Self> {
        let row = change.inserted()?;
        Some(Self {
            role_id: row.role_id.clone(),
            permission: row.permission.clone(),
            granted_at: row.granted_at,
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::Role(&self.role_id)
    }

    fn time(&self) -> Time {
        self.granted_at
    }

    fn sample_change() -> SampleChange {
        SampleChange::read("access", GrantRow::sample("role-1")).recorded_at("2026-03-02T09:00:00Z")
    }
}
