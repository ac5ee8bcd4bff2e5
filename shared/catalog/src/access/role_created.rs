//! `RoleCreatedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time, with};

use super::rows::RoleRow;
use crate::public;

/// A role was created.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RoleCreatedEventV1 {
    /// The role's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub role_id: String,
    /// The role's display name.
    #[schemars(extend("x-public" = public::ACCESS))]
    pub name: String,
    /// The role's description, for people; absent if the row has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::ACCESS))]
    pub description: Option<String>,
    /// Whether the role is built into the platform and cannot be edited; absent if the row does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::ACCESS))]
    pub is_system: Option<bool>,
    /// When the role was created.
    #[schemars(extend("x-public" = public::TIME))]
    pub created_at: Time,
}

impl Event for RoleCreatedEventV1 {
    const TYPE: &'static str = "RoleCreatedEventV1";
    type Row = RoleRow;
    const GUIDE: Guide = Guide {
        published: "A role row is inserted.",
        not_published: "A permission is granted to the role, or the role is assigned to a user: those rows \
             publish their own events.",
        consumers: "Create the role without permissions. Each permission follows as its own \
             `PermissionGrantedToRoleEventV1`, in order, because the subject is the same.",
    };

    fn derive(change: &RowChange<'_, RoleRow>) -> Option<Self> {
        let row = change.inserted()?;
        Some(Self {
            role_id: row.role_id.clone(),
            name: row.name.clone(),
            description: row.description.clone(),
            is_system: row.is_system,
            created_at: change.time(Some(row.created_at)),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::Role(&self.role_id)
    }

    fn time(&self) -> Time {
        self.created_at
    }

    fn sample_change() -> SampleChange {
        let new = with(
            RoleRow::sample("role-1"),
            json!({ "createdAt": "2026-03-01T15:00:00Z", "updatedAt": "2026-03-01T15:00:00Z" }),
        );
        SampleChange::inserted("access", new).recorded_at("2026-03-01T15:00:00Z")
    }
}
