//! `UserErasedEventV1`, and the virtual row that it is made of.

use std::convert::Infallible;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{
    Column, Content, Error, Event, Guide, Reader, RowChange, RowKind, RowShape, SampleChange, Subject, Time,
    subject_key_name,
};

use crate::public;

/// The user was erased: the secret that opened the user's personal data in published events is deleted, so that no copy of
/// them can be opened any more.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserErasedEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// When the user was erased.
    #[schemars(extend("x-public" = public::TIME))]
    pub erased_at: Time,
}

/// The row `USER#<userId>`, `ERASED`: a tombstone in the table of persons' keys. It is in no user table, and no service
/// writes it.
#[derive(Debug)]
pub struct ErasureRow {
    user_id: String,
    erased_at: Time,
}

impl Event for UserErasedEventV1 {
    const TYPE: &'static str = "UserErasedEventV1";
    type Row = ErasureRow;
    const GUIDE: Guide = Guide {
        published: "`user-events erase` writes a tombstone for the user into the table of persons' keys. The event comes \
             from that table's own stream, so it has a message group of its own (`erasures/<userId>`) and no order among \
             the user's other events. If a tombstone is replaced, the event is published again, with another `id`.",
        not_published: "The user's rows are deleted or emptied: that is `UserDeletedEventV1`. A secret is created or \
             removed. A service writes a row with the keys `USER#<userId>`, `ERASED` into a table of its own. The \
             deployment has `SubjectKeys` off.",
        consumers: "Delete your copies of the user's personal data: what you opened from events, what you asked the User \
             Service for, and what you made from it. Remember the ID, so that no late event brings a copy back: \
             later events of the user carry no classes, and the classes of earlier ones are `Erased`. The erasure is \
             final; do not wait for another event.",
    };

    fn derive(change: &RowChange<'_, ErasureRow>) -> Option<Self> {
        let row = change.inserted()?;
        Some(Self {
            user_id: row.user_id.clone(),
            erased_at: row.erased_at,
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn lane(&self) -> Subject<'_> {
        Subject::Erasure(&self.user_id)
    }

    fn time(&self) -> Time {
        self.erased_at
    }

    fn sample_change() -> SampleChange {
        let subject = Subject::User("user-1").to_string();
        let tombstone = json!({
            "pk": subject_key_name("/user-service", &subject),
            "erasedAt": "2026-03-01T12:50:00.000Z",
            "subject": subject,
        });
        SampleChange::erased(tombstone).recorded_at("2026-03-01T12:50:00Z")
    }
}

impl RowKind for ErasureRow {
    const SHAPES: &'static [RowShape] = &[RowShape {
        kind: "erasure",
        pk: &["USER#"],
        pk_id: "userId",
        sk: "ERASED",
        sk_id: None,
        columns: &[Column::new("erasedAt", Content::Time).required()],
    }];
    const RESOURCES: &'static [&'static str] = &["/users/{userId}"];
    const FROM_SUBJECT_KEYS: bool = true;

    type Removed = Infallible;

    fn read(row: &Reader) -> Result<Self, Error> {
        Ok(Self {
            user_id: row.pk_id()?,
            erased_at: row.required_time("erasedAt")?,
        })
    }

    /// A tombstone is final.
    fn read_removed(_: &Reader) -> Result<Option<Infallible>, Error> {
        Ok(None)
    }
}
