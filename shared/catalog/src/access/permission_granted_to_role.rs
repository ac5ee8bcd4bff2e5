//! `PermissionGrantedToRoleEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time, with};

use super::rows::GrantRow;
use crate::public;

/// A permission was granted to the role.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PermissionGrantedToRoleEventV1 {
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

impl Event for PermissionGrantedToRoleEventV1 {
    const TYPE: &'static str = "PermissionGrantedToRoleEventV1";
    type Row = GrantRow;
    const GUIDE: Guide = Guide {
        published: "A permission row is inserted under a role.",
        not_published: "The permission row is modified, in any way. A role with permissions is assigned to \
             a user: see `RoleAssignedToUserEventV1`.",
        consumers: "Add the permission to the role. Every user with the role has it from now on.",
    };

    fn derive(change: &RowChange<'_, GrantRow>) -> Option<Self> {
        let row = change.inserted()?;
        Some(Self {
            role_id: row.role_id.clone(),
            permission: row.permission.clone(),
            granted_at: change.time(Some(row.granted_at)),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::Role(&self.role_id)
    }

    fn time(&self) -> Time {
        self.granted_at
    }

    fn sample_change() -> SampleChange {
        let new = with(
            GrantRow::sample("role-1"),
            json!({ "grantedAt": "2026-03-01T15:25:00Z" }),
        );
        SampleChange::inserted("access", new).recorded_at("2026-03-01T15:25:00Z")
    }
}
