//! The sealed classes of an event.

use user_events_core::SealedMember;

use super::event::ReceivedEvent;

/// The longest name of a class.
const MAX_NAME: usize = 32;

/// A sealed class, borrowed from an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SealedRef<'a> {
    pub(crate) sealed: &'a str,
    pub(crate) data_key: &'a str,
    pub(crate) key_arn: &'a str,
}

/// The member of `data` that should be a class.
pub(crate) enum ClassMember<'a> {
    /// The event has no such member, or it is `null`.
    Absent,
    /// The member is not in the form of a sealed class, or its name is not that of a class.
    Malformed,
    Sealed(SealedRef<'a>),
}

impl ReceivedEvent {
    /// The sealed classes of the event with their names, in the order of the event.
    pub fn sealed(&self) -> impl Iterator<Item = (&str, SealedMember)> {
        self.classes.0.iter().map(|place| {
            let member = SealedMember {
                sealed: place.sealed.in_text(self.text()).to_owned(),
                data_key: place.data_key.in_text(self.text()).to_owned(),
                key_arn: place.key_arn.in_text(self.text()).to_owned(),
            };
            (&*place.name, member)
        })
    }

    pub(crate) fn class(&self, name: &str) -> ClassMember<'_> {
        if !is_class_name(name) {
            return ClassMember::Malformed;
        }
        let text = self.text();
        match self.classes.0.iter().find(|place| *place.name == *name) {
            Some(place) => ClassMember::Sealed(SealedRef {
                sealed: place.sealed.in_text(text),
                data_key: place.data_key.in_text(text),
                key_arn: place.key_arn.in_text(text),
            }),
            None if self.data().get(name).is_none_or(serde_json::Value::is_null) => ClassMember::Absent,
            None => ClassMember::Malformed,
        }
    }
}

fn is_class_name(name: &str) -> bool {
    name.len() <= MAX_NAME
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
