//! `UserConsentChangedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time, with};

use super::rows::ConsentRow;
use crate::public;

/// The user gave or withdrew a consent, or gave it to another version of the policy. A granted consent
/// whose row is removed is withdrawn.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserConsentChangedEventV1 {
    /// The user's identifier, an opaque text.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// What the consent is for, a code such as `MARKETING_EMAIL`. A user has one consent for each.
    #[schemars(extend("x-identifier" = true, "x-public" = public::CONSENT))]
    pub purpose: String,
    /// Whether the consent is given now.
    #[schemars(extend("x-public" = public::CONSENT))]
    pub granted: bool,
    /// The version of the policy that was consented to, such as `2026-01`; absent where the row does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::CONSENT))]
    pub policy_version: Option<String>,
    /// Where the user said so, a code such as `CHECKOUT`; absent where the row does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::CONSENT))]
    pub source: Option<String>,
    /// When the consent changed.
    #[schemars(extend("x-public" = public::TIME))]
    pub changed_at: Time,
}

impl Event for UserConsentChangedEventV1 {
    const TYPE: &'static str = "UserConsentChangedEventV1";
    type Row = ConsentRow;
    const GUIDE: Guide = Guide {
        published: "The row of a consent is inserted, granted or not. Or it is written over and `granted` or \
             `policyVersion` differs from before. Or it is removed while `granted` is `true`: the event \
             then says `false`.",
        not_published: "Only `source` or `updatedAt` changes. The row of a consent that was not granted is removed.",
        consumers: "Where `granted` is `false`, stop at once what rests on the consent. Where there never was an \
             event for a purpose there is no consent. Keep the events, if you must prove what was consented \
             to and when.",
    };

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

    fn sample_change() -> SampleChange {
        let new = with(
            ConsentRow::sample("user-1"),
            json!({ "updatedAt": "2026-03-01T13:20:00Z" }),
        );
        SampleChange::inserted("profiles", new).recorded_at("2026-03-01T13:20:00Z")
    }
}
