//! Snapshots: the event that ends a run of a backfill, and the users who have no snapshot.

mod deleted;
mod rows;
mod snapshot_completed;

pub use deleted::{AccountKey, account_key, deleted_user};
pub use rows::{SnapshotRow, Summary, completed};
pub use snapshot_completed::SnapshotCompletedEventV1;
use user_events_core::{Category, Registration};

/// The category of the event that ends a run. It has no topic: a backfill sends the event to the subscriber that it is for.
pub const CATEGORY: Category = Category {
    name: "snapshot",
    table: "snapshots",
    description: "The ends of snapshots. They are on no topic: a backfill sends them to one subscriber.",
    events: &[Registration::new::<SnapshotCompletedEventV1>()],
};
