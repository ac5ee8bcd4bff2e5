//! `RoleDeletedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time};

use super::rows::RoleRow;
use crate::public;

/// The role is no more.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RoleDeletedEventV1 {
    /// The role's identifier, an opaque text.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub role_id: String,
    /// The role's name, for people.
    #[schemars(extend("x-public" = public::ACCESS))]
    pub name: String,
    /// When the role was deleted.
    #[schemars(extend("x-public" = public::TIME))]
    pub deleted_at: Time,
}

impl Event for RoleDeletedEventV1 {
    const TYPE: &'static str = "RoleDeletedEventV1";
    type Row = RoleRow;
    const GUIDE: Guide = Guide {
        published: "The row of a role is removed, by hand or by its time to live.",
        not_published: "Its permissions and assignments are rows of their own: they have events of their own where \
             they are removed, and none where they stay.",
        consumers: "Take the role and its permissions from everybody who has it, without waiting for other events.",
    };

    fn derive(change: &RowChange<'_, RoleRow>) -> Option<Self> {
        change.removed().then(|| Self {
            role_id: change.row.role_id.clone(),
            name: change.row.name.clone(),
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
