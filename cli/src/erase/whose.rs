//! Whose record it is: found by its keys, and by the mapping if the table has another shape.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;
use user_events_core::{
    Attribute, Image, Mapping, RawRecord, Refusal, TableMapping, Time, subject_from_keys,
};

use super::person::Person;

/// Whose record it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// The person's alone: it is deleted.
    Person,
    /// Not the person's, as far as keys tell.
    Others,
    /// An item with rows of the person and rows of others: it stays, and is reported.
    Shared,
    /// It mentions the person, and its keys tell nobody: it stays, and is reported.
    Unclear,
}

/// What is needed to tell whose a record is.
#[derive(Debug)]
pub(super) struct Sorting<'a> {
    pub(super) person: &'a Person,
    pub(super) mapping: Option<&'a Mapping>,
    /// The table of persons' keys. A record of it is a tombstone on its way to the subscribers, which have to be told.
    pub(super) key_table: &'a str,
    pub(super) now: Time,
}

/// The item of a record, as far as it can be read.
#[derive(Default)]
struct Item {
    keys: Attributes,
    images: Vec<Attributes>,
}

type Attributes = BTreeMap<String, Value>;

impl Sorting<'_> {
    /// Whose the record is. `mapped` says that the publisher had a mapping for its table.
    pub(super) fn whose(&self, raw: &RawRecord<'_>, mapped: bool) -> Whose {
        let name = raw.table();
        if name.as_deref() == Some(self.key_table) {
            return Whose::Others;
        }
        let table = name.and_then(|name| self.mapping.and_then(|mapping| mapping.table(&name)));
        match table {
            Some(table) => self.mapped(table, raw),
            // Its keys mean something else, and nobody says what.
            None if mapped => self.unclear(raw),
            None => self.native(raw),
        }
    }

    /// Whose a text is that is no record.
    pub(super) fn text(&self, text: &str) -> Whose {
        if self.person.is_mentioned(text) {
            Whose::Unclear
        } else {
            Whose::Others
        }
    }

    fn native(&self, raw: &RawRecord<'_>) -> Whose {
        match raw.keys() {
            None => self.unclear(raw),
            Some((pk, sk)) => match subject_of(&pk, sk.as_deref()) {
                Some(subject) => self.subject(&subject),
                None => self.unpublished(raw),
            },
        }
    }

    fn mapped(&self, table: &TableMapping, raw: &RawRecord<'_>) -> Whose {
        let item = Item::read(raw);
        let (mut subjects, mut unfit) = (BTreeSet::new(), false);
        for image in item.sides() {
            for applied in table.apply(&image, None, self.now) {
                match applied.result {
                    Ok(rows) => {
                        let subject = rows
                            .iter()
                            .map(|row| subject_from_keys(&row.keys.pk, Some(&row.keys.sk)));
                        subjects.extend(subject.flatten());
                    }
                    Err(Refusal::Unfit(_)) => unfit = true,
                    Err(Refusal::NoMatch(_)) => {}
                }
            }
        }
        let own = subjects.remove(self.person.subject());
        match (own, subjects.is_empty()) {
            (true, true) if !unfit => Whose::Person,
            (true, false) => Whose::Shared,
            (false, false) => Whose::Others,
            // A rule could not tell its rows, so there may be more.
            (_, true) if unfit => self.unclear(raw),
            (_, true) => self.unpublished(raw),
        }
    }

    fn subject(&self, subject: &str) -> Whose {
        if subject == self.person.subject() {
            Whose::Person
        } else {
            Whose::Others
        }
    }

    /// A record that identifies nobody and from which no event comes, such as a uniqueness guard: the person's if a key or
    /// an attribute is the person's id.
    fn unpublished(&self, raw: &RawRecord<'_>) -> Whose {
        let item = Item::read(raw);
        let mut attributes = std::iter::once(&item.keys).chain(&item.images).flatten();
        let is_own = |(name, value): (&String, &Value)| {
            let text = value.get("S").and_then(Value::as_str);
            text.is_some_and(|text| self.person.is_attribute(name, text))
        };
        if attributes.any(is_own) {
            Whose::Person
        } else {
            self.unclear(raw)
        }
    }

    fn unclear(&self, raw: &RawRecord<'_>) -> Whose {
        self.text(raw.json().get())
    }
}

/// The subject of a row of the native shape. Rows with deeper keys, which are no events' rows, belong to the subject of
/// the first part.
fn subject_of(pk: &str, sk: Option<&str>) -> Option<String> {
    let first = || {
        let (prefix, rest) = pk.split_once('#')?;
        let (id, _) = rest.split_once('#')?;
        subject_from_keys(&format!("{prefix}#{id}"), None)
    };
    subject_from_keys(pk, sk).or_else(first)
}

impl Item {
    fn read(raw: &RawRecord<'_>) -> Self {
        #[derive(Deserialize)]
        struct Record {
            dynamodb: Stream,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Stream {
            #[serde(default)]
            keys: Attributes,
            new_image: Option<Attributes>,
            old_image: Option<Attributes>,
        }
        let Ok(record) = serde_json::from_str::<Record>(raw.json().get()) else {
            return Self::default();
        };
        let Stream {
            keys,
            new_image,
            old_image,
        } = record.dynamodb;
        Self {
            keys,
            images: [new_image, old_image].into_iter().flatten().collect(),
        }
    }

    /// The item before and after, each with its keys; the keys alone if the record has no image.
    fn sides(&self) -> Vec<Image> {
        let attribute = |(name, value): (&String, &Value)| {
            let read = serde_json::from_value(value.clone());
            (
                name.clone(),
                read.unwrap_or_else(|_| Attribute::Unknown(value.to_string())),
            )
        };
        let side = |image: &Attributes| image.iter().chain(&self.keys).map(attribute).collect();
        if self.images.is_empty() {
            vec![side(&Attributes::new())]
        } else {
            self.images.iter().map(side).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serde_json::value::RawValue;
    use user_events_catalog::CATEGORIES;
    use user_events_core::shapes;

    use super::*;

    fn record(table: &str, keys: Value, new: Value) -> Box<RawValue> {
        let record = json!({
            "eventSourceARN": format!("arn:aws:dynamodb:eu-west-1:1:table/{table}/stream/s"),
            "dynamodb": { "Keys": keys, "NewImage": new },
        });
        serde_json::value::to_raw_value(&record).unwrap()
    }

    fn whose(mapping: Option<&str>, record: &RawValue, mapped: bool) -> Whose {
        let person = Person::new("/user-service", "42");
        let mapping = mapping.map(|text| Mapping::read(text, &shapes(CATEGORIES)).unwrap());
        let sorting = Sorting {
            person: &person,
            mapping: mapping.as_ref(),
            key_table: "s-subject-keys",
            now: Time::UNIX_EPOCH,
        };
        sorting.whose(&RawRecord::read(record), mapped)
    }

    #[test]
    fn a_native_record_is_its_keys() {
        for (pk, sk, expected) in [
            ("USER#42", "ACCOUNT", Whose::Person),
            ("USER#42", "ATTEMPT#a", Whose::Person),
            ("USER#42", "ROLE#r", Whose::Person),
            ("USER#42#DEVICES", "1", Whose::Person),
            ("USER#421", "ACCOUNT", Whose::Others),
            ("USER#7", "ROLE#42", Whose::Others),
            ("ROLE#42", "ROLE", Whose::Others),
            ("UNKNOWN#x", "ATTEMPT#42", Whose::Others),
            ("EMAIL#a", "GUARD", Whose::Others),
        ] {
            let record = record("t", json!({ "pk": { "S": pk }, "sk": { "S": sk } }), json!({}));
            assert_eq!(whose(None, &record, false), expected, "{pk} {sk}");
        }
    }

    #[test]
    fn a_row_that_only_mentions_the_person_stays_with_its_subject() {
        let keys = json!({ "pk": { "S": "USER#7" }, "sk": { "S": "ACCOUNT" } });
        let record = record(
            "t",
            keys,
            json!({ "lastChange": { "M": { "actor": { "S": "42" } } } }),
        );
        assert_eq!(whose(None, &record, false), Whose::Others);
    }

    #[test]
    fn a_guard_is_the_persons_if_it_names_them_and_unclear_if_it_mentions_them() {
        let keys = json!({ "pk": { "S": "EMAIL#a@example.com" }, "sk": { "S": "GUARD" } });
        let guard = |image: Value| whose(None, &record("t", keys.clone(), image), false);
        assert_eq!(guard(json!({ "userId": { "S": "42" } })), Whose::Person);
        assert_eq!(guard(json!({ "owner": { "S": "USER#42" } })), Whose::Person);
        assert_eq!(guard(json!({ "note": { "S": "of 42" } })), Whose::Unclear);
        assert_eq!(guard(json!({ "userId": { "S": "43" } })), Whose::Others);
    }

    #[test]
    fn a_tombstone_that_waits_to_be_published_stays() {
        let keys = json!({ "pk": { "S": "0123" } });
        let tombstone = |table: &str| {
            let image = json!({ "pk": { "S": "0123" }, "subject": { "S": "users/42" } });
            whose(None, &record(table, keys.clone(), image), false)
        };
        assert_eq!(tombstone("s-subject-keys"), Whose::Others);
        assert_eq!(tombstone("another"), Whose::Person);
    }

    #[test]
    fn a_record_without_keys_is_unclear_only_if_it_mentions_the_person() {
        for (text, expected) in [
            (r#"{"a":"42"}"#, Whose::Unclear),
            (r#"{"a":"43"}"#, Whose::Others),
        ] {
            let record: Box<RawValue> = serde_json::from_str(text).unwrap();
            assert_eq!(whose(None, &record, false), expected, "{text}");
        }
    }

    const GROUPS: &str = "version: 1
tables:
  - table: groups
    keys: { partition: id }
    rows:
      - kind: role-assignment
        each: { set: members }
        ids: { userId: { element: value }, roleId: { path: id } }
        attributes: { assignedAt: recorded }
  - table: people
    keys: { partition: id }
    rows:
      - kind: account
        when: { attributes: { type: user } }
        ids: { userId: { path: id } }
        attributes:
          email: email
          emailVerified: { value: true }
          status: { value: ACTIVE }
          createdAt: recorded
          updatedAt: recorded
";

    #[test]
    fn an_item_of_several_people_is_shared() {
        let group = |members: &[&str]| {
            let image = json!({ "id": { "S": "g" }, "members": { "SS": members } });
            whose(
                Some(GROUPS),
                &record("groups", json!({ "id": { "S": "g" } }), image),
                true,
            )
        };
        assert_eq!(group(&["42"]), Whose::Person);
        assert_eq!(group(&["42", "7"]), Whose::Shared);
        assert_eq!(group(&["7", "8"]), Whose::Others);
    }

    #[test]
    fn a_mapped_item_is_the_persons_also_if_it_does_not_fit() {
        let image = json!({ "id": { "S": "42" }, "type": { "S": "user" } });
        let misfit = record("people", json!({ "id": { "S": "42" } }), image);
        assert_eq!(whose(Some(GROUPS), &misfit, true), Whose::Person);
        let image = json!({ "id": { "S": "9" }, "type": { "S": "link" }, "userId": { "S": "42" } });
        let unread = record("people", json!({ "id": { "S": "9" } }), image);
        assert_eq!(whose(Some(GROUPS), &unread, true), Whose::Person);
        assert_eq!(whose(None, &misfit, true), Whose::Unclear, "without the mapping");
    }
}
