//! `UserConsentSnapshotEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time};

use super::consent_rows::ConsentRow;
use crate::public;

/// A consent of a user, granted or not, as a backfill found it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserConsentSnapshotEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// What the consent is for, a code of the User Service such as `MARKETING_EMAIL`.
    #[schemars(extend("x-identifier" = true, "x-public" = public::CONSENT))]
    pub purpose: String,
    /// Whether the user consents.
    #[schemars(extend("x-public" = public::CONSENT))]
    pub granted: bool,
    /// The version of the text that the user saw; absent if the row does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::CONSENT))]
    pub policy_version: Option<String>,
    /// Where the consent was given or withdrawn last, a code of the User Service; absent if the row does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::CONSENT))]
    pub source: Option<String>,
    /// When the consent was written last.
    #[schemars(extend("x-public" = public::TIME))]
    pub updated_at: Time,
}

impl Event for UserConsentSnapshotEventV1 {
    const TYPE: &'static str = "UserConsentSnapshotEventV1";
    type Row = ConsentRow;
    const SNAPSHOT: bool = true;
    const GUIDE: Guide = Guide {
        published: "A run of `user-events backfill` reads a consent row.",
        not_published: "The user never decided about the purpose: there is no row, and no consent. The user is deleted or was \
             erased.",
        consumers: "Store the consent under `purpose`, in place of what you have of it. Treat a purpose without a consent as not granted.",
    };

    fn derive(change: &RowChange<'_, ConsentRow>) -> Option<Self> {
        let row = change.inserted()?;
        Some(Self {
            user_id: row.user_id.clone(),
            purpose: row.purpose.clone(),
            granted: row.granted,
            policy_version: row.policy_version.clone(),
            source: row.source.clone(),
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
        SampleChange::read("profiles", ConsentRow::sample("user-1")).recorded_at("2026-03-02T09:00:00Z")
    }
}
