//! `RoleSnapshotEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time};

use super::rows::RoleRow;
use crate::public;

/// A role, as a backfill found it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RoleSnapshotEventV1 {
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
    /// When the role was written last.
    #[schemars(extend("x-public" = public::TIME))]
    pub updated_at: Time,
}

impl Event for RoleSnapshotEventV1 {
    const TYPE: &'static str = "RoleSnapshotEventV1";
    type Row = RoleRow;
    const SNAPSHOT: bool = true;
    const GUIDE: Guide = Guide {
        published: "A run of `user-events backfill` reads a role row.",
        not_published: "The permissions of the role, and who has it: those rows have their own snapshots.",
        consumers: "Store the role, in place of what you have of it. Its permissions may come before it: snapshots have no order among each other.",
    };

    fn derive(change: &RowChange<'_, RoleRow>) -> Option<Self> {
        let row = change.inserted()?;
        Some(Self {
            role_id: row.role_id.clone(),
            name: row.name.clone(),
            description: row.description.clone(),
            is_system: row.is_system,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::Role(&self.role_id)
    }

    fn time(&self) -> Time {
        self.updated_at
    }

    fn sample_change() -> SampleChange {
        SampleChange::read("access", RoleRow::sample("role-1")).recorded_at("2026-03-02T09:00:00Z")
    }
}
