//! An event judged by a policy.

use user_events_core::description::published_example;
use user_events_core::{Publication, Registration};
use user_events_policy::{Message, Verdict};

use crate::names::registrations;

/// An event type and the message of its example.
pub(super) struct Candidate {
    pub(super) category: &'static str,
    pub(super) registration: &'static Registration,
    pub(super) message: Message,
}

/// An event type and the verdict of the policy.
pub(super) struct Judged<'a> {
    pub(super) candidate: &'a Candidate,
    pub(super) verdict: Verdict,
}

impl Judged<'_> {
    pub(super) fn is_through(&self) -> bool {
        self.verdict == Verdict::Through
    }
}

/// Every event on a topic, with the message of its example.
pub(super) fn candidates(publication: &Publication) -> impl Iterator<Item = Candidate> {
    registrations().map(|(category, registration)| Candidate {
        category,
        registration,
        message: Message::from_event(&published_example(registration, category, publication).event),
    })
}
