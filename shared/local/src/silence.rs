//! Why a change of a row is no event, in words. They name attributes, and no value.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use user_events_catalog::CATEGORIES;
use user_events_core::{
    Change, Mapping, Publication, RawRecord, Reader, RowShape, StreamRecord, TableMapping, pipeline, shapes,
};

/// The time of a write. Every write moves it, so it is no news.
const TIME_OF_WRITE: &str = "updatedAt";

/// Why the change of this stream record, as [`user_events_core::stream_record`] makes one, causes no event. Without a mapping,
/// the table has rows of the native shape. `None` if the change causes an event or is parked.
///
/// Also answers a record that DynamoDB would not make: of a row that is as it was before, or that was never there.
pub fn reason(mapping: Option<&Mapping>, record: &Value) -> Option<String> {
    let images = |name: &str| record["dynamodb"].get(name).and_then(Value::as_object);
    let (old, new) = (images("OldImage"), images("NewImage"));
    match (old, new) {
        (None, None) => return Some("there is no such row".to_owned()),
        (Some(old), Some(new)) if old == new && mapping.is_none() => {
            return Some("the row is as it was before".to_owned());
        }
        _ => {}
    }
    let raw = serde_json::value::to_raw_value(record).ok()?;
    let raw = RawRecord::read(&raw);
    let decoded = pipeline::decode(mapping, &raw).ok()?;
    let publication = Publication::default();
    let envelopes = pipeline::envelopes(CATEGORIES, &decoded, &publication).ok()?;
    if envelopes.as_ref().is_some_and(|envelopes| envelopes.len() > 0) {
        return None;
    }
    let mapping = mapping.filter(|_| decoded.is_mapped());
    let table = mapping.and_then(|mapping| mapping.table(&raw.table()?));
    Some(match (envelopes, table) {
        (None, None) => "rows with such keys are not read".to_owned(),
        (None, Some(_)) => "no rule makes a row of the item, so it is skipped".to_owned(),
        (Some(_), table) if !decoded.records().is_empty() => {
            // The attributes of a mapped item have names of their own.
            let altered = table.map_or_else(|| altered(old, new), |_| Names::new());
            let reasons = decoded.records().iter().map(|record| of_row(record, &altered));
            let reasons: BTreeSet<_> = reasons.collect();
            Vec::from_iter(reasons).join("; ")
        }
        (Some(_), table) => without_row(table, old, new),
    })
}

type Image = Map<String, Value>;
type Names<'n> = BTreeSet<&'n str>;

/// A rule makes rows of the item, and the change alters none.
fn without_row(table: Option<&TableMapping>, old: Option<&Image>, new: Option<&Image>) -> String {
    if old.is_none() || new.is_none() {
        return "the disappearance of these rows is no event: their rules say `removal: ignored`".to_owned();
    }
    let read: Names<'_> = table.iter().flat_map(|table| table.attributes()).collect();
    let unread: Vec<_> = altered(old, new).difference(&read).copied().collect();
    let equal = "the rows before and after the change are equal";
    match unread.as_slice() {
        [] => equal.to_owned(),
        unread => format!("{equal}; no rule reads what changed: `{}`", unread.join("`, `")),
    }
}

/// Why the change of a row is no event. `altered` are all attributes that the change altered, read or not.
fn of_row(record: &StreamRecord, altered: &Names<'_>) -> String {
    let image = record.change.image();
    let all = shapes(CATEGORIES);
    let shape = all.into_iter().find(|shape| {
        let shape = std::slice::from_ref(*shape);
        Reader::new(shape, &record.keys, image).is_some()
    });
    let Some(shape) = shape else {
        return "rows with such keys are not read".to_owned();
    };
    let is_deleted = |image: &user_events_core::Image| image.text("status") == Some("DELETED");
    let has_ended = |image: &user_events_core::Image| image.get("endReason").is_some();
    match (shape.kind, &record.change) {
        ("account", Change::Inserted { new }) if is_deleted(new) => {
            "the user is deleted, and was never there".to_owned()
        }
        ("account", Change::Removed { old, .. }) if is_deleted(old) => {
            "the user was deleted before; removing the row is no second deletion".to_owned()
        }
        ("account", Change::Modified { old, new }) if is_deleted(old) && is_deleted(new) => {
            "the user was deleted before, and stays so".to_owned()
        }
        ("session", Change::Removed { old, .. }) if has_ended(old) => {
            "the session ended before; removing its row is no second end".to_owned()
        }
        ("session", Change::Modified { old, new }) if has_ended(old) && has_ended(new) => {
            "the session ended before".to_owned()
        }
        ("second factor", Change::Inserted { .. }) => "a second factor that is off is no news".to_owned(),
        ("second factor", Change::Removed { .. }) => {
            "the second factor was off; removing its row changes nothing".to_owned()
        }
        (kind, Change::Inserted { .. }) => format!("a new {kind} row is no event"),
        (kind, Change::Removed { .. }) => format!("the removal of the {kind} row is no event"),
        (_, Change::Modified { .. }) => modified(shape, record, altered),
    }
}

fn modified(shape: &'static RowShape, record: &StreamRecord, altered: &Names<'_>) -> String {
    let read = shape.columns.iter().map(|column| column.name);
    let read: Vec<_> = read
        .filter(|name| *name != TIME_OF_WRITE && record.differs(name))
        .map(in_words)
        .collect();
    let unread: Vec<_> = altered
        .iter()
        .filter(|name| shape.column(name).is_none())
        .map(|name| in_words(name))
        .collect();
    match (read.as_slice(), unread.as_slice()) {
        ([], []) => "only the time of the write changed".to_owned(),
        ([], unread) => format!("only {} changed", listed(unread)),
        (read, _) => format!("{} changed, and that alone is no event", listed(read)),
    }
}

/// The attributes that differ.
fn altered<'n>(old: Option<&'n Image>, new: Option<&'n Image>) -> Names<'n> {
    let (Some(old), Some(new)) = (old, new) else {
        return Names::new();
    };
    let names = old.keys().chain(new.keys());
    names
        .filter(|name| old.get(*name) != new.get(*name))
        .map(String::as_str)
        .collect()
}

/// The name of an attribute as words: `passwordHash` becomes `the password hash`, and `lastLoginAt` `the last login`.
/// A name that is not written so stays as it is, in backticks.
fn in_words(name: &str) -> String {
    let is_camel = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric());
    if !is_camel {
        return format!("`{name}`");
    }
    let mut words = String::from("the ");
    for letter in name.strip_suffix("At").unwrap_or(name).chars() {
        if letter.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

/// `the a`, `the a and the b`, `the a, the b and the c`.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use user_events_core::{attributes, stream_record};

    use super::*;

    fn why(old: Option<Value>, new: Option<Value>) -> Option<String> {
        let row = old.as_ref().or(new.as_ref()).unwrap_or(&Value::Null);
        let keys = attributes(&json!({ "pk": row["pk"], "sk": row["sk"] }));
        let image = |row: Option<Value>| row.as_ref().map(attributes);
        let mut record = stream_record("any", image(old), image(new));
        record["dynamodb"]["Keys"] = keys;
        reason(None, &record)
    }

    fn account(change: Value) -> Value {
        let mut row = json!({
            "pk": "USER#1", "sk": "ACCOUNT", "email": "canary@example.com", "status": "ACTIVE", "passwordHash": "a",
            "createdAt": "2026-03-01T08:00:00Z", "updatedAt": "2026-03-01T08:00:00Z",
        });
        for (name, value) in change.as_object().into_iter().flatten() {
            row[name] = value.clone();
        }
        row
    }

    #[test]
    fn the_reason_names_what_changed_and_no_value() {
        let later = "2026-03-02T08:00:00Z";
        let deleted = || account(json!({ "status": "DELETED" }));
        let session = |reason: &str| json!({ "pk": "USER#1", "sk": "SESSION#1", "loginMethod": "X", "createdAt": later, "expiresAt": later, "endReason": reason });
        let factor = json!({ "pk": "USER#1", "sk": "MFA#TOTP", "enabled": false, "updatedAt": later });
        for (old, new, expected) in [
            (
                Some(account(json!({}))),
                Some(account(json!({ "passwordHash": "canary", "updatedAt": later }))),
                "only the password hash changed",
            ),
            (
                Some(account(json!({}))),
                Some(account(
                    json!({ "lastLoginAt": later, "version": 2, "last-device": "canary" }),
                )),
                "only `last-device`, the last login and the version changed",
            ),
            (
                Some(account(json!({}))),
                Some(account(json!({ "updatedAt": later }))),
                "only the time of the write changed",
            ),
            (
                Some(account(json!({}))),
                Some(account(json!({ "statusReason": "canary", "version": 2 }))),
                "the status reason changed, and that alone is no event",
            ),
            (
                Some(account(json!({}))),
                Some(account(json!({}))),
                "the row is as it was before",
            ),
            (None, None, "there is no such row"),
            (
                None,
                Some(json!({ "pk": "EMAIL#canary@example.com", "sk": "GUARD" })),
                "rows with such keys are not read",
            ),
            (None, Some(deleted()), "the user is deleted, and was never there"),
            (
                Some(deleted()),
                None,
                "the user was deleted before; removing the row is no second deletion",
            ),
            (
                Some(deleted()),
                Some(account(
                    json!({ "status": "DELETED", "email": "canary2@example.com" }),
                )),
                "the user was deleted before, and stays so",
            ),
            (
                Some(session("LOGOUT")),
                None,
                "the session ended before; removing its row is no second end",
            ),
            (
                Some(session("LOGOUT")),
                Some(session("REVOKED")),
                "the session ended before",
            ),
            (
                None,
                Some(factor.clone()),
                "a second factor that is off is no news",
            ),
            (
                Some(factor),
                None,
                "the second factor was off; removing its row changes nothing",
            ),
            (
                None,
                Some(json!({ "pk": "USER#1", "sk": "PASSWORD", "passwordChangedAt": later })),
                "a new password row is no event",
            ),
            (
                Some(json!({ "pk": "USER#1", "sk": "PASSWORD", "passwordChangedAt": later })),
                None,
                "the removal of the password row is no event",
            ),
        ] {
            let found = why(old, new);
            assert_eq!(found.as_deref(), Some(expected));
        }
    }

    #[test]
    fn there_is_no_reason_where_there_is_an_event_or_the_record_is_parked() {
        assert_eq!(why(None, Some(account(json!({})))), None);
        assert_eq!(why(None, Some(account(json!({ "status": 1 })))), None);
    }
}
