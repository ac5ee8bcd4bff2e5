//! The log: one JSON object per line on standard output, where Lambda and the local engine read it.

/// Starts the log. Later calls do nothing.
pub fn start_log() {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_target(false)
        .try_init()
        .ok();
}
