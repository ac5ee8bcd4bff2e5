//! Turns: the lanes of one message group are handled one after the other.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use aws_sdk_sqs::types::Message;
use tokio::sync::Mutex;

use super::held::fifo_group;

/// The turn of each message group, by group, for as long as a lane holds it.
#[derive(Default)]
pub(super) struct Turns(HashMap<String, Weak<Mutex<()>>>);

impl Turns {
    /// The turn of the lane's group. It keeps two lanes of a group apart, even if a message is received a second time.
    pub(super) fn of_lane(&mut self, lane: &[Message]) -> Arc<Mutex<()>> {
        let Some(group) = lane.first().and_then(fifo_group) else {
            return Arc::default();
        };
        let entry = self.0.entry(group).or_default();
        entry.upgrade().unwrap_or_else(|| {
            let turn = Arc::default();
            *entry = Arc::downgrade(&turn);
            turn
        })
    }

    /// Removes the turns that no lane holds any more.
    pub(super) fn clean(&mut self) {
        self.0.retain(|_, turn| turn.strong_count() > 0);
    }
}
