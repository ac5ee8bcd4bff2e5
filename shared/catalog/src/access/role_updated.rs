//! `RoleUpdatedEventV1`.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time, with};

use super::rows::RoleRow;
use crate::public;

/// The role's name, description or `isSystem` flag changed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RoleUpdatedEventV1 {
    /// The role's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub role_id: String,
    /// The names of the changed attributes, sorted.
    #[schemars(extend("x-public" = public::FIELD_NAMES))]
    pub changed_fields: Vec<Cow<'static, str>>,
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
    /// When the role changed.
    #[schemars(extend("x-public" = public::TIME))]
    pub updated_at: Time,
}

impl Event for RoleUpdatedEventV1 {
    const TYPE: &'static str = "RoleUpdatedEventV1";
    type Row = RoleRow;
    const GUIDE: Guide = Guide {
        published: "A role row is modified and `name`, `description` or `isSystem` differs.",
        not_published: "The role's permissions change: see `PermissionGrantedToRoleEventV1` and \
             `PermissionRevokedFromRoleEventV1`. Only `updatedAt` or an attribute that is not published \
             changes.",
        consumers: "Replace name and description. The event changes no permissions, and a role's name must \
             not decide anything.",
    };

    fn derive(change: &RowChange<'_, RoleRow>) -> Option<Self> {
        let row = change.modified()?.row;
        let changed_fields = change.changed_fields(RoleRow::PUBLISHED);
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
