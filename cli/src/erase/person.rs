//! The person who is erased, and how a text names them.

use std::fmt;

use serde_json::Value;
use user_events_core::{Subject, subject_from_keys, subject_key_name};

/// The words before a user's id in keys of many tables.
const PREFIXES: [&str; 2] = ["user", "users"];
const SEPARATORS: [char; 5] = ['#', '/', ':', '_', '-'];

/// A user. Printed, it is its pseudonym.
#[derive(Clone)]
pub(super) struct Person {
    id: String,
    subject: String,
    pk: String,
}

impl Person {
    /// The user with this id, of the deployment with this source.
    pub(super) fn new(source: &str, id: &str) -> Self {
        let subject = Subject::User(id).to_string();
        Self {
            id: id.to_owned(),
            pk: subject_key_name(source, &subject),
            subject,
        }
    }

    /// The key of the person's row in the table of keys: a digest, which is a pseudonym.
    pub(super) fn pk(&self) -> &str {
        &self.pk
    }

    /// The subject of the person's events: it holds the id.
    pub(super) fn subject(&self) -> &str {
        &self.subject
    }

    /// Whether the text is the person's id with a word for "user" before it, as keys have it.
    pub(super) fn is_key(&self, text: &str) -> bool {
        let rest = || {
            let (before, rest) = text.split_once(SEPARATORS)?;
            let is_user = PREFIXES.iter().any(|prefix| before.eq_ignore_ascii_case(prefix));
            is_user.then_some(rest)
        };
        text == self.subject
            || rest() == Some(self.id.as_str())
            || subject_from_keys(text, None).as_deref() == Some(self.subject.as_str())
    }

    /// Whether an attribute with this name and text is the person's id.
    pub(super) fn is_attribute(&self, name: &str, text: &str) -> bool {
        self.is_key(text) || (text == self.id && name.to_ascii_lowercase().contains("user"))
    }

    /// Whether a text has the id in it, with no letter and no digit beside it.
    fn is_in(&self, text: &str) -> bool {
        let encoded = self.id.replace('%', "%25").replace('#', "%23");
        [self.id.as_str(), encoded.as_str()].into_iter().any(|id| {
            text.match_indices(id).any(|(at, _)| {
                let before = text.get(..at).and_then(|part| part.chars().next_back());
                let after = text.get(at + id.len()..).and_then(|part| part.chars().next());
                let is_edge = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric());
                is_edge(before) && is_edge(after)
            })
        })
    }

    /// Whether any text in a document mentions the id. A document that is not JSON is one text.
    pub(super) fn is_mentioned(&self, document: &str) -> bool {
        match serde_json::from_str::<Value>(document) {
            Ok(value) => self.is_in_value(&value),
            Err(_) => self.is_in(document),
        }
    }

    fn is_in_value(&self, value: &Value) -> bool {
        match value {
            // Lambda's report can hold its payload as a text of JSON.
            Value::String(text) if text.starts_with(['{', '[']) => self.is_mentioned(text),
            Value::String(text) => self.is_in(text),
            Value::Array(values) => values.iter().any(|value| self.is_in_value(value)),
            Value::Object(members) => members
                .iter()
                .any(|(name, value)| self.is_in(name) || self.is_in_value(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Person").field(&self.pk).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_the_person_and_no_other_with_a_similar_id() {
        let person = Person::new("/user-service", "42");
        for own in ["USER#42", "users/42", "user:42", "USERS_42"] {
            assert!(person.is_key(own), "{own}");
        }
        for other in [
            "42",
            "USER#421",
            "USER#142",
            "ORDER#42",
            "USER#",
            "USER#42#DEVICES",
        ] {
            assert!(!person.is_key(other), "{other}");
        }
        assert!(person.is_attribute("userId", "42") && !person.is_attribute("quantity", "42"));
        let odd = Person::new("/user-service", "a#b");
        assert!(odd.is_key("USER#a%23b"));
    }

    #[test]
    fn a_mention_has_no_letter_and_no_digit_beside_it() {
        let person = Person::new("/user-service", "42");
        for mentions in [
            r#"{"a":[{"S":"x-42-y"}]}"#,
            r#"{"42":1}"#,
            "broken { 42",
            r#"{"payload":"{\"Records\":[{\"a\":\"\\u0034\\u0032\"}]}"}"#,
        ] {
            assert!(person.is_mentioned(mentions), "{mentions}");
        }
        for other in [r#"{"a":"142"}"#, r#"{"a":42}"#, "a42", ""] {
            assert!(!person.is_mentioned(other), "{other}");
        }
    }

    #[test]
    fn printed_for_debugging_it_is_the_pseudonym() {
        let printed = format!("{:?}", Person::new("/user-service", "canary-1"));
        assert!(!printed.contains("canary"), "{printed}");
    }
}
