//! `MfaStatusSnapshotEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_events_core::{Choice, Event, Guide, RowChange, SampleChange, Subject, Time};

use super::rows::MfaRow;
use super::values::MfaMethod;
use crate::public;

/// A second factor of a user, on or off, as a backfill found it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MfaStatusSnapshotEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The second factor. A user has one state per method.
    #[schemars(extend("x-identifier" = true, "x-public" = public::KIND))]
    pub method: Choice<MfaMethod>,
    /// Whether the method is on.
    #[schemars(extend("x-public" = public::STATE))]
    pub enabled: bool,
    /// When the method was written last.
    #[schemars(extend("x-public" = public::TIME))]
    pub updated_at: Time,
}

impl Event for MfaStatusSnapshotEventV1 {
    const TYPE: &'static str = "MfaStatusSnapshotEventV1";
    type Row = MfaRow;
    const SNAPSHOT: bool = true;
    const GUIDE: Guide = Guide {
        published: "A run of `user-events backfill` reads the row of a second factor.",
        not_published: "The method has no row: it is off. The user is deleted or was erased.",
        consumers: "Keep one state per `method`. Warn nobody: nothing was switched now.",
    };

    fn derive(change: &RowChange<'_, MfaRow>) -> Option<Self> {
        let row = change.inserted()?;
        Some(Self {
            user_id: row.user_id.clone(),
            method: row.method.clone(),
            enabled: row.enabled,
            updated_at: row.updated_at,
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.updated_at
    }

    fn sample_change() -> SampleChange {
        SampleChange::read("authentication", MfaRow::sample("user-1")).recorded_at("2026-03-02T09:00:00Z")
    }
}
