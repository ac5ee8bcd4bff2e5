//! The log: one JSON object a line, on standard output, where Lambda and the local engine read it.

/// Begins to log. Later calls do nothing.
pub fn start_log() {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_target(false)
        .try_init()
        .ok();
}
