//! `RoleCreatedEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Subject, Time};

use super::rows::RoleRow;
use crate::example::example_time;

/// There is a new role.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleCreatedEventV1 {
    /// The role.
    pub role_id: String,
    /// The role's name.
    pub name: String,
    /// What the role is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether the role belongs to the platform and cannot be edited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_system: Option<bool>,
    /// When the role was created.
    pub created_at: Time,
}

impl Event for RoleCreatedEventV1 {
    const TYPE: &'static str = "RoleCreatedEventV1";
    type Row = RoleRow;

    fn derive(change: &RowChange<'_, RoleRow>) -> Option<Self> {
        let row = change.row;
        change.inserted().then(|| Self {
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

    fn example() -> Self {
        Self {
            role_id: "role-1".into(),
            name: "Support".into(),
            description: Some("Answers customers".into()),
            is_system: Some(false),
            created_at: example_time("2026-03-01T15:00:00.000Z"),
        }
    }
}
