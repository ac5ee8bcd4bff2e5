//! `UserProfileSnapshotEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_events_core::{Event, Guide, RowChange, SampleChange, Seal, Sensitive, Subject, Time};

use super::rows::ProfileRow;
use crate::classes::Identity;
use crate::public;

/// A user's profile, as a backfill found it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserProfileSnapshotEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The user's preferred language, a BCP 47 language tag such as `en`; absent if not set. Not validated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::SETTING))]
    pub preferred_language: Option<String>,
    /// The user's time zone, a name of the IANA database such as `Europe/London`; absent if not set. Not
    /// validated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::SETTING))]
    pub timezone: Option<String>,
    /// When the profile was written last.
    #[schemars(extend("x-public" = public::TIME))]
    pub updated_at: Time,
    /// The user's name and other identity data; absent if the profile has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Sensitive<Identity>>,
}

impl Event for UserProfileSnapshotEventV1 {
    const TYPE: &'static str = "UserProfileSnapshotEventV1";
    type Row = ProfileRow;
    const SNAPSHOT: bool = true;
    const GUIDE: Guide = Guide {
        published: "A run of `user-events backfill` reads a profile row.",
        not_published: "The user is deleted or was erased.",
        consumers: "Store the profile whole, in place of what you have of it.",
    };

    fn derive(change: &RowChange<'_, ProfileRow>) -> Option<Self> {
        let row = change.inserted()?;
        Some(Self {
            user_id: row.user_id.clone(),
            preferred_language: row.preferred_language.clone(),
            timezone: row.timezone.clone(),
            updated_at: row.updated_at,
            identity: Sensitive::new(row.identity.clone()),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.updated_at
    }

    fn sensitive(&mut self) -> Vec<&mut dyn Seal> {
        self.identity
            .iter_mut()
            .map(|class| class as &mut dyn Seal)
            .collect()
    }

    fn sample_change() -> SampleChange {
        SampleChange::read("profiles", ProfileRow::sample("user-1")).recorded_at("2026-03-02T09:00:00Z")
    }
}
