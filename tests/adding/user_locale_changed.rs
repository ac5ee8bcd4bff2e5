//! `UserLocaleChangedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time, with};

use super::rows::AccountRow;
use crate::public;

/// The user's preferred language changed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserLocaleChangedEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The new language, a BCP 47 language tag such as `en-GB`; absent if it was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::SETTING))]
    pub locale: Option<String>,
    /// When the language changed.
    #[schemars(extend("x-public" = public::TIME))]
    pub changed_at: Time,
}

impl Event for UserLocaleChangedEventV1 {
    const TYPE: &'static str = "UserLocaleChangedEventV1";
    type Row = AccountRow;
    const GUIDE: Guide = Guide {
        published: "An account row is modified and `locale` differs.",
        not_published: "The account is new: `UserRegisteredEventV1` has its first language.",
        consumers: "Write to the user in the new language from now on.",
    };

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let row = change.modified()?.row.live()?;
        change.differs("locale").then(|| Self {
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
        let old = AccountRow::sample("user-1");
        let new = with(
            old.clone(),
            json!({ "locale": "fr-CA", "updatedAt": "2026-03-01T12:40:00Z", "version": 2 }),
        );
        SampleChange::modified("accounts", old, new).recorded_at("2026-03-01T12:40:00Z")
    }
}
