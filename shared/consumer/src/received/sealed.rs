//! Finds the sealed members of an event without parsing the rest.

use std::borrow::Cow;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use user_events_core::SealedMember;

use super::event::ReceivedEvent;

/// A sealed class, borrowed from the text of an event.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SealedRef<'a> {
    #[serde(borrow)]
    pub(crate) sealed: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) data_key: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) key_arn: Cow<'a, str>,
}

impl ReceivedEvent {
    /// The sealed classes of the event with their names, in the order of the event.
    pub fn sealed(&self) -> impl Iterator<Item = (&str, SealedMember)> {
        let members = self.data().iter();
        members.filter_map(|(name, member)| Some((name.as_str(), SealedMember::from_member(member)?)))
    }

    /// Every sealed class of the event.
    pub(crate) fn sealed_classes(&self) -> Vec<(Cow<'_, str>, SealedRef<'_>)> {
        let members = self.members(None).into_iter();
        members
            .filter_map(|(name, sealed)| Some((name, sealed?)))
            .collect()
    }

    /// The sealed class of this name: `None` if the event has no such member, `Some(None)` if the member does not
    /// have the form of a sealed class.
    pub(crate) fn sealed_class(&self, class: &str) -> Option<Option<SealedRef<'_>>> {
        self.members(Some(class)).pop().map(|(_, sealed)| sealed)
    }

    fn members(&self, class: Option<&str>) -> Found<'_> {
        let mut reader = serde_json::Deserializer::from_str(self.data_text());
        // `data` was checked to be a JSON object when the event was received.
        reader.deserialize_map(Members { class }).unwrap_or_default()
    }
}

type Found<'a> = Vec<(Cow<'a, str>, Option<SealedRef<'a>>)>;

/// Collects all members, or only the one with this name.
struct Members<'c> {
    class: Option<&'c str>,
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Found<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::new();
        while let Some(Name(name)) = members.next_key()? {
            if self.class.is_some_and(|class| class != name) {
                members.next_value::<IgnoredAny>()?;
                continue;
            }
            let value: &RawValue = members.next_value()?;
            let sealed = value
                .get()
                .starts_with('{')
                .then(|| serde_json::from_str(value.get()));
            found.push((name, sealed.and_then(Result::ok)));
        }
        Ok(found)
    }
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
