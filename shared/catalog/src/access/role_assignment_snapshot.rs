//! `RoleAssignmentSnapshotEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time};

use super::rows::AssignmentRow;
use crate::public;

/// A role that a user has, as a backfill found it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RoleAssignmentSnapshotEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The role's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub role_id: String,
    /// What the role is limited to, such as one shop; absent if it is not limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::ACCESS))]
    pub scope: Option<String>,
    /// When the role was assigned.
    #[schemars(extend("x-public" = public::TIME))]
    pub assigned_at: Time,
    /// When the assignment expires; absent if it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::TIME))]
    pub expires_at: Option<Time>,
}

impl Event for RoleAssignmentSnapshotEventV1 {
    const TYPE: &'static str = "RoleAssignmentSnapshotEventV1";
    type Row = AssignmentRow;
    const SNAPSHOT: bool = true;
    const GUIDE: Guide = Guide {
        published: "A run of `user-events backfill` reads an assignment row.",
        not_published: "The role itself: see `RoleSnapshotEventV1`. The user is deleted or was erased.",
        consumers: "Set the role with this scope and expiry. If `expiresAt` is present, stop honouring the role at that time; it may have passed \
             already.",
    };

    fn derive(change: &RowChange<'_, AssignmentRow>) -> Option<Self> {
        let row = change.inserted()?;
        Some(Self {
            user_id: row.user_id.clone(),
            role_id: row.role_id.clone(),
            scope: row.scope.clone(),
            assigned_at: row.assigned_at,
            expires_at: row.expires_at,
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.assigned_at
    }

    fn sample_change() -> SampleChange {
        SampleChange::read("access", AssignmentRow::sample("user-1")).recorded_at("2026-03-02T09:00:00Z")
    }
}
