//! `UserLocaleChangedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time, with};

use super::rows::AccountRow;
use super::user_restored::is_restored;
use crate::public;

/// The locale of the user's account was set, changed or removed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserLocaleChangedEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The locale after the change, a BCP 47 language tag such as `en-GB`; absent if it was removed. Not
    /// validated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::SETTING))]
    pub locale: Option<String>,
    /// When the locale changed.
    #[schemars(extend("x-public" = public::TIME))]
    pub changed_at: Time,
}

impl Event for UserLocaleChangedEventV1 {
    const TYPE: &'static str = "UserLocaleChangedEventV1";
    type Row = AccountRow;
    const GUIDE: Guide = Guide {
        published: "An account row is modified and `locale` differs: it was set, changed or removed.",
        not_published: "The account is new: `UserRegisteredEventV1` has its first locale. The user is \
             deleted in the same write, or is `DELETED` already. A deleted user comes back: \
             `UserRestoredEventV1` has the current locale. The `preferredLanguage` of the profile changes: \
             see `UserProfileUpdatedEventV1`.",
        consumers: "Replace the locale, and use it for what you send to the user from now on. If `locale` is \
             absent, use your default.",
    };

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let row = change.modified()?.row.live()?;
        let changed = change.differs("locale") && !is_restored(change);
        changed.then(|| Self {
            user_id: row.user_id.clone(),
            locale: row.locale.clone(),
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
        let old = with(AccountRow::sample("user-1"), json!({ "locale": "en-GB" }));
        let new = with(
            old.clone(),
            json!({ "locale": "de-DE", "updatedAt": "2026-03-01T12:22:00Z", "version": 2 }),
        );
        SampleChange::modified("accounts", old, new).recorded_at("2026-03-01T12:22:00Z")
    }
}
