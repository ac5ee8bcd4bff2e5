//! `UserConsentChangedEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Subject, Time};

use super::rows::ConsentRow;
use crate::example::example_time;

/// The user gave or withdrew a consent, or gave it to another version of the policy. A granted consent
/// whose row is removed is withdrawn.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserConsentChangedEventV1 {
    /// The user.
    pub user_id: String,
    /// What the consent is for.
    pub purpose: String,
    /// Whether the consent is given now.
    pub granted: bool,
    /// The version of the policy that was consented to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_version: Option<String>,
    /// Where the user said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// When the consent changed.
    pub changed_at: Time,
}

impl Event for UserConsentChangedEventV1 {
    const TYPE: &'static str = "UserConsentChangedEventV1";
    type Row = ConsentRow;

    fn derive(change: &RowChange<'_, ConsentRow>) -> Option<Self> {
        let changed = change.inserted() || change.differs("granted") || change.differs("policyVersion");
        let row = change.row;
        changed.then(|| Self {
            user_id: row.user_id.clone(),
            purpose: row.purpose.clone(),
            granted: row.granted && !change.removed(),
            policy_version: row.policy_version.clone(),
            source: row.source.clone(),
            changed_at: change.time_moved(row.updated_at),
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
            purpose: "MARKETING_EMAIL".into(),
            granted: true,
            policy_version: Some("2026-01".into()),
            source: Some("CHECKOUT".into()),
            changed_at: example_time("2026-03-01T13:20:00.000Z"),
        }
    }
}
