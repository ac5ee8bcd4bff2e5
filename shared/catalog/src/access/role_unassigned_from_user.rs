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
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The role's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub role_id: String,
    /// Why the user no longer has the role.
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
        published: "An assignment row is removed: by its time to live (`EXPIRED`) or by a delete \
             (`REMOVED`).",
        not_published: "`expiresAt` passes: no row is written at that time, and DynamoDB removes the row \
             later, sometimes days later. The role is deleted and the assignment row remains.",
        consumers: "Remove the role from the user, with everything that you derived from it. Accept that it \
             may already be gone: an event may arrive twice.",
    };

    fn derive(change: &RowChange<'_, AssignmentRow>) -> Option<Self> {
        let row = change.removed()?;
        Some(Self {
            user_id: row.user_id.clone(),
            role_id: row.role_id.clone(),
            reason: if change.removed_by_ttl() {
                UnassignmentReason::Expired.into()
            } else {
                UnassignmentReason::Removed.into()
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
