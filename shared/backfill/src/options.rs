//! How a run works: sizes and limits.

/// How a run works. None of it changes which events there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The most rows of a page. One page of each segment that is being read is in memory.
    pub page_rows: u32,
    /// The most rows that are read in a second, over all segments. `None`: no limit.
    pub rate: Option<u32>,
    /// The most calls to the queue that are under way at once for one segment.
    pub sends: usize,
    /// The most bytes that the queue accepts in one message.
    pub max_message_bytes: usize,
    /// Do everything except sending, creating persons' keys and saving checkpoints.
    pub dry_run: bool,
    /// Draw the pauses after failures from this seed, for runs that must be repeatable.
    pub seed: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            page_rows: 500,
            rate: None,
            sends: 4,
            // Queues accept 256 KiB unless somebody raised `MaximumMessageSize`.
            max_message_bytes: 262_144,
            dry_run: false,
            seed: None,
        }
    }
}
