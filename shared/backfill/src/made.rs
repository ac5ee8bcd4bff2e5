//! What a page becomes: messages, counts, and the rows that do not fit.

use std::collections::{BTreeMap, BTreeSet};

use user_events_core::{Error, SealedEnvelope};

use crate::counts::{Counts, UnfitRow};
use crate::edge::queue::Message;

/// What a page becomes.
#[derive(Debug, Default)]
pub(crate) struct Made {
    pub(crate) messages: Vec<Message>,
    pub(crate) counts: Counts,
    pub(crate) unfit: Vec<UnfitRow>,
    ids: BTreeSet<String>,
}

impl Made {
    /// Adds an event.
    pub(crate) fn add(&mut self, event: SealedEnvelope) {
        let name = event.attribute("eventType").unwrap_or_default().to_owned();
        let message = Message::from(event);
        // Two items of a mapped table can be the same row.
        if !self.ids.insert(message.id.clone()) {
            return;
        }
        self.counts.events += 1;
        self.counts.bytes += message.bytes() as u64;
        *self.counts.by_type.entry(name).or_default() += 1;
        self.messages.push(message);
    }

    /// Counts a row that does not fit.
    pub(crate) fn set_aside(&mut self, table: &str, keys: BTreeMap<String, String>, error: &Error) {
        let code = error.code().as_str().to_owned();
        *self.counts.unfit.entry(code.clone()).or_default() += 1;
        self.unfit.push(UnfitRow {
            table: table.to_owned(),
            keys,
            code,
            reason: error.message().to_owned(),
        });
    }
}
