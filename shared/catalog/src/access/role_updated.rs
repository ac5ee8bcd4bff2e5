//! `RoleUpdatedEventV1`.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time, with};

use super::rows::RoleRow;
use crate::public;

/// The role's name, description or kind is another one.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RoleUpdatedEventV1 {
    /// The role's identifier, an opaque text.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub role_id: String,
    /// The attributes that differ from before, sorted.
    #[schemars(extend("x-public" = public::FIELD_NAMES))]
    pub changed_fields: Vec<Cow<'static, str>>,
    /// The role's name, for people.
    #[schemars(extend("x-public" = public::ACCESS))]
    pub name: String,
    /// What the role is for, for people; absent where the row does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::ACCESS))]
    pub description: Option<String>,
    /// Whether the role belongs to the platform and cannot be edited; absent where the row does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::ACCESS))]
    pub is_system: Option<bool>,
    /// When the role was changed.
    #[schemars(extend("x-public" = public::TIME))]
    pub updated_at: Time,
}

impl Event for RoleUpdatedEventV1 {
    const TYPE: &'static str = "RoleUpdatedEventV1";
    type Row = RoleRow;
    const GUIDE: Guide = Guide {
        published: "The row of a role is written over and `name`, `description` or `isSystem` differs from before.",
        not_published: "Its permissions change: `PermissionGrantedToRoleEventV1` and \
             `PermissionRevokedFromRoleEventV1` tell it. Only `updatedAt` or an attribute that is not \
             published changes.",
        consumers: "Replace name and description. Nobody's permissions change by it, so decide nothing by the name \
             of a role.",
    };

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

    fn sample_change() -> SampleChange {
        let old = with(RoleRow::sample("role-1"), json!({ "description": "Answers" }));
        let new = with(
            old.clone(),
            json!({ "description": "Answers customers", "updatedAt": "2026-03-01T15:05:00Z" }),
        );
        SampleChange::modified("access", old, new).recorded_at("2026-03-01T15:05:00Z")
    }
}
