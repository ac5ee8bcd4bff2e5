//! `UserProfileUpdatedEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Seal, Sensitive, Subject, Time};

use super::rows::ProfileRow;
use crate::classes::Identity;
use crate::example::example_time;

/// The user's profile was written for the first time, or one of its attributes is another one.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserProfileUpdatedEventV1 {
    /// The user.
    pub user_id: String,
    /// The attributes that differ from before, sorted; sealed ones too, without their values.
    pub changed_fields: Vec<&'static str>,
    /// The language that the user wants to read, a BCP 47 language tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_language: Option<String>,
    /// The user's time zone, by its name in the IANA database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// When the profile was written.
    pub updated_at: Time,
    /// Who the person is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Sensitive<Identity>>,
}

impl Event for UserProfileUpdatedEventV1 {
    const TYPE: &'static str = "UserProfileUpdatedEventV1";
    type Row = ProfileRow;

    fn derive(change: &RowChange<'_, ProfileRow>) -> Option<Self> {
        let changed_fields = change.changed_fields(ProfileRow::PUBLISHED);
        if change.removed() || (change.modified().is_some() && changed_fields.is_empty()) {
            return None;
        }
        let row = change.row;
        Some(Self {
            user_id: row.user_id.clone(),
            changed_fields,
            preferred_language: row.preferred_language.clone(),
            timezone: row.timezone.clone(),
            updated_at: change.time_moved(row.updated_at),
            identity: Sensitive::of(row.identity.clone()),
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

    fn example() -> Self {
        Self {
            user_id: "user-1".into(),
            changed_fields: vec!["displayName", "timezone"],
            preferred_language: Some("en".into()),
            timezone: Some("Europe/London".into()),
            updated_at: example_time("2026-03-01T13:00:00.000Z"),
            identity: Sensitive::of(Identity::example()),
        }
    }
}
