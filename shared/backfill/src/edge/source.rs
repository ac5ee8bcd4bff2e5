//! Where rows come from.

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use user_events_core::{Image, Time};

use crate::edge::failure::Failure;
use crate::segment::Segment;

/// A table, read page by page: DynamoDB, an export in S3, or a fake in a test.
///
/// Every item is in one segment only, and a segment that is read from any of its positions gives the items after it.
pub trait Source: Send + Sync {
    /// The items of a segment after this position, `rows` at most. Without a position, from the beginning.
    ///
    /// The read must be strongly consistent: what was written before the call is in the page.
    ///
    /// Fails when the table cannot be read.
    fn page<'a>(
        &'a self,
        segment: &'a Segment,
        after: Option<&'a Position>,
        rows: u32,
    ) -> BoxFuture<'a, Result<Page, Failure>>;
}

/// Some items of a segment.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The items. A page can be empty and not the last.
    pub items: Vec<Image>,
    /// How many items were passed over because they could not even be read: lines of an export that are no JSON.
    pub unreadable: u64,
    /// The position after the last item. `None` at the end of the segment.
    pub next: Option<Position>,
    /// When the items were as they are here. `None`: when the page was asked for.
    pub read_at: Option<Time>,
    /// The read capacity that the call consumed, in request units.
    pub capacity: f64,
}

/// A position in a segment, as its source writes it. It can hold the keys of an item.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub Value);

impl std::fmt::Debug for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Position")
    }
}
