//! `UserProfileDeletedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time};

use super::rows::ProfileRow;
use crate::public;

/// The user's profile was deleted. The user may still exist.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserProfileDeletedEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// When the profile was deleted.
    #[schemars(extend("x-public" = public::TIME))]
    pub deleted_at: Time,
}

impl Event for UserProfileDeletedEventV1 {
    const TYPE: &'static str = "UserProfileDeletedEventV1";
    type Row = ProfileRow;
    const GUIDE: Guide = Guide {
        published: "A profile row is removed, by a delete or by its time to live, whatever it holds.",
        not_published: "Attributes of the profile are removed and the row stays: see \
             `UserProfileUpdatedEventV1`. The user is deleted and the profile row remains: see \
             `UserDeletedEventV1`. An address or a consent is removed.",
        consumers: "Delete the name, the date of birth and the settings that you took from the profile, and \
             accept that they may already be gone. The account is not affected: only `UserDeletedEventV1` \
             deletes the user.",
    };

    fn derive(change: &RowChange<'_, ProfileRow>) -> Option<Self> {
        let row = change.removed()?;
        Some(Self {
            user_id: row.user_id.clone(),
            deleted_at: change.time(None),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.deleted_at
    }

    fn sample_change() -> SampleChange {
        SampleChange::removed("profiles", ProfileRow::sample("user-1")).recorded_at("2026-03-01T13:02:00Z")
    }
}
