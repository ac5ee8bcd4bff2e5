//! `PermissionGrantedToRoleEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time, with};

use super::rows::GrantRow;
use crate::public;

/// The role has a permission more.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PermissionGrantedToRoleEventV1 {
    /// The role's identifier, an opaque text.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub role_id: String,
    /// The permission, by the name that is asked for, such as `orders:read`.
    #[schemars(extend("x-identifier" = true, "x-public" = public::ACCESS))]
    pub permission: String,
    /// When it was granted.
    #[schemars(extend("x-public" = public::TIME))]
    pub granted_at: Time,
}

impl Event for PermissionGrantedToRoleEventV1 {
    const TYPE: &'static str = "PermissionGrantedToRoleEventV1";
    type Row = GrantRow;
    const GUIDE: Guide = Guide {
        published: "The row of a permission is inserted under a role.",
        not_published: "The row is written over, whatever changes in it. A role with permissions is assigned to a \
             user: `RoleAssignedToUserEventV1` tells it.",
        consumers: "Add the permission to the role. Everybody who has the role has it from now on.",
    };

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

    fn sample_change() -> SampleChange {
        let new = with(
            GrantRow::sample("role-1"),
            json!({ "grantedAt": "2026-03-01T15:25:00Z" }),
        );
        SampleChange::inserted("access", new).recorded_at("2026-03-01T15:25:00Z")
    }
}
