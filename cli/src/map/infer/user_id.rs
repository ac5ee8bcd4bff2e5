//! The identifier of the user to whom an item belongs.

use std::collections::BTreeSet;

use super::captures::Captures;
use super::field::{Field, Fields};
use super::proposal::Line;
use super::words::is_word;
use super::yaml::{map, path, quoted};
use crate::map::look::is_address;

/// The names under which items keep the identifier of a user, in normal form.
const USER: &[&str] = &[
    "userid",
    "uid",
    "sub",
    "usersub",
    "ownerid",
    "customerid",
    "memberid",
    "accountid",
    "principalid",
];
/// The same, for items that are a user.
const OWN: &[&str] = &[
    "userid",
    "id",
    "sub",
    "uid",
    "uuid",
    "customerid",
    "memberid",
    "accountid",
];

/// The identifier of a user.
#[derive(Debug)]
pub(super) struct UserId {
    pub(super) line: Line,
    /// What precedes the identifier in its part of the key.
    pub(super) prefix: Option<String>,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lack {
    Nothing,
    /// The part of the key is the same in several items that are a user each.
    Same,
    /// The part of the key is an e-mail address.
    Address,
}

impl Lack {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Nothing => "nothing was recognised as the identifier `userId`",
            Self::Same => {
                "the part of the key that looks like the identifier `userId` is the same in several items"
            }
            Self::Address => {
                "the key holds an e-mail address, and an identifier is published unencrypted. A digest does not help, because \
                 addresses can be guessed. Name an attribute that holds another identifier"
            }
        }
    }
}

/// The identifier of the user of items that are rows of this kind: from the key, or from an attribute if what is in the key is
/// not the identifier.
pub(super) fn user_id(kind: &str, captures: &Captures<'_>, fields: &Fields<'_>) -> Result<UserId, Lack> {
    let is_user = matches!(kind, "account" | "profile");
    let names = if is_user { OWN } else { USER };
    let mut own = fields.find_all(names).filter(|field| field.is_all(&["S", "N"]));
    let own = own.find(|field| !field.texts().any(is_address));
    let from = |field: &Field<'_>| UserId {
        line: Line::new("userId", from_path(field)),
        prefix: None,
    };
    let Some(values) = captures.values("userId") else {
        return own.map(from).ok_or(Lack::Nothing);
    };
    let from_key = || Line::new("userId", quoted("{userId}"));
    let lack = if values.iter().any(|value| is_address(value)) {
        Lack::Address
    } else if is_user && values.iter().collect::<BTreeSet<_>>().len() < values.len() {
        Lack::Same
    } else {
        // A key can hold more than the identifier: `userid_1`.
        return Ok(match (own, own.map(|field| prefix(values, field))) {
            (_, Some(Some(prefix))) if is_word(prefix.trim_end_matches('_')) => UserId {
                line: from_key(),
                prefix: Some(prefix.to_owned()),
            },
            (Some(field), Some(Some(_))) => from(field),
            _ => UserId {
                line: from_key(),
                prefix: None,
            },
        });
    };
    let mut id = own.map(from).ok_or(lack)?;
    if lack == Lack::Address {
        id.line = id.line.noted(
            "The key holds an e-mail address, which must not be published unencrypted. This attribute looks like an \
             identifier: use the same one in all rules.",
        );
    }
    Ok(id)
}

/// What all values have before the texts of the field, if that is the same in all, and not empty.
fn prefix<'v>(values: &[&'v str], field: &Field<'_>) -> Option<&'v str> {
    if field.values.len() != values.len() {
        return None;
    }
    let mut prefixes = values
        .iter()
        .zip(field.texts())
        .map(|(value, text)| value.strip_suffix(text));
    let first = prefixes.next()??;
    (!first.is_empty() && prefixes.all(|prefix| prefix == Some(first))).then_some(first)
}

/// The field as an identifier.
pub(super) fn from_path(field: &Field<'_>) -> String {
    match path(&field.path) {
        whole if whole.starts_with('{') => whole,
        path => map([("path", path)]),
    }
}
