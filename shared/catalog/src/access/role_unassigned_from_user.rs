//! `RoleUnassignedFromUserEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_events_core::{Choice, Event, Guide, RowChange, SampleChange, Subject, Time};

use super::rows::{AssignmentRow, UnassignmentReason};
use crate::public;

/// The user no longer has the role.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RoleUnassignedFromUserEventV1 {
    /// The user's identifier, an opaque text.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The role's identifier, an opaque text.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub role_id: String,
    /// Why the user does not have it any more.
    #[schemars(extend("x-public" = public::REASON))]
    pub reason: Choice<UnassignmentReason>,
    /// When the assignment ended.
    #[schemars(extend("x-public" = public::TIME))]
    pub unassigned_at: Time,
}

impl Event for RoleUnassignedFromUserEventV1 {
    const TYPE: &'static str = "RoleUnassignedFromUserEventV1";
    type Row = AssignmentRow;
    const GUIDE: Guide = Guide {
        published: "The row of an assignment is removed: by its time to live (`EXPIRED`), or otherwise \
             (`REMOVED`).",
        not_published: "The moment `expiresAt` passes: nothing is written then, and DynamoDB removes the row later, by \
             days sometimes. The role is deleted and the assignment's row stays.",
        consumers: "Take the role from the user, with whatever you derived from it. Let it be gone already: an \
             event may come twice.",
    };

    fn derive(change: &RowChange<'_, AssignmentRow>) -> Option<Self> {
        change.removed().then(|| Self {
            user_id: change.row.user_id.clone(),
            role_id: change.row.role_id.clone(),
            reason: match change.removed_by_ttl() {
                true => UnassignmentReason::Expired.into(),
                false => UnassignmentReason::Removed.into(),
            },
            unassigned_at: change.time(None),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.unassigned_at
    }

    fn sample_change() -> SampleChange {
        SampleChange::removed("access", AssignmentRow::sample("user-1")).recorded_at("2026-03-01T15:20:00Z")
    }
}
