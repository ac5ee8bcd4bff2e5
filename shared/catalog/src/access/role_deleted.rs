//! `RoleDeletedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time};

use super::rows::RoleRow;
use crate::public;

/// The role was deleted.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RoleDeletedEventV1 {
    /// The role's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub role_id: String,
    /// The role's display name; absent if the removed row held none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::ACCESS))]
    pub name: Option<String>,
    /// When the role was deleted.
    #[schemars(extend("x-public" = public::TIME))]
    pub deleted_at: Time,
}

impl Event for RoleDeletedEventV1 {
    const TYPE: &'static str = "RoleDeletedEventV1";
    type Row = RoleRow;
    const GUIDE: Guide = Guide {
        published: "A role row is removed, by a delete or by its time to live.",
        not_published: "The role's permissions and assignments are separate rows: they publish their own \
             events if they are removed, and none if they remain.",
        consumers: "Remove the role and its permissions from every user immediately, without waiting for \
             other events.",
    };

    fn derive(change: &RowChange<'_, RoleRow>) -> Option<Self> {
        let row = change.removed()?;
        Some(Self {
            role_id: row.role_id.clone(),
            name: row.name.clone(),
            deleted_at: change.time(None),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::Role(&self.role_id)
    }

    fn time(&self) -> Time {
        self.deleted_at
    }

    fn sample_change() -> SampleChange {
        SampleChange::removed("access", RoleRow::sample("role-1")).recorded_at("2026-03-01T15:10:00Z")
    }
}
