//! What opening the classes of a person's event proves.

use std::collections::BTreeMap;

use serde::Serialize;
use user_events_consumer::{Opener, ReceivedEvent, UnwrapKey};
use user_events_core::Token;

use super::person::Person;
use crate::open::{Class, open};

/// The result of a check of messages.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Checked {
    /// Messages.
    pub(super) messages: u64,
    /// Messages that are no events: nobody can tell whose they are.
    pub(super) not_events: u64,
    /// Messages of queues that were not seen.
    pub(super) not_seen: u64,
    /// Events of other people, and of other publishers.
    pub(super) of_others: u64,
    /// Events of the person.
    pub(super) events: u64,
    /// Encrypted classes in them.
    pub(super) classes: u64,
    /// Classes that nobody can read any more, because the person was erased.
    pub(super) erased: u64,
    /// Classes that were opened, by reason.
    pub(super) readable: BTreeMap<&'static str, u64>,
    /// Classes that were not opened for another reason: that proves nothing.
    pub(super) not_proved: BTreeMap<String, u64>,
}

/// The reasons for which a class can be read.
const WITHOUT_KEY: &str = "published before SubjectKeys was on: no key of the person is needed";
const KEY_EXISTS: &str = "the key of the person still exists";

impl Checked {
    /// Checks the body of a message.
    pub(super) async fn check<S: UnwrapKey>(
        &mut self,
        person: &Person,
        source: &str,
        opener: &Opener<S>,
        body: &str,
    ) {
        self.messages += 1;
        let Ok(event) = ReceivedEvent::from_message_body(body) else {
            self.not_events += 1;
            return;
        };
        if event.subject() != person.subject() || event.source() != source {
            self.of_others += 1;
            return;
        }
        self.events += 1;
        let with_key: BTreeMap<_, _> = event
            .sealed()
            .map(|(name, member)| {
                let token = Token::read(&member.sealed, event.id(), name);
                let with_key = token.is_ok_and(|token| token.key_id().is_some());
                (name.to_owned(), with_key)
            })
            .collect();
        for (name, class) in open(Some(opener), event).await.classes {
            self.classes += 1;
            let reason = match class {
                Class::Erased => {
                    self.erased += 1;
                    continue;
                }
                Class::Clear(_) => {
                    let reason = if with_key.get(&name) == Some(&true) {
                        KEY_EXISTS
                    } else {
                        WITHOUT_KEY
                    };
                    *self.readable.entry(reason).or_default() += 1;
                    continue;
                }
                Class::NotGranted => "not granted to these credentials",
                Class::Sealed => "no class of the catalog",
                Class::Refused(reason, _) | Class::Failed(reason, _) => reason,
            };
            *self.not_proved.entry(reason.to_owned()).or_default() += 1;
        }
    }

    /// Whether anything opens.
    pub(super) fn is_readable(&self) -> bool {
        !self.readable.is_empty()
    }

    /// Whether it is proved that nothing opens.
    pub(super) fn is_proved(&self) -> bool {
        !self.is_readable() && self.not_proved.is_empty() && self.not_events == 0 && self.not_seen == 0
    }
}
