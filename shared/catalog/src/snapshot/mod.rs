//! Snapshots: the event that ends a run of a backfill.

mod rows;

pub use rows::*;

category! {
    "snapshot",
    table: "snapshots",
    "The ends of snapshots. They are on no topic: a backfill sends them to one subscriber.",
    [
        snapshot_completed::SnapshotCompletedEventV1,
    ]
}
