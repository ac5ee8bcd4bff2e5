//! The identifiers of a rule: captures of the keys, and attributes.

use super::captures::{Captures, Wanted, wanted};
use super::field::{Field, Fields};
use super::proposal::{Line, Rule};
use super::user_id::{Lack, from_path, user_id};
use super::words::names_a_secret;
use super::yaml::{map, quoted};
use crate::map::look::is_token;

/// Fills in the conditions on the keys and the identifiers of a rule.
pub(super) fn identify(rule: &mut Rule, captures: &Captures<'_>, fields: &Fields<'_>) {
    rule.partition = Some(captures.partition.clone());
    rule.sort.clone_from(&captures.sort);
    if !matches!(rule.kind, "role" | "permission") {
        match user_id(rule.kind, captures, fields) {
            Ok(id) => {
                if let Some(prefix) = id.prefix {
                    rename(rule, "userId", &prefix, "userId");
                }
                rule.ids.push(id.line);
            }
            Err(Lack::Nothing) if rule.kind == "attempt" => {}
            Err(lack) => {
                rule.unusable = Some(lack.text().to_owned());
                rule.ids
                    .push(Line::new("userId", map([("path", "ATTRIBUTE".to_owned())])));
            }
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
            rename(rule, wanted.id, "", "token");
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

/// Names a capture anew, after a text that all its values begin with.
fn rename(rule: &mut Rule, from: &str, prefix: &str, to: &str) {
    for template in [&mut rule.partition, &mut rule.sort].into_iter().flatten() {
        for mark in ["", "+"] {
            *template = template.replace(&format!("{{{from}{mark}}}"), &format!("{prefix}{{{to}{mark}}}"));
        }
    }
}
