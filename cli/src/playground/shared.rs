//! What all requests of a page share.

use tokio::sync::watch;

use super::drawer::Drawer;
use super::feed::Feed;
use super::grants::GrantedOpeners;
use super::place::Place;
use super::presets::Presets;

/// What all requests share.
pub(super) struct Shared {
    pub(super) presets: Presets,
    pub(super) feed: Feed,
    pub(super) openers: GrantedOpeners,
    pub(super) drawer: Drawer,
    /// How many messages the parked queue holds.
    pub(super) parked: watch::Sender<usize>,
    pub(super) place: Place,
}

impl Shared {
    pub(super) fn new(place: Place, presets: Presets) -> Self {
        Self {
            presets,
            feed: Feed::new(),
            openers: GrantedOpeners::new(&place),
            drawer: Drawer::new(&place),
            parked: watch::Sender::new(0),
            place,
        }
    }
}
