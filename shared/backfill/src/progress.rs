//! What a run reports while it works.

use crate::counts::{Counts, UnfitRow};
use crate::segment::Segment;

/// Hears how far a run is. It is called from all segments, and must return soon.
pub trait Progress: Send + Sync {
    /// A page was read and sent: `page` is what it added, and `sum` all of the segment since the beginning of the run. The
    /// page that a resumed segment sends again adds nothing.
    fn page(&self, segment: &Segment, page: &Counts, sum: &Counts);

    /// A row does not fit.
    fn unfit(&self, row: &UnfitRow) {
        let _: &UnfitRow = row;
    }

    /// Everything of a segment was read and sent.
    fn done(&self, segment: &Segment, sum: &Counts) {
        let _: (&Segment, &Counts) = (segment, sum);
    }
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn page(&self, _: &Segment, _: &Counts, _: &Counts) {}
}
