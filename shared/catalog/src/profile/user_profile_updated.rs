//! `UserProfileUpdatedEventV1`.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, RowChange, SampleChange, Seal, Sensitive, Subject, Time, with};

use super::rows::ProfileRow;
use crate::classes::Identity;
use crate::public;

/// The user's profile was created, or an attribute of it changed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserProfileUpdatedEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The names of the changed attributes, sorted. Sealed attributes are included, without values.
    #[schemars(extend("x-public" = public::FIELD_NAMES))]
    pub changed_fields: Vec<Cow<'static, str>>,
    /// The user's preferred language, a BCP 47 language tag such as `en`; absent if not set. Not validated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::SETTING))]
    pub preferred_language: Option<String>,
    /// The user's time zone, a name of the IANA database such as `Europe/London`; absent if not set. Not
    /// validated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::SETTING))]
    pub timezone: Option<String>,
    /// When the profile was written.
    #[schemars(extend("x-public" = public::TIME))]
    pub updated_at: Time,
    /// The user's name and other identity data; absent if the profile has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Sensitive<Identity>>,
}

impl Event for UserProfileUpdatedEventV1 {
    const TYPE: &'static str = "UserProfileUpdatedEventV1";
    type Row = ProfileRow;
    const GUIDE: Guide = Guide {
        published: "A profile row is inserted. Or it is modified and one of `firstName`, `lastName`, \
             `displayName`, `dateOfBirth`, `avatarUrl`, `preferredLanguage`, `timezone` differs.",
        not_published: "Only `updatedAt`, `version` or an attribute that is not published changes. The \
             profile row is removed: see `UserDeletedEventV1`.",
        consumers: "Replace your copy: the event has the whole current profile, and an absent attribute is \
             no longer set. `changedFields` says whether the change concerns you, even without a grant for \
             the class.",
    };

    fn derive(change: &RowChange<'_, ProfileRow>) -> Option<Self> {
        let row = change.written()?;
        let changed_fields = change.changed_fields(ProfileRow::PUBLISHED);
        if change.modified().is_some() && changed_fields.is_empty() {
            return None;
        }
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
