//! `MfaStatusChangedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Choice, Event, Guide, RowChange, SampleChange, Subject, Time, with};

use super::rows::MfaRow;
use super::values::MfaMethod;
use crate::public;

/// A second factor was switched on or off. A method without a row is off.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MfaStatusChangedEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The second factor. A user has one state per method.
    #[schemars(extend("x-identifier" = true, "x-public" = public::KIND))]
    pub method: Choice<MfaMethod>,
    /// Whether the method is on after the change.
    #[schemars(extend("x-public" = public::STATE))]
    pub enabled: bool,
    /// When the method was switched.
    #[schemars(extend("x-public" = public::TIME))]
    pub changed_at: Time,
}

impl Event for MfaStatusChangedEventV1 {
    const TYPE: &'static str = "MfaStatusChangedEventV1";
    type Row = MfaRow;
    const GUIDE: Guide = Guide {
        published: "The row of a second factor is inserted or modified so that `enabled` changes, or is \
             removed while `enabled` is `true`. A method without a row counts as off.",
        not_published: "A method is set up but not switched on yet: its row is inserted with `enabled` set \
             to `false`. The row of a method that was off is removed. Only `updatedAt` changes.",
        consumers: "Keep one state per `method`: the user has a second factor while at least one is on. To \
             warn users of an account takeover, tell them when a method is switched off.",
    };

    fn derive(change: &RowChange<'_, MfaRow>) -> Option<Self> {
        if let Some(row) = change.removed() {
            return Some(Self {
                user_id: row.user_id.clone(),
                method: row.method.clone(),
                enabled: false,
                changed_at: change.time(None),
            });
        }
        let row = change.written()?;
        let enabled_before = change
            .modified()
            .is_some_and(|change| change.old.is_true("enabled"));
        (row.enabled != enabled_before).then(|| Self {
            user_id: row.user_id.clone(),
            method: row.method.clone(),
            enabled: row.enabled,
            changed_at: change.time_moved(row.updated_at),
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
