//! Makes the rules of a group of items.

use std::collections::BTreeSet;

use super::captures::Captures;
use super::columns::{
    ACCOUNT, ADDRESS, ASSIGNMENT, ATTEMPT, CONSENT, Column, PERMISSION, PROFILE, ROLE, SECOND_FACTOR, SESSION,
};
use super::convert::{Converted, Place, convert};
use super::field::Fields;
use super::group::Group;
use super::identify::identify;
use super::keys::KeyNames;
use super::kinds::Holds;
use super::particular::{end_reason, noted, password};
use super::parts::{address_type, parts};
use super::proposal::{Rule, Value};
use super::status::status;
use super::unread::unread;
use super::yaml::{dotted, text};
use crate::map::plural::counted;

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
        let of_user = |template: &String| template.contains("{userId");
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
