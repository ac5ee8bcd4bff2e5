//! What the history of a run has shown of persons' keys.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use user_events_core::SubjectKey;

/// The record of an event, and the event's place in it.
pub(super) type Place = (usize, usize);

/// What the history has shown of the table of persons' keys.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// Every key that ever was in the table, by its row and its name.
    pub(super) ever: BTreeMap<(String, String), Arc<SubjectKey>>,
    /// The name of the key in each row now.
    pub(super) now: BTreeMap<String, String>,
    /// When each person was erased.
    pub(super) erased: BTreeMap<String, Duration>,
    /// The events that were sealed with a person's key: the row, and the key's name.
    pub(super) sealed: Vec<(Place, String, String)>,
}

/// The sealed classes of an event.
#[derive(Debug, Default)]
pub(super) struct Seals {
    pub(super) classes: usize,
    /// The names of the persons' keys that they need.
    pub(super) key_ids: BTreeSet<String>,
}
