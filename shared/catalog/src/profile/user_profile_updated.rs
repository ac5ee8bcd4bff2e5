//! `UserProfileUpdatedEventV1`.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, RowChange, SampleChange, Seal, Sensitive, Subject, Time, with};

use super::rows::ProfileRow;
use crate::classes::Identity;
use crate::public;

/// The user's profile was written for the first time, or one of its attributes is another one.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserProfileUpdatedEventV1 {
    /// The user's identifier, an opaque text.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The attributes that differ from before, sorted; sealed ones too, without their values.
    #[schemars(extend("x-public" = public::FIELD_NAMES))]
    pub changed_fields: Vec<Cow<'static, str>>,
    /// The language that the user wants to read, a BCP 47 language tag such as `en`; absent where none is
    /// set. Nobody checked it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::SETTING))]
    pub preferred_language: Option<String>,
    /// The user's time zone by its name in the IANA database, such as `Europe/London`; absent where none is
    /// set. Nobody checked it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::SETTING))]
    pub timezone: Option<String>,
    /// When the profile was written.
    #[schemars(extend("x-public" = public::TIME))]
    pub updated_at: Time,
    /// Who the person is; absent where the profile tells nothing of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Sensitive<Identity>>,
}

impl Event for UserProfileUpdatedEventV1 {
    const TYPE: &'static str = "UserProfileUpdatedEventV1";
    type Row = ProfileRow;
    const GUIDE: Guide = Guide {
        published: "The row of a profile is inserted. Or it is written over and one of `firstName`, `lastName`, \
             `displayName`, `dateOfBirth`, `avatarUrl`, `preferredLanguage`, `timezone` differs from \
             before.",
        not_published: "Only `updatedAt`, `version` or an attribute that is not published changes. The profile is \
             removed: it goes with its user, which `UserDeletedEventV1` tells.",
        consumers: "Replace your copy: the event holds the whole profile as it is now, and what is absent is not \
             set any more. `changedFields` tells beforehand whether the change concerns you, also where the \
             class is not granted.",
    };

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
        let old = with(
            ProfileRow::sample("user-1"),
            json!({ "displayName": "Ada", "timezone": "Etc/UTC" }),
        );
        let new = with(
            old.clone(),
            json!({
                "displayName": "Ada E.", "timezone": "Europe/London", "updatedAt": "2026-03-01T13:00:00Z", "version": 2,
            }),
        );
        SampleChange::modified("profiles", old, new).recorded_at("2026-03-01T13:00:00Z")
    }
}
