//! `RoleAssignedToUserEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time, with};

use super::rows::AssignmentRow;
use crate::public;

/// The role was assigned to the user, or the assignment's scope or expiry changed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RoleAssignedToUserEventV1 {
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
    /// When the role was assigned, or when the scope or the expiry changed.
    #[schemars(extend("x-public" = public::TIME))]
    pub assigned_at: Time,
    /// When the assignment expires; absent if it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::TIME))]
    pub expires_at: Option<Time>,
}

impl Event for RoleAssignedToUserEventV1 {
    const TYPE: &'static str = "RoleAssignedToUserEventV1";
    type Row = AssignmentRow;
    const GUIDE: Guide = Guide {
        published: "An assignment row is inserted. Or it is modified and `scope` or `expiresAt` differs.",
        not_published: "Only `assignedAt` or an attribute that is not published changes. The role itself \
             changes.",
        consumers: "Set the role with this scope and expiry: the event replaces an earlier one for the same \
             user and role. If `expiresAt` is present, stop honouring the role at that time, without \
             waiting for another event.",
    };

    fn derive(change: &RowChange<'_, AssignmentRow>) -> Option<Self> {
        let row = change.written()?;
        let changed = change.differs("scope") || change.differs("expiresAt");
        (change.inserted().is_some() || changed).then(|| Self {
            user_id: row.user_id.clone(),
            role_id: row.role_id.clone(),
            scope: row.scope.clone(),
            assigned_at: change.time_if_moved("assignedAt", Some(row.assigned_at)),
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
        let new = with(
            AssignmentRow::sample("user-1"),
            json!({ "assignedAt": "2026-03-01T15:15:00Z", "expiresAt": "2026-03-01T18:15:00Z" }),
        );
        SampleChange::inserted("access", new).recorded_at("2026-03-01T15:15:00Z")
    }
}
