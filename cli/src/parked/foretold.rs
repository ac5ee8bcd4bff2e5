//! Prints what messages would become.

use super::outcome::{Foretold, Outcome};
use crate::printable::printable;

/// How many of some messages would come to which end.
#[derive(Debug, Default)]
pub(super) struct Tally {
    published: usize,
    parked: usize,
    without_event: usize,
    unknown: usize,
}

impl Outcome {
    /// In one line, without a value.
    pub(super) fn summary(&self) -> String {
        let text = match self {
            Self::Published { events, note } => {
                let types: Vec<_> = events.iter().map(|event| event.event_type.as_str()).collect();
                let note = note.map(|note| format!("; but {note}")).unwrap_or_default();
                format!("would be published: {}{note}", types.join(", "))
            }
            Self::Parked { code, reason } => format!("would be parked again: {code}: {reason}"),
            Self::NoEvent { why } => format!("no event, because {why}"),
            Self::Unknown { why } => format!("unknown, because {why}"),
        };
        printable(&text)
    }

    /// The events with their ids, their order and their public data, each on two lines.
    pub(super) fn details(&self) -> Vec<String> {
        let Self::Published { events, .. } = self else {
            return Vec::new();
        };
        let lines = |event: &Foretold| {
            let encrypted = match event.classes.as_slice() {
                [] => String::new(),
                classes => format!("  + encrypted: {}", classes.join(", ")),
            };
            [
                format!(
                    "  {} {}  {}  id {}  sequence {}",
                    event.category, event.event_type, event.subject, event.id, event.sequence
                ),
                format!("    {}{encrypted}", event.data),
            ]
            .map(|line| printable(&line))
        };
        events.iter().flat_map(lines).collect()
    }
}

impl Tally {
    /// Counts these.
    pub(super) fn new<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Self {
        let mut tally = Self::default();
        for outcome in outcomes {
            *match outcome {
                Outcome::Published { .. } => &mut tally.published,
                Outcome::Parked { .. } => &mut tally.parked,
                Outcome::NoEvent { .. } => &mut tally.without_event,
                Outcome::Unknown { .. } => &mut tally.unknown,
            } += 1;
        }
        tally
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} published, {} parked again, {} without an event, {} unknown",
            self.published, self.parked, self.without_event, self.unknown
        )
    }
}
