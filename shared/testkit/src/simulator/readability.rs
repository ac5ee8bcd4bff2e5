//! Judges what can be read: everything of the persons who were not erased, and nothing of those who were.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use user_events_core::{SubjectKey, subject_key_name};

use super::oracle::Oracle;
use super::seen_keys::{Place, Seals};
use super::violation::Breach;

/// A publisher uses a key for 300 s after it read it (`docs/erasure.md`), and a read may lag by a second.
const CACHED: Duration = Duration::from_secs(301);
/// The classes of personal data. They are listed here on purpose: the oracle takes nothing from the code under test.
const CLASSES: [&str; 4] = ["contact", "identity", "address", "network"];

impl Oracle<'_> {
    pub(super) fn saw_erasure(&mut self, name: &str, at: Duration) {
        self.keys.erased.entry(name.to_owned()).or_insert(at);
    }

    /// A row of the table changed: it holds this key now, or none.
    pub(super) fn saw_key(&mut self, name: &str, key: Option<&Arc<SubjectKey>>) {
        let Some(key) = key else {
            self.keys.now.remove(name);
            return;
        };
        if self.keys.erased.contains_key(name) {
            let text = "the table holds a key of a person who was erased";
            self.breach(Breach::Readable, text);
        }
        let id = key.key_id.clone();
        self.keys
            .ever
            .insert((name.to_owned(), id.clone()), Arc::clone(key));
        self.keys.now.insert(name.to_owned(), id);
    }

    /// An event was taken: which of its classes are sealed, and with which key of the person.
    pub(super) fn saw_seals(&mut self, place: Place, document: &Value, seals: &Seals, at: Duration) {
        let sealed = self.truth(place.0).and_then(|truth| truth.events.get(place.1));
        let must_seal = sealed.is_some_and(|event| event.sealed);
        let subject = document["subject"].as_str().unwrap_or_default();
        let is_person = self.terms.has_persons && subject.starts_with("users/");
        let name = subject_key_name(document["source"].as_str().unwrap_or_default(), subject);
        let erased = self.keys.erased.get(&name).copied().filter(|_| is_person);
        let mut misdescribed = Vec::new();
        if must_seal && seals.classes == 0 && erased.is_none() {
            misdescribed.push("it must have a sealed class");
        }
        if !must_seal && seals.classes > 0 {
            misdescribed.push("it must have no sealed class");
        }
        if is_person != (seals.key_ids.len() == 1) && seals.classes > 0 {
            misdescribed.push("a person's classes, and no others, must be sealed with the person's key");
        }
        let latest = self.terms.working_time.unwrap_or_default();
        if seals.classes > 0 && erased.is_some_and(|erased| at > erased + CACHED + 2 * latest) {
            misdescribed.push("it has a class, long after the person was erased");
        }
        for what in misdescribed {
            let text = format!("{}: {what}", self.name(place));
            self.breach(Breach::Misdescribed, text);
        }
        let keys = seals
            .key_ids
            .iter()
            .map(|key_id| (place, name.clone(), key_id.clone()));
        self.keys.sealed.extend(keys);
    }

    /// Whether two deliveries of an event say the same. The later one has no classes if the person was erased meanwhile.
    pub(super) fn say_the_same(&self, first: &Value, again: &Value) -> bool {
        let text = |name: &str| first[name].as_str().unwrap_or_default();
        let name = subject_key_name(text("source"), text("subject"));
        if !self.keys.erased.contains_key(&name) {
            return first == again;
        }
        let without_classes = |document: &Value| {
            let mut document = document.clone();
            if let Some(data) = document.get_mut("data").and_then(Value::as_object_mut) {
                data.retain(|name, _| !CLASSES.contains(&name.as_str()));
            }
            document
        };
        without_classes(first) == without_classes(again)
    }

    /// Everything opens with the keys that are left, unless the person was erased; then nothing does.
    pub(super) fn look_at_what_can_be_read(&mut self) {
        let keys = std::mem::take(&mut self.keys);
        for (place, name, key_id) in &keys.sealed {
            let opens = keys.now.get(name) == Some(key_id);
            let erased = keys.erased.contains_key(name);
            if opens == erased {
                let event = self.name(*place);
                let (breach, text) = if erased {
                    (Breach::Readable, "opens, and its person was erased")
                } else {
                    (
                        Breach::Unreadable,
                        "opens with no key that is left, and nobody was erased",
                    )
                };
                self.breach(breach, format!("{event} {text}"));
            }
        }
        self.judgement.sealed_for_persons = keys.sealed.len();
        self.judgement.erased = keys.erased.len();
    }
}
