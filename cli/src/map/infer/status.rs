//! The status of an account, from the flags and times that services keep instead.

use super::convert::{Place, mapped, time};
use super::field::{Field, Fields, TimeForm};
use super::proposal::{Line, Value};
use super::yaml::{dotted, map, path};

const STATUS: [&str; 4] = ["status", "accountstatus", "userstatus", "state"];
/// The statuses of the catalog.
const KNOWN: [&str; 6] = [
    "PENDING_VERIFICATION",
    "ACTIVE",
    "LOCKED",
    "SUSPENDED",
    "DEACTIVATED",
    "DELETED",
];
/// What other services call them, in normal form.
const WORDS: [(&str, &str); 25] = [
    ("active", "ACTIVE"),
    ("enabled", "ACTIVE"),
    ("confirmed", "ACTIVE"),
    ("verified", "ACTIVE"),
    ("ok", "ACTIVE"),
    ("pending", "PENDING_VERIFICATION"),
    ("pendingverification", "PENDING_VERIFICATION"),
    ("unverified", "PENDING_VERIFICATION"),
    ("unconfirmed", "PENDING_VERIFICATION"),
    ("invited", "PENDING_VERIFICATION"),
    ("new", "PENDING_VERIFICATION"),
    ("locked", "LOCKED"),
    ("lockedout", "LOCKED"),
    ("suspended", "SUSPENDED"),
    ("banned", "SUSPENDED"),
    ("blocked", "SUSPENDED"),
    ("disabled", "DEACTIVATED"),
    ("deactivated", "DEACTIVATED"),
    ("inactive", "DEACTIVATED"),
    ("closed", "DEACTIVATED"),
    ("archived", "DEACTIVATED"),
    ("deleted", "DELETED"),
    ("softdeleted", "DELETED"),
    ("removed", "DELETED"),
    ("erased", "DELETED"),
];

/// How a field says a status.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    IsTrue,
    IsFalse,
    /// The field is there.
    Exists,
    /// The field is a time to come.
    InFuture,
}

/// The signs of a status, the strongest first: the names of the fields, how they say it, and the status.
const SIGNS: [(&[&str], Sign, &str); 9] = [
    (&["deleted", "isdeleted", "softdeleted"], Sign::IsTrue, "DELETED"),
    (
        &["deletedat", "deletedon", "deletiondate"],
        Sign::Exists,
        "DELETED",
    ),
    (
        &[
            "banned",
            "isbanned",
            "suspended",
            "issuspended",
            "blocked",
            "isblocked",
        ],
        Sign::IsTrue,
        "SUSPENDED",
    ),
    (
        &["bannedat", "suspendedat", "blockedat"],
        Sign::Exists,
        "SUSPENDED",
    ),
    (
        &["locked", "islocked", "lockedout", "islockedout"],
        Sign::IsTrue,
        "LOCKED",
    ),
    (
        &[
            "lockoutend",
            "lockeduntil",
            "lockuntil",
            "lockoutuntil",
            "lockoutenddateutc",
        ],
        Sign::InFuture,
        "LOCKED",
    ),
    (
        &["disabled", "isdisabled", "deactivated", "isdeactivated"],
        Sign::IsTrue,
        "DEACTIVATED",
    ),
    (&["disabledat", "deactivatedat"], Sign::Exists, "DEACTIVATED"),
    (
        &["active", "isactive", "enabled", "isenabled"],
        Sign::IsFalse,
        "DEACTIVATED",
    ),
];

/// The status of the accounts.
pub(super) struct Status {
    pub(super) line: Line,
    /// Whether an account can be `DELETED` and still be there.
    pub(super) soft_deletion: bool,
    /// The fields at the top of the items that were used.
    pub(super) used: Vec<String>,
}

/// The status that the fields say.
pub(super) fn status(fields: &Fields<'_>) -> Status {
    let (mut rules, mut used, mut soft_deletion) = (Vec::new(), Vec::new(), false);
    for (names, sign, status) in SIGNS {
        for field in fields.find_all(names) {
            if let Some(condition) = condition(field, sign)
                && let Some(path) = dotted(&field.path)
            {
                let when = map([(path.as_str(), condition)]);
                rules.push(map([("when", when), ("value", status.to_owned())]));
                used.push(field.path[0].clone());
                soft_deletion |= status == "DELETED";
            }
        }
    }
    let text = fields.find(&STATUS).filter(|field| field.is_all(&["S"]));
    let mut note = None;
    if let Some(field) = text {
        used.push(field.path[0].clone());
        let (value, deletes, unknown) = from_text(field);
        soft_deletion |= deletes;
        note = unknown.then(|| {
            format!(
                "`{}` has values that were not recognised. A value that is not listed parks the record: add them.",
                field.path.join(".")
            )
        });
        if rules.is_empty() {
            let line = Line {
                name: "status",
                value: Value::One(value),
                note,
            };
            return Status {
                line,
                soft_deletion,
                used,
            };
        }
        rules.push(map([("from", value)]));
    } else {
        rules.push(map([("value", "ACTIVE".to_owned())]));
    }
    let line = if rules.len() == 1 {
        let note = "Nothing says that an account is locked, suspended or deleted: every account is ACTIVE.";
        Line::new("status", map([("value", "ACTIVE".to_owned())])).noted(note)
    } else {
        Line {
            name: "status",
            value: Value::List(rules),
            note,
        }
    };
    Status {
        line,
        soft_deletion,
        used,
    }
}

/// The value of a status text, whether it can be `DELETED`, and whether some values are not known.
fn from_text(field: &Field<'_>) -> (String, bool, bool) {
    let different = field.different();
    let constant = |value: &str| {
        let normal = super::words::normal(value);
        WORDS
            .iter()
            .find(|(word, _)| *word == normal)
            .map(|(_, constant)| *constant)
    };
    if different.iter().all(|value| KNOWN.contains(value)) {
        return (path(&field.path), different.contains("DELETED"), false);
    }
    let deletes = different.iter().any(|value| constant(value) == Some("DELETED"));
    let unknown = different.iter().any(|value| constant(value).is_none());
    (mapped(field, &WORDS, None, Place::Item), deletes, unknown)
}

fn condition(field: &Field<'_>, sign: Sign) -> Option<String> {
    match sign {
        Sign::IsTrue if field.is_all(&["BOOL"]) => Some("true".to_owned()),
        Sign::IsFalse if field.is_all(&["BOOL"]) => Some("false".to_owned()),
        Sign::Exists if time(field, Place::Item).is_ok() => Some(map([("exists", "true".to_owned())])),
        Sign::InFuture => {
            let form = match field.time_form()? {
                TimeForm::Iso => None,
                TimeForm::IsoWithoutOffset => Some("isoUtc"),
                TimeForm::EpochSeconds => Some("epochSeconds"),
                TimeForm::EpochMillis => Some("epochMillis"),
            };
            let mut members = vec![("after", "recorded".to_owned())];
            members.extend(form.map(|form| ("time", form.to_owned())));
            Some(map(members))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::item::Item;
    use crate::map::source::split;

    fn found(text: &str) -> (Vec<String>, bool, Option<String>) {
        let items = split(text).unwrap();
        let status = status(&Fields::new(items.iter().map(Item::attributes), &[]));
        let values = match status.line.value {
            Value::One(value) => vec![value],
            Value::List(values) => values,
        };
        (values, status.soft_deletion, status.line.note)
    }

    #[test]
    fn flags_become_rules_and_the_strongest_is_first() {
        let item =
            r#"{"LockoutEnd":"2026-03-01T12:00:00+00:00","banned":false,"_deleted":true,"isActive":true}"#;
        assert_eq!(
            found(item).0,
            [
                "{ when: { _deleted: true }, value: DELETED }",
                "{ when: { banned: true }, value: SUSPENDED }",
                "{ when: { LockoutEnd: { after: recorded } }, value: LOCKED }",
                "{ when: { isActive: false }, value: DEACTIVATED }",
                "{ value: ACTIVE }",
            ]
        );
        assert!(found(item).1 && !found(r#"{"banned":true}"#).1);
        assert!(found(r#"{"lockedUntil":1772366400}"#).0[0].contains("time: epochSeconds"));
        assert!(found(r#"{"deletedAt":1772366400000}"#).0[0].contains("exists: true"));
    }

    #[test]
    fn a_status_in_words_is_mapped_and_unknown_words_are_not_shown() {
        assert_eq!(found(r#"{"status":"ACTIVE"}{"status":"DELETED"}"#).0, ["status"]);
        let (values, soft, note) = found(r#"{"status":"active"}{"status":"archived"}{"status":"Ada"}"#);
        assert_eq!(
            values,
            ["{ map: status, values: { active: ACTIVE, archived: DEACTIVATED } }"]
        );
        assert!(!soft && note.unwrap().contains("not recognised"));
        let (values, _, _) = found(r#"{"status":"active","banned":true}"#);
        assert_eq!(values[1], "{ from: { map: status, values: { active: ACTIVE } } }");
    }

    #[test]
    fn without_any_sign_every_account_is_active() {
        let (values, _, note) = found(r#"{"email":"x"}"#);
        assert_eq!(values, ["{ value: ACTIVE }"]);
        assert!(note.unwrap().contains("every account is ACTIVE"));
    }
}
