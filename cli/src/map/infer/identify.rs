//! The identifiers of a rule: captures of the keys, and attributes.

use super::field::{Field, Fields};
use super::group::Group;
use super::keys::KeyNames;
use super::proposal::{Line, Rule};
use super::shape::{KeyShape, Part};
use super::words::{Topic, camel, names_a_secret, topic};
use super::yaml::{map, path, quoted};
use crate::map::look::{is_address, is_token};

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

const ADDRESS: &str = "the key holds an e-mail address, and an identifier is published unencrypted. A digest does not help, because \
     addresses can be guessed. Name an attribute that holds another identifier";

/// The captures of a group's keys.
#[derive(Debug)]
pub(super) struct Captures<'a> {
    partition: String,
    sort: Option<String>,
    captured: Vec<(String, Vec<&'a str>)>,
    /// The attribute that is the partition key.
    partition_name: &'a str,
}

/// What an identifier names, the name of its capture, and the fields that can hold it.
struct Wanted {
    id: &'static str,
    fields: &'static [&'static str],
}

impl<'a> Captures<'a> {
    /// Names the open parts of the keys of a group, for rows of this kind.
    pub(super) fn new(group: &Group<'a>, keys: &'a KeyNames, kind: &str) -> Self {
        let mut captured: Vec<(String, Vec<&'a str>)> = Vec::new();
        let own = wanted(kind).map_or("userId", |wanted| wanted.id);
        let alone = keys.sort.is_none();
        let mut name_parts = |shape: &KeyShape, key: &'a str, is_sort: bool| {
            let texts: Vec<&'a str> = group.items.iter().filter_map(|item| item.key(key)).collect();
            let mut label = None;
            let mut names = Vec::new();
            for part in &shape.parts {
                match part {
                    Part::Label(text) => label = Some(text.as_str()).filter(|text| !text.is_empty()),
                    Part::Open => {
                        let index = names.len();
                        let values: Vec<&'a str> = texts
                            .iter()
                            .filter_map(|text| shape.values(text).get(index).copied())
                            .collect();
                        let first = if is_sort || alone { own } else { "userId" };
                        let name = label.take().map_or_else(|| first.to_owned(), name_after);
                        names.push(unique(name, &values, &captured));
                        captured.push((names[index].clone(), values));
                    }
                }
            }
            shape.template(&names)
        };
        let partition = name_parts(&group.shape.partition, &keys.partition, false);
        let sort = group.shape.sort.as_ref().zip(keys.sort.as_deref());
        let sort = sort.map(|(shape, key)| name_parts(shape, key, true));
        Self {
            partition,
            sort,
            captured,
            partition_name: &keys.partition,
        }
    }

    fn values(&self, name: &str) -> Option<&[&'a str]> {
        self.captured
            .iter()
            .find(|(captured, _)| captured == name)
            .map(|(_, values)| values.as_slice())
    }
}

/// The name of what follows this label.
fn name_after(label: &str) -> String {
    match topic(label) {
        Some(Topic::User | Topic::Profile | Topic::Password) => "userId".to_owned(),
        Some(Topic::Session) => "sessionId".to_owned(),
        Some(Topic::Address) => "addressId".to_owned(),
        Some(Topic::Role) => "roleId".to_owned(),
        Some(Topic::Permission) => "permission".to_owned(),
        Some(Topic::Consent) => "purpose".to_owned(),
        Some(Topic::SecondFactor) => "method".to_owned(),
        Some(Topic::Attempt) => "attemptId".to_owned(),
        _ => format!("{}Id", camel(label)),
    }
}

/// The name, or one with a number if another capture with other values has it.
fn unique(name: String, values: &[&str], captured: &[(String, Vec<&str>)]) -> String {
    let taken = |name: &str| {
        captured
            .iter()
            .any(|(other, others)| other == name && others != values)
    };
    let mut numbers = 2..;
    let mut unique = name.clone();
    while taken(&unique) {
        unique = format!("{name}{}", numbers.next().unwrap_or_default());
    }
    unique
}

/// The identifier of a kind that is not the user's.
fn wanted(kind: &str) -> Option<Wanted> {
    let (id, fields): (_, &[&str]) = match kind {
        "address" => ("addressId", &["addressid", "id"]),
        "consent" => ("purpose", &["purpose", "consenttype", "category", "type", "name"]),
        "session" => (
            "sessionId",
            &["sessionid", "sid", "id", "sessiontoken", "token", "jti"],
        ),
        "attempt" => ("attemptId", &["attemptid", "id", "requestid"]),
        "second-factor" => ("method", &["method", "factortype", "type", "factor"]),
        "role" => ("roleId", &["roleid", "id", "name"]),
        "permission" => ("permission", &["permission", "permissionid", "name"]),
        "role-assignment" => ("roleId", &["roleid", "role", "rolename"]),
        _ => return None,
    };
    Some(Wanted { id, fields })
}

/// Fills in the conditions on the keys and the identifiers of a rule.
pub(super) fn identify(rule: &mut Rule, captures: &Captures<'_>, fields: &Fields<'_>) {
    rule.partition = Some(captures.partition.clone());
    rule.sort.clone_from(&captures.sort);
    if !matches!(rule.kind, "role" | "permission") {
        match user(rule, captures, fields) {
            Ok(line) => rule.ids.push(line),
            Err(ADDRESS) => {
                rule.unusable = Some(ADDRESS.to_owned());
                rule.ids
                    .push(Line::new("userId", map([("path", "ATTRIBUTE".to_owned())])));
            }
            Err(_) if rule.kind == "attempt" => {}
            Err(_) => unusable(rule, "userId"),
        }
    }
    let Some(wanted) = wanted(rule.kind) else {
        return;
    };
    if rule.kind == "permission"
        && let Some(line) = found("roleId", captures, fields, &["roleid", "role"])
    {
        rule.ids.push(line);
    }
    match rule.kind {
        "session" => session(rule, captures, fields, &wanted),
        _ => match found(wanted.id, captures, fields, wanted.fields) {
            Some(line) => rule.ids.push(line),
            None if rule.kind == "second-factor" => rule.ids.push(
                Line::new("method", "TOTP")
                    .noted("Nothing says the method. Write yours: TOTP, SMS, EMAIL, WEBAUTHN."),
            ),
            None => unusable(rule, wanted.id),
        },
    }
}

fn unusable(rule: &mut Rule, id: &'static str) {
    rule.unusable
        .get_or_insert(format!("nothing was recognised as the identifier `{id}`"));
    rule.ids
        .push(Line::new(id, map([("path", "ATTRIBUTE".to_owned())])));
}

fn found(id: &'static str, captures: &Captures<'_>, fields: &Fields<'_>, names: &[&str]) -> Option<Line> {
    if captures.values(id).is_some() {
        return Some(Line::new(id, quoted(&format!("{{{id}}}"))));
    }
    let field = fields.find_all(names).find(|field| field.is_all(&["S", "N"]))?;
    Some(Line::new(id, from_path(field)))
}

fn from_path(field: &Field<'_>) -> String {
    match path(&field.path) {
        whole if whole.starts_with('{') => whole,
        path => map([("path", path)]),
    }
}

fn user(rule: &Rule, captures: &Captures<'_>, fields: &Fields<'_>) -> Result<Line, &'static str> {
    let is_user = matches!(rule.kind, "account" | "profile");
    let names = if is_user { OWN } else { USER };
    let captured = captures.values("userId");
    let is_text = |field: &&Field<'_>| field.is_all(&["S", "N"]);
    let own = || {
        fields
            .find_all(names)
            .filter(is_text)
            .find(|field| !field.texts().any(is_address))
    };
    let from = |field: &Field<'_>| Line::new("userId", from_path(field));
    match (captured, own()) {
        (Some(values), own) if values.iter().any(|value| is_address(value)) => match own {
            Some(field) => Ok(from(field).noted(
                "The key holds an e-mail address, which must not be published unencrypted. This attribute looks like an \
                 identifier: use the same one in all rules.",
            )),
            None => Err(ADDRESS),
        },
        (Some(_), _) => Ok(Line::new("userId", quoted("{userId}"))),
        (None, Some(field)) => Ok(from(field)),
        (None, None) => Err("nothing was recognised as the identifier `userId`"),
    }
}

/// The identifier of a session. What authenticates a session is digested.
fn session(rule: &mut Rule, captures: &Captures<'_>, fields: &Fields<'_>, wanted: &Wanted) {
    let secret_fields: Vec<&Field<'_>> = fields
        .top()
        .filter(|field| names_a_secret(&field.path[0]))
        .collect();
    let is_secret = |values: &[&str], name: &str| {
        names_a_secret(name)
            || secret_fields
                .iter()
                .any(|field| field.texts().eq(values.iter().copied()))
            || (secret_fields.is_empty() && values.iter().any(|value| is_token(value)))
    };
    const PLAIN: &str = "Published as it is, so it must not be what authenticates the session. If it is, write a digest, as \
         docs/mapping.md says.";
    const DIGESTED: &str =
        "It looks like the token that authenticates the session, so only a digest of it is published.";
    if let Some(values) = captures.values(wanted.id) {
        if is_secret(values, captures.partition_name) {
            rename(rule, wanted.id, "token");
            let digest = map([("digest", quoted("{token}"))]);
            rule.ids.push(Line::new(wanted.id, digest).noted(DIGESTED));
            rule.secrets.push("token".to_owned());
        } else {
            rule.ids
                .push(Line::new(wanted.id, quoted("{sessionId}")).noted(PLAIN));
        }
        return;
    }
    match fields
        .find_all(wanted.fields)
        .find(|field| field.is_all(&["S", "N"]))
    {
        Some(field) if is_secret(&field.texts().collect::<Vec<_>>(), &field.path[0]) => {
            rule.ids
                .push(Line::new(wanted.id, map([("digest", from_path(field))])).noted(DIGESTED));
            rule.secrets.extend(super::yaml::dotted(&field.path));
        }
        Some(field) => rule.ids.push(Line::new(wanted.id, from_path(field)).noted(PLAIN)),
        None => unusable(rule, wanted.id),
    }
}

fn rename(rule: &mut Rule, from: &str, to: &str) {
    for template in [&mut rule.partition, &mut rule.sort].into_iter().flatten() {
        *template = template.replace(&format!("{{{from}}}"), &format!("{{{to}}}"));
    }
}
