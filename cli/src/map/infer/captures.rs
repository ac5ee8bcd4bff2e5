//! The captures of keys, and their names.

use super::group::Group;
use super::keys::KeyNames;
use super::shape::{KeyShape, Part};
use super::words::{Topic, camel, is_entity_name, topic};

/// The captures of a group's keys.
#[derive(Debug)]
pub(super) struct Captures<'a> {
    pub(super) partition: String,
    pub(super) sort: Option<String>,
    captured: Vec<(String, Vec<&'a str>)>,
    /// The attribute that is the partition key.
    pub(super) partition_name: &'a str,
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
                    Part::Label(text) => {
                        label = Some(text.as_str()).filter(|text| !text.is_empty() && !is_entity_name(text));
                    }
                    Part::Open => {
                        let index = names.len();
                        let values: Vec<&'a str> = texts
                            .iter()
                            .filter_map(|text| shape.values(text).get(index).copied())
                            .collect();
                        let first = if is_sort || alone { own } else { "userId" };
                        let name = label.take().map_or_else(|| first.to_owned(), name_after);
                        let name = unique(name, &values, &captured);
                        // A capture takes no `#` unless it is marked.
                        let mark = if values.iter().any(|value| value.contains('#')) {
                            "+"
                        } else {
                            ""
                        };
                        names.push(format!("{name}{mark}"));
                        captured.push((name, values));
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

    /// What the capture with this name takes from the keys of the items; `None` when there is none.
    pub(super) fn values(&self, name: &str) -> Option<&[&'a str]> {
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

/// What an identifier names, the name of its capture, and the fields that can hold it.
pub(super) struct Wanted {
    pub(super) id: &'static str,
    pub(super) fields: &'static [&'static str],
}

/// The identifier of a kind that is not the user's.
pub(super) fn wanted(kind: &str) -> Option<Wanted> {
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
