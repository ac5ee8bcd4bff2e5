//! The virtual row of a completed snapshot.

use std::convert::Infallible;

use user_events_core::{Column, Content, Error, Reader, RowKind, RowShape, Time};

/// What separates the names of categories in the row.
pub(crate) const SEPARATOR: char = ',';

/// The row `SNAPSHOT#<run>`, `COMPLETED`. It is in no table.
#[derive(Debug)]
pub struct SnapshotRow {
    pub(super) run: String,
    pub(super) started_at: Time,
    pub(super) completed_at: Time,
    pub(super) events: u32,
    pub(super) categories: Vec<String>,
    pub(super) user_id: Option<String>,
}

/// The sort key of the row.
pub(crate) const COMPLETED: &str = "COMPLETED";

impl RowKind for SnapshotRow {
    const SHAPES: &'static [RowShape] = &[RowShape {
        kind: "completed snapshot",
        pk: &["SNAPSHOT#"],
        pk_id: "run",
        sk: COMPLETED,
        sk_id: None,
        columns: &[
            Column::new("startedAt", Content::Time).required(),
            Column::new("completedAt", Content::Time).required(),
            Column::new("events", Content::Count).required(),
            Column::new("categories", Content::Text).required(),
            Column::new("userId", Content::Text),
        ],
    }];
    const RESOURCES: &'static [&'static str] = &["/snapshots/{run}"];
    type Removed = Infallible;

    fn read(row: &Reader) -> Result<Self, Error> {
        let categories = row.required_text("categories")?;
        Ok(Self {
            run: row.pk_id()?,
            started_at: row.required_time("startedAt")?,
            completed_at: row.required_time("completedAt")?,
            events: row.count("events")?.unwrap_or_default(),
            categories: categories.split(SEPARATOR).map(str::to_owned).collect(),
            user_id: row.filled_text("userId")?,
        })
    }

    /// A run that was completed stays so.
    fn read_removed(_: &Reader) -> Result<Option<Infallible>, Error> {
        Ok(None)
    }
}
