//! `RoleUpdatedEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Subject, Time};

use super::rows::RoleRow;
use crate::example::example_time;

/// The role's name, description or kind is another one.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleUpdatedEventV1 {
    /// The role.
    pub role_id: String,
    /// The attributes that differ from before, sorted.
    pub changed_fields: Vec<&'static str>,
    /// The role's name.
    pub name: String,
    /// What the role is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether the role belongs to the platform and cannot be edited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_system: Option<bool>,
    /// When the role was changed.
    pub updated_at: Time,
}

impl Event for RoleUpdatedEventV1 {
    const TYPE: &'static str = "RoleUpdatedEventV1";
    type Row = RoleRow;

    fn derive(change: &RowChange<'_, RoleRow>) -> Option<Self> {
        change.modified()?;
        let changed_fields = change.changed_fields(RoleRow::PUBLISHED);
        let row = change.row;
        (!changed_fields.is_empty()).then(|| Self {
            role_id: row.role_id.clone(),
            changed_fields,
            name: row.name.clone(),
            description: row.description.clone(),
            is_system: row.is_system,
            updated_at: change.time_moved(row.updated_at),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::Role(&self.role_id)
    }

    fn time(&self) -> Time {
        self.updated_at
    }

    fn example() -> Self {
        Self {
            role_id: "role-1".into(),
            changed_fields: vec!["description"],
            name: "Support".into(),
            description: Some("Answers customers".into()),
            is_system: Some(false),
            updated_at: example_time("2026-03-01T15:05:00.000Z"),
        }
    }
}
