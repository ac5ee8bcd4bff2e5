//! Makes the rules of a group of items.

use std::collections::BTreeSet;

use super::columns::{
    ACCOUNT, ADDRESS, ASSIGNMENT, ATTEMPT, CONSENT, Column, PERMISSION, PROFILE, ROLE, SECOND_FACTOR, SESSION,
};
use super::convert::{Converted, Place, convert, time};
use super::field::Fields;
use super::group::Group;
use super::identify::{Captures, identify};
use super::keys::KeyNames;
use super::kinds::{Holds, PASSWORD};
use super::parts::{address_type, parts};
use super::proposal::{Line, Rule, Value};
use super::status::status;
use super::words::{is_word, normal};
use super::yaml::{dotted, map, path, text};
use crate::map::look::is_address;
use crate::map::plural::counted;

/// The most attributes that a note lists.
const MOST_NAMES: usize = 16;

const NO_ORDER: &str = "The partition key is not the user's identifier. A stream keeps order by item, so the events of one \
     user are in no order.";

/// The rules of a group. `dedicated` are the kinds that have items of their own in this table.
pub(super) fn rules(
    group: &Group<'_>,
    fields: &Fields<'_>,
    holds: &Holds,
    keys: &KeyNames,
    dedicated: &BTreeSet<&str>,
) -> Vec<Rule> {
    let mut used = Vec::new();
    let mut rules = match holds {
        Holds::User => user(group, fields, keys, dedicated, &mut used),
        Holds::Kind(kind) => vec![single(kind, group, fields, keys, &mut used)],
        Holds::Nothing(_) | Holds::Unknown => return Vec::new(),
    };
    for rule in &rules {
        let ids = rule.ids.iter().map(|line| &line.value);
        used.extend(ids.filter_map(|value| match value {
            Value::One(value) => Some(value.clone()),
            Value::List(_) => None,
        }));
    }
    if let Some(first) = rules.first_mut() {
        let items = counted(group.items.len(), "item");
        first.notes.insert(0, format!("{}: {items}", group.readable()));
        first.notes.extend(unread(group, fields, keys, &used));
        let of_user = |template: &String| template.contains("{userId}");
        if !matches!(first.kind, "role" | "permission" | "attempt")
            && !first.partition.as_ref().is_some_and(of_user)
        {
            first.notes.push(NO_ORDER.to_owned());
        }
    }
    rules
}

/// The rule for a kind with the conditions and identifiers of the group.
fn base(kind: &'static str, group: &Group<'_>, fields: &Fields<'_>, keys: &KeyNames) -> Rule {
    let mut rule = Rule {
        kind,
        ..Rule::default()
    };
    if let Some((name, value)) = group.item_type {
        rule.conditions
            .extend(dotted(&[name.to_owned()]).map(|name| (name, text(value))));
    }
    identify(&mut rule, &Captures::new(group, keys, kind), fields);
    rule
}

fn add(rule: &mut Rule, converted: Converted, used: &mut Vec<String>) {
    rule.attributes.extend(converted.lines);
    rule.notes.extend(converted.notes);
    used.extend(converted.used);
    if rule.unusable.is_none() {
        rule.unusable = converted.unusable;
    }
}

fn single(
    kind: &'static str,
    group: &Group<'_>,
    fields: &Fields<'_>,
    keys: &KeyNames,
    used: &mut Vec<String>,
) -> Rule {
    let mut rule = base(kind, group, fields, keys);
    let columns: &[Column] = match kind {
        "profile" => PROFILE,
        "address" => ADDRESS,
        "consent" => CONSENT,
        "session" => SESSION,
        "attempt" => ATTEMPT,
        "second-factor" => SECOND_FACTOR,
        "role" => ROLE,
        "permission" => PERMISSION,
        "role-assignment" => ASSIGNMENT,
        _ => &[],
    };
    match kind {
        "address" => rule.attributes.push(address_type(fields, Place::Item)),
        "password" => match password(fields, used) {
            Some(line) => rule.attributes.push(line),
            None => rule.unusable = Some("no attribute was recognised as the password's hash".to_owned()),
        },
        _ => {}
    }
    add(&mut rule, convert(columns, fields, Place::Item), used);
    if kind == "session" {
        rule.attributes.extend(end_reason(fields, used));
    }
    if kind == "profile" {
        noted(&mut rule, fields, used);
    }
    rule
}

fn user(
    group: &Group<'_>,
    fields: &Fields<'_>,
    keys: &KeyNames,
    dedicated: &BTreeSet<&str>,
    used: &mut Vec<String>,
) -> Vec<Rule> {
    let bare = base("account", group, fields, keys);
    let mut account = bare.clone();
    let status = status(fields);
    used.extend(status.used);
    account.attributes.push(status.line);
    add(&mut account, convert(ACCOUNT, fields, Place::Item), used);
    if !dedicated.contains("password") {
        account.attributes.extend(password(fields, used));
    }
    noted(&mut account, fields, used);
    let mut rules = Vec::new();
    // What is only a part of the item is not news when a deleted user's item is removed at last.
    let mut part = |mut rule: Rule| {
        rule.removal_ignored = status.soft_deletion;
        rules.push(rule);
    };
    let profile = convert(PROFILE, fields, Place::Item);
    if !dedicated.contains("profile") && profile.lines.iter().any(|line| line.name != "updatedAt") {
        let mut rule = Rule {
            kind: "profile",
            ..bare.clone()
        };
        add(&mut rule, profile, used);
        part(rule);
    }
    let parts = parts(&bare, fields, dedicated);
    used.extend(parts.used);
    account.notes.extend(parts.notes);
    parts.rules.into_iter().for_each(&mut part);
    rules.insert(0, account);
    rules
}

fn password(fields: &Fields<'_>, used: &mut Vec<String>) -> Option<Line> {
    let times = &[
        "passwordchangedat",
        "passwordupdatedat",
        "lastpasswordchange",
        "passwordlastchanged",
        "passwordsetat",
    ];
    let changed_at = fields
        .find_all(times)
        .find_map(|field| Some((field, time(field, Place::Item).ok()?)));
    if let Some((field, time)) = changed_at {
        used.push(field.path[0].clone());
        return Some(Line::new("passwordChangedAt", time));
    }
    let hash = fields.find_all(PASSWORD).find(|field| field.is_all(&["S"]))?;
    used.push(hash.path[0].clone());
    Some(Line::new("passwordChangedAt", map([("changed", path(&hash.path))])).noted(
        "The hash is compared and never kept. A new hash of the same password, as some log-ins write it, counts as a change.",
    ))
}

fn end_reason(fields: &Fields<'_>, used: &mut Vec<String>) -> Option<Line> {
    if let Some(field) = fields.find(&["endreason", "revokedreason", "revocationreason"]) {
        used.push(field.path[0].clone());
        return field
            .is_all(&["S"])
            .then(|| Line::new("endReason", path(&field.path)));
    }
    let field = fields.find(&[
        "revoked",
        "isrevoked",
        "revokedat",
        "loggedout",
        "loggedoutat",
        "endedat",
    ])?;
    let condition = if field.is_all(&["BOOL"]) {
        "true".to_owned()
    } else {
        map([("exists", "true".to_owned())])
    };
    let reason = if normal(field.path.last()?).contains("loggedout") {
        "LOGOUT"
    } else {
        "REVOKED_BY_USER"
    };
    used.push(field.path[0].clone());
    let rule = map([
        ("when", map([(dotted(&field.path)?.as_str(), condition)])),
        ("value", reason.to_owned()),
    ]);
    let note = "Nothing says why a session ended. Write REVOKED_BY_ADMIN or LOGOUT if that is what it means.";
    Some(Line {
        name: "endReason",
        value: Value::List(vec![rule]),
        note: Some(note.to_owned()),
    })
}

/// Who wrote the item last, and its version.
fn noted(rule: &mut Rule, fields: &Fields<'_>, used: &mut Vec<String>) {
    let updated = [
        "updatedat",
        "lastupdated",
        "modifiedat",
        "lastmodified",
        "lastmodifiedat",
        "updated",
        "modified",
    ];
    let at = fields
        .find_all(&updated)
        .find_map(|field| time(field, Place::Item).ok());
    let by = [
        "updatedby",
        "modifiedby",
        "lastmodifiedby",
        "lastupdatedby",
        "changedby",
    ];
    if let (Some(at), Some(by)) = (at, fields.find(&by).filter(|field| field.is_all(&["S"]))) {
        used.push(by.path[0].clone());
        if by
            .texts()
            .any(|text| is_address(text) || text.contains(char::is_whitespace))
        {
            let name = by.path.join(".");
            rule.notes.push(format!(
                "`{name}` is not used as `lastChange.actor`: that is published unencrypted, and some values are addresses or names."
            ));
        } else {
            rule.last_change = vec![Line::new("at", at), Line::new("actor", path(&by.path))];
        }
    }
    let version = fields.find(&["version", "rev", "revision", "v"]);
    let whole = |text: &str| text.parse::<u64>().is_ok();
    if let Some(field) = version.filter(|field| field.is_all(&["N"]) && field.texts().all(whole)) {
        used.push(field.path[0].clone());
        rule.version = Some(path(&field.path));
    }
}

/// The attributes that no rule reads.
fn unread(group: &Group<'_>, fields: &Fields<'_>, keys: &KeyNames, used: &[String]) -> Option<String> {
    let is_used = |name: &str| {
        name == keys.partition
            || keys.sort.as_deref() == Some(name)
            || group.item_type.is_some_and(|(own, _)| own == name)
            || used
                .iter()
                .any(|used| used == name || used.contains(&format!(" {name} ")))
    };
    // A name of one item among many may be a value.
    let often = |count: usize| count * 10 >= group.items.len();
    let names = fields
        .top()
        .filter(|field| often(field.values.len()))
        .map(|field| field.path[0].as_str());
    let names: Vec<&str> = names
        .filter(|name| !is_used(name) && is_word_with_digits(name))
        .collect();
    let more = names.len().saturating_sub(MOST_NAMES);
    let listed = names
        .iter()
        .take(MOST_NAMES)
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    match (names.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(format!("Not read: {listed}.")),
        (false, more) => Some(format!("Not read: {listed} and {more} more.")),
    }
}

fn is_word_with_digits(name: &str) -> bool {
    is_word(
        name.trim_end_matches(|last: char| last.is_ascii_digit())
            .trim_start_matches('_'),
    )
}
