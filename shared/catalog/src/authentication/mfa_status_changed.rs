//! `MfaStatusChangedEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Subject, Time};

use super::rows::{MfaMethod, MfaRow};
use crate::example::example_time;

/// A second factor was switched on or off. A method without a row is off.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MfaStatusChangedEventV1 {
    /// The user.
    pub user_id: String,
    /// Which factor.
    pub method: MfaMethod,
    /// Whether it is on now.
    pub enabled: bool,
    /// When it was switched.
    pub changed_at: Time,
}

impl Event for MfaStatusChangedEventV1 {
    const TYPE: &'static str = "MfaStatusChangedEventV1";
    type Row = MfaRow;

    fn derive(change: &RowChange<'_, MfaRow>) -> Option<Self> {
        let enabled = change.row.enabled && !change.removed();
        let enabled_before = match change.modified() {
            Some(old) => old.is_true("enabled"),
            None => change.removed() && change.row.enabled,
        };
        (enabled != enabled_before).then(|| Self {
            user_id: change.row.user_id.clone(),
            method: change.row.method,
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

    fn example() -> Self {
        Self {
            user_id: "user-1".into(),
            method: MfaMethod::Totp,
            enabled: true,
            changed_at: example_time("2026-03-01T14:45:00.000Z"),
        }
    }
}
