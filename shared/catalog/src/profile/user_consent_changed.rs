//! `UserConsentChangedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time, with};

use super::consent_rows::ConsentRow;
use crate::public;

/// The user granted or withdrew a consent, or consented to another version of the policy. Removing the row of
/// a granted consent withdraws it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserConsentChangedEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The purpose of the consent, a code such as `MARKETING_EMAIL`. A user has one consent per purpose.
    #[schemars(extend("x-identifier" = true, "x-public" = public::CONSENT))]
    pub purpose: String,
    /// Whether the consent is granted after the change.
    #[schemars(extend("x-public" = public::CONSENT))]
    pub granted: bool,
    /// The version of the policy that the consent refers to, such as `2026-01`; absent if the row does not
    /// say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::CONSENT))]
    pub policy_version: Option<String>,
    /// Where the user made the choice, a code such as `CHECKOUT`; absent if the row does not say, and if the row was
    /// removed.
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
        published: "A consent row is inserted, granted or not. Or it is modified and `granted` or \
             `policyVersion` differs. Or it is removed while `granted` is `true`: the event then says \
             `false`.",
        not_published: "Only `source` or `updatedAt` changes. The row of a consent that was not granted is \
             removed.",
        consumers: "If `granted` is `false`, immediately stop all processing that needs the consent. \
             Without any event for a purpose, the user has not consented. Store the events if you must \
             prove what the user consented to and when.",
    };

    fn derive(change: &RowChange<'_, ConsentRow>) -> Option<Self> {
        if let Some(row) = change.removed() {
            return Some(Self {
                user_id: row.user_id.clone(),
                purpose: row.purpose.clone(),
                granted: false,
                policy_version: row.policy_version.clone(),
                source: None,
                changed_at: change.time(None),
            });
        }
        let row = change.written()?;
        let changed =
            change.inserted().is_some() || change.differs("granted") || change.differs("policyVersion");
        changed.then(|| Self {
            user_id: row.user_id.clone(),
            purpose: row.purpose.clone(),
            granted: row.granted,
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
