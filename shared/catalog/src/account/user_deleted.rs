//! `UserDeletedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Choice, Event, Guide, RowChange, SampleChange, Subject, Time, with};

use super::rows::{AccountRow, DeletionMode};
use crate::public;

/// The user was deleted. A soft deletion and the later removal of its row publish one event, at the soft
/// deletion.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserDeletedEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// How the user was deleted.
    #[schemars(extend("x-public" = public::STATE))]
    pub mode: Choice<DeletionMode>,
    /// When the user was deleted.
    #[schemars(extend("x-public" = public::TIME))]
    pub deleted_at: Time,
}

impl Event for UserDeletedEventV1 {
    const TYPE: &'static str = "UserDeletedEventV1";
    type Row = AccountRow;
    const ROW_MAY_BE_ERASED: bool = true;
    const GUIDE: Guide = Guide {
        published: "An account row is modified and `status` becomes `DELETED` (`SOFT`), whatever else the write \
             erases. Or an account row with another status is removed: by its time to live (`EXPIRED`) or by a \
             delete (`HARD`).",
        not_published: "The row of a user who was already `DELETED` is removed, however late, or is inserted as \
             `DELETED`. The user's profile, addresses, sessions or roles are removed: those rows publish their own events, or \
             none.",
        consumers: "Erase or anonymise your data of the user, including what you opened from earlier \
             events. Remember the ID for as long as late events may arrive, so that none of them recreates \
             the user; only `UserRestoredEventV1` brings the user back.",
    };

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        if let Some(row) = change.removed() {
            let mode = if change.removed_by_ttl() {
                DeletionMode::Expired
            } else {
                DeletionMode::Hard
            };
            return Some(Self {
                user_id: row.user_id.clone(),
                mode: mode.into(),
                deleted_at: change.time(None),
            });
        }
        let row = change.modified()?.row.deleted()?;
        change.differs("status").then(|| Self {
            user_id: row.user_id.clone(),
            mode: DeletionMode::Soft.into(),
            deleted_at: change.time_if_moved("updatedAt", row.updated_at),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.deleted_at
    }

    fn sample_change() -> SampleChange {
        let old = AccountRow::sample("user-1");
        let new = with(
            old.clone(),
            json!({ "status": "DELETED", "updatedAt": "2026-03-01T12:35:00Z", "version": 2 }),
        );
        SampleChange::modified("accounts", old, new).recorded_at("2026-03-01T12:35:00Z")
    }
}
