//! A segment: the part of a table that one worker reads.

use serde::{Deserialize, Serialize};

use crate::counts::Counts;

/// A part of a table. Segments of one table can be read at the same time, also by different processes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Segment {
    /// The name of the table.
    pub table: String,
    /// Its number among the segments of the table, from 0.
    pub segment: u32,
    /// How many segments the table has.
    pub of: u32,
}

/// How a call of [`crate::Backfill::segment`] or [`crate::Backfill::segments`] ended.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ended {
    /// Whether everything was read and sent. If not, the work was stopped, and goes on from the checkpoint.
    pub done: bool,
    /// What was read and made since the beginning of the run.
    pub counts: Counts,
}

impl Segment {
    /// All segments of a table.
    pub fn all(table: &str, of: u32) -> Vec<Self> {
        let segment = |segment| Self {
            table: table.to_owned(),
            segment,
            of,
        };
        (0..of).map(segment).collect()
    }

    /// The name of its checkpoint, which can be a part of a path: `accounts/0-of-4`.
    pub fn name(&self) -> String {
        format!("{}/{}-of-{}", self.table, self.segment, self.of)
    }
}
