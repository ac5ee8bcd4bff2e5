//! `MfaStatusChangedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Choice, Event, Guide, RowChange, SampleChange, Subject, Time, with};

use super::rows::{MfaMethod, MfaRow};
use crate::public;

/// A second factor was switched on or off. A method without a row is off.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MfaStatusChangedEventV1 {
    /// The user's identifier, an opaque text.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// Which factor. A user has one state of each.
    #[schemars(extend("x-identifier" = true, "x-public" = public::KIND))]
    pub method: Choice<MfaMethod>,
    /// Whether it is on now.
    #[schemars(extend("x-public" = public::STATE))]
    pub enabled: bool,
    /// When it was switched.
    #[schemars(extend("x-public" = public::TIME))]
    pub changed_at: Time,
}

impl Event for MfaStatusChangedEventV1 {
    const TYPE: &'static str = "MfaStatusChangedEventV1";
    type Row = MfaRow;
    const GUIDE: Guide = Guide {
        published: "The row of a second factor is written so that `enabled` before and after differ, or is removed \
             while `enabled` is `true`. A method without a row is off.",
        not_published: "A method is set up and not switched on yet: its row is inserted with `enabled` as `false`. The \
             row of a method that was off is removed. Only `updatedAt` changes.",
        consumers: "Keep a state for each `method`: the user has a second factor while one of them is on. Whoever \
             warns people of a take-over tells them when one is switched off.",
    };

    fn derive(change: &RowChange<'_, MfaRow>) -> Option<Self> {
        let enabled = change.row.enabled && !change.removed();
        let enabled_before = match change.modified() {
            Some(old) => old.is_true("enabled"),
            None => change.removed() && change.row.enabled,
        };
        (enabled != enabled_before).then(|| Self {
            user_id: change.row.user_id.clone(),
            method: change.row.method.into(),
            enabled,
            changed_at: change.time_moved(change.row.updated_at),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.changed_at
    }

    fn sample_change() -> SampleChange {
        let new = with(
            MfaRow::sample("user-1"),
            json!({ "updatedAt": "2026-03-01T14:45:00Z" }),
        );
        SampleChange::inserted("authentication", new).recorded_at("2026-03-01T14:45:00Z")
    }
}
