//! Attributes that are more than the value of a field: the time of a password's change, why a session ended, who wrote an item.

use super::convert::{Place, time};
use super::field::Fields;
use super::kinds::PASSWORD;
use super::proposal::{Line, Rule, Value};
use super::words::normal;
use super::yaml::{dotted, map, path};
use crate::map::look::is_address;

pub(super) fn password(fields: &Fields<'_>, used: &mut Vec<String>) -> Option<Line> {
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

pub(super) fn end_reason(fields: &Fields<'_>, used: &mut Vec<String>) -> Option<Line> {
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
pub(super) fn noted(rule: &mut Rule, fields: &Fields<'_>, used: &mut Vec<String>) {
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
