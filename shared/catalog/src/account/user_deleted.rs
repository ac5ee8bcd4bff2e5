//! `UserDeletedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Choice, Event, Guide, RowChange, SampleChange, Subject, Time, with};

use super::rows::{AccountRow, AccountStatus, DeletionMode};
use crate::public;

/// The user is gone. A soft deletion and the later purge of its row are one event, the first.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserDeletedEventV1 {
    /// The user's identifier, an opaque text.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// How the user went.
    #[schemars(extend("x-public" = public::STATE))]
    pub mode: Choice<DeletionMode>,
    /// When the user was deleted.
    #[schemars(extend("x-public" = public::TIME))]
    pub deleted_at: Time,
}

impl Event for UserDeletedEventV1 {
    const TYPE: &'static str = "UserDeletedEventV1";
    type Row = AccountRow;
    const GUIDE: Guide = Guide {
        published: "The row of an account is written over, and `status` is `DELETED` now and was not before \
             (`SOFT`). Or a row whose status is not `DELETED` is removed: by its time to live (`EXPIRED`), \
             or otherwise (`HARD`).",
        not_published: "The row of a user who was `DELETED` before is removed, however late. Profile, addresses, \
             sessions and roles of the user are removed: those rows have events of their own, or none.",
        consumers: "Erase or anonymise what you keep of the user, with what you opened of earlier events. Remember \
             the id for as long as events may be late, so that none of them brings the user back.",
    };

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let mode = match change.modified() {
            Some(_) if change.differs("status") && change.row.status == AccountStatus::Deleted => {
                DeletionMode::Soft
            }
            None if change.removed_by_ttl() => DeletionMode::Expired,
            None if change.removed() => DeletionMode::Hard,
            _ => return None,
        };
        Some(Self {
            user_id: change.row.user_id.clone(),
            mode: mode.into(),
            deleted_at: change.time_moved(change.row.updated_at),
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
