//! Generates rows and changes of every kind, as odd as DynamoDB and its writers can make them.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};
use user_events_testkit::{Record, attributes, rows};

/// The attributes of a row, in DynamoDB's own types.
pub(crate) type Image = Map<String, Value>;

/// What happens to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Inserted,
    Modified,
    Removed,
    Expired,
}

/// A change of a row.
#[derive(Debug, Clone)]
pub(crate) struct Generated {
    pub(crate) table: &'static str,
    pub(crate) kind: Kind,
    /// The row's keys, in plain JSON.
    pub(crate) keys: Value,
    pub(crate) old: Image,
    pub(crate) new: Image,
    pub(crate) place: u64,
}

/// The edit of one attribute of a row: a new value, or its removal.
type Edit = (String, Option<Value>);

/// Attributes that change without an event, in every kind of row. The contract of the rows does not list `lastLoginAt`
/// and the like.
const BOOKKEEPING: &[&str] = &[
    "updatedAt",
    "version",
    "ttl",
    "lastLoginAt",
    "passwordHash",
    "lastChange",
    "unlisted",
];

/// Attributes that are required in some kind of row.
const REQUIRED: &[&str] = &[
    "pk",
    "sk",
    "email",
    "status",
    "createdAt",
    "updatedAt",
    "addressType",
    "line1",
    "city",
    "countryCode",
    "granted",
    "loginMethod",
    "expiresAt",
    "failureReason",
    "attemptedAt",
    "enabled",
    "name",
    "grantedAt",
    "assignedAt",
];

/// Attributes that are optional in every kind of row.
const OPTIONAL: &[&str] = &[
    "phoneNumber",
    "passwordChangedAt",
    "statusReason",
    "displayName",
    "isDefault",
    "line2",
    "policyVersion",
    "endReason",
    "consecutiveFailures",
    "description",
    "scope",
    "lastChange",
];

/// Attributes that a full row of the test kit does not have.
const OTHERS: &[&str] = &[
    "endReason",
    "endedAt",
    "lastChange",
    "lastLoginAt",
    "unlisted",
    "nested.name",
];

impl Generated {
    /// The record that the stream delivers.
    pub(crate) fn record(&self) -> Record {
        let record = match self.kind {
            Kind::Inserted => Record::inserted(self.table, &self.keys),
            Kind::Modified => Record::modified(self.table, &self.keys, &self.keys),
            Kind::Removed => Record::removed(self.table, &self.keys),
            Kind::Expired => Record::expired(self.table, &self.keys),
        };
        [("OldImage", &self.old), ("NewImage", &self.new)]
            .into_iter()
            .fold(record.at(self.place), |record, (name, image)| {
                let pointer = format!("/dynamodb/{name}");
                match record.json().pointer(&pointer) {
                    Some(_) => record.with(&pointer, Value::Object(image.clone())),
                    None => record,
                }
            })
    }
}

/// Any change of any kind of row: a full row with some attributes edited, and edited once more by the change.
pub(crate) fn change() -> impl Strategy<Value = Generated> {
    row().prop_flat_map(|(table, keys, full)| {
        let names: Vec<_> = full
            .keys()
            .cloned()
            .chain(OTHERS.iter().map(|name| (*name).to_owned()))
            .collect();
        let edits = || vec(select(names.clone()).prop_flat_map(edit), 0..5);
        (kind(), edits(), edits(), any::<u64>()).prop_map(move |(kind, before, by_change, place)| {
            let old = edited(full.clone(), before);
            let new = edited(old.clone(), by_change);
            Generated {
                table,
                kind,
                keys: keys.clone(),
                old,
                new,
                place,
            }
        })
    })
}

/// A change of a valid row that edits only attributes that cause no event.
pub(crate) fn bookkeeping() -> impl Strategy<Value = Generated> {
    let values = |name: &'static str| match name {
        "updatedAt" => time().prop_map(|time| Some(json!({ "S": time }))).boxed(),
        _ => proptest::option::of(attribute()).boxed(),
    };
    let edits = vec(
        select(BOOKKEEPING).prop_flat_map(move |name| (Just(name.to_owned()), values(name))),
        1..5,
    );
    let row = row_of(plain_identifier());
    (row, edits, select(OPTIONAL), any::<u64>()).prop_map(
        |((table, keys, mut old), edits, emptied, place)| {
            // An attribute that is `NULL` counts as absent.
            old.remove(emptied);
            let mut new = edited(old.clone(), edits);
            new.insert(emptied.to_owned(), json!({ "NULL": true }));
            Generated {
                table,
                kind: Kind::Modified,
                keys,
                old,
                new,
                place,
            }
        },
    )
}

/// A row of any kind, under any identifier: its table, its keys and its attributes, some optional ones absent.
pub(crate) fn row() -> impl Strategy<Value = (&'static str, Value, Image)> {
    row_of(prop_oneof![
        4 => plain_identifier(),
        1 => "[!-~]{100,140}",
        1 => text(),
    ])
}

fn row_of(identifier: impl Strategy<Value = String>) -> impl Strategy<Value = (&'static str, Value, Image)> {
    let kinds = rows::all();
    // Only a change of an account can be more than one event.
    let account = kinds[0].clone();
    let kind = prop_oneof![1 => Just(account), 2 => select(kinds)];
    (kind, identifier, vec(proptest::bool::weighted(0.8), 32)).prop_map(|((table, mut row), id, present)| {
        let (prefix, _) = row["pk"].as_str().unwrap().split_once('#').unwrap();
        row["pk"] = json!(format!("{prefix}#{id}"));
        let keys = json!({ "pk": row["pk"], "sk": row["sk"] });
        let image = attributes(&row).as_object().unwrap().clone();
        let places = image.into_iter().zip(present.into_iter().cycle());
        let kept = places.filter(|((name, _), present)| *present || REQUIRED.contains(&name.as_str()));
        (table, keys, kept.map(|(attribute, _)| attribute).collect())
    })
}

/// An identifier in a form that services use.
fn plain_identifier() -> impl Strategy<Value = String> {
    "[a-z0-9-]{1,36}"
}

/// A string of any characters, including those that SQS refuses.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let character = prop_oneof![8 => proptest::char::range(' ', '~'), 2 => any::<char>(), 1 => select("\u{0}\u{7f}\u{FFFE}\u{FFFF}\"\\é".chars().collect::<Vec<_>>())];
    vec(character, 0..12).prop_map(String::from_iter)
}

/// A date-time in the format of RFC 3339.
pub(crate) fn time() -> impl Strategy<Value = String> {
    "(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-2]):[0-5][0-9])"
}

/// A string like a date-time: at the limits of the range, in the format of another standard, or in no format.
pub(crate) fn odd_time() -> impl Strategy<Value = String> {
    let ends = [
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-00:01",
        "0000-01-01T00:00:00Z",
        "0000-01-01T00:00:00+00:01",
        "-000001-12-31T23:59:59Z",
    ];
    prop_oneof![
        select(ends.to_vec()).prop_map(str::to_owned),
        "[+-]?[0-9]{4,6}-?[01][0-9]-?[0-3][0-9][Tt ][0-2][0-9]:?[0-5][0-9](:?[0-6][0-9])?([.,][0-9]{1,10})?(Z|z|[+-][0-2][0-9](:?[0-5][0-9])?)?(\\[u-ca=iso8601\\])?",
    ]
}

/// A value of any of DynamoDB's types.
pub(crate) fn attribute() -> impl Strategy<Value = Value> {
    let number = || "-?[0-9]{1,38}";
    let binary = || "([A-Za-z0-9+/]{4}){0,4}";
    let leaf = prop_oneof![
        8 => text().prop_map(|text| json!({ "S": text })),
        4 => number().prop_map(|number| json!({ "N": number })),
        2 => binary().prop_map(|binary| json!({ "B": binary })),
        2 => any::<bool>().prop_map(|flag| json!({ "BOOL": flag })),
        2 => any::<bool>().prop_map(|is_null| json!({ "NULL": is_null })),
        2 => btree_set(text(), 1..4).prop_map(|set| json!({ "SS": set })),
        1 => btree_set(number(), 1..4).prop_map(|set| json!({ "NS": set })),
        1 => btree_set(binary(), 1..4).prop_map(|set| json!({ "BS": set })),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(|items| json!({ "L": items })),
            btree_map(text(), inner, 0..3).prop_map(|members| json!({ "M": members })),
        ]
    })
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        3 => Just(Kind::Inserted),
        6 => Just(Kind::Modified),
        1 => Just(Kind::Removed),
        1 => Just(Kind::Expired),
    ]
}

/// Mostly a valid value of the attribute; sometimes none, or a value of any type or of an unknown type.
fn edit(name: String) -> impl Strategy<Value = Edit> {
    let value = prop_oneof![
        24 => fitting(&name).prop_map(Some),
        3 => Just(None),
        1 => attribute().prop_map(Some),
        1 => text().prop_map(|text| Some(json!({ "X": text }))),
    ];
    (Just(name), value)
}

/// A value that the contract of the rows allows for the attribute.
fn fitting(name: &str) -> BoxedStrategy<Value> {
    let one_of =
        |values: &'static [&'static str]| select(values).prop_map(|value| json!({ "S": value })).boxed();
    match name {
        "pk" | "sk" => attribute().boxed(),
        "status" => one_of(&[
            "PENDING_VERIFICATION",
            "ACTIVE",
            "LOCKED",
            "SUSPENDED",
            "DEACTIVATED",
            "DELETED",
        ]),
        "endReason" => one_of(&[
            "LOGOUT",
            "REVOKED_BY_USER",
            "REVOKED_BY_ADMIN",
            "CREDENTIAL_CHANGED",
        ]),
        "addressType" => one_of(&["SHIPPING", "BILLING", "BOTH"]),
        "failureReason" => one_of(&[
            "INVALID_CREDENTIALS",
            "UNKNOWN_USER",
            "MFA_FAILED",
            "RATE_LIMITED",
        ]),
        "lastChange" => last_change().boxed(),
        "consecutiveFailures" => any::<u32>()
            .prop_map(|count| json!({ "N": count.to_string() }))
            .boxed(),
        "version" | "ttl" => any::<i64>()
            .prop_map(|number| json!({ "N": number.to_string() }))
            .boxed(),
        "emailVerified" | "phoneVerified" | "isDefault" | "granted" | "mfaUsed" | "enabled" | "isSystem" => {
            any::<bool>().prop_map(|flag| json!({ "BOOL": flag })).boxed()
        }
        time_of if time_of.ends_with("At") => prop_oneof![12 => time(), 1 => odd_time()]
            .prop_map(|time| json!({ "S": time }))
            .boxed(),
        "unlisted" | "nested.name" | "lastLoginAt" => attribute().boxed(),
        _ => text().prop_map(|text| json!({ "S": text })).boxed(),
    }
}

fn last_change() -> impl Strategy<Value = Value> {
    let text = || proptest::option::weighted(0.7, text());
    let actor_type = proptest::option::of(select(&["USER", "ADMIN", "SYSTEM", "ROBOT"][..]));
    (time(), text(), actor_type, text(), text(), text()).prop_map(
        |(at, actor, actor_type, reason, correlation, traceparent)| {
            attribute_of(json!({
                "at": at, "actor": actor, "actorType": actor_type, "reason": reason, "correlationId": correlation,
                "traceparent": traceparent,
            }))
        },
    )
}

fn attribute_of(map: Value) -> Value {
    attributes(&json!({ "map": map }))["map"].clone()
}

fn edited(mut image: Image, edits: Vec<Edit>) -> Image {
    for (name, value) in edits {
        match value {
            Some(value) => image.insert(name, value),
            None => image.remove(&name),
        };
    }
    image
}
