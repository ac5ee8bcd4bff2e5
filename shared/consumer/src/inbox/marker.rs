//! The marker of a snapshot: the last event of a run.

use user_events_catalog::snapshot::SnapshotCompletedEventV1;
use user_events_core::Event;

use crate::received::ReceivedEvent;

/// The largest integer that every language reads exactly (RFC 8259, section 6).
const MOST_EVENTS: u64 = 9_007_199_254_740_991;

/// Whether the event is the last one of a run.
pub(crate) fn is_marker(event: &ReceivedEvent) -> bool {
    event.event_type() == SnapshotCompletedEventV1::TYPE
}

/// The run of a marker, and how many events it sent. `None` if the marker is not in its form.
pub(super) fn said(marker: &ReceivedEvent) -> Option<(&str, u64)> {
    let run = marker.snapshot_run()?;
    let data = marker.data();
    if data.get("run")?.as_str() != Some(run) {
        return None;
    }
    let events = data.get("events")?;
    let whole = |number: f64| (number.fract() == 0.0 && number >= 0.0).then_some(number as u64);
    let events = events.as_u64().or_else(|| whole(events.as_f64()?))?;
    (events <= MOST_EVENTS).then_some((run, events))
}
