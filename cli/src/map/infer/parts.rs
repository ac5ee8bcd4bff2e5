//! What a user's item holds besides the user: roles, addresses, second factors. Each becomes a rule of its own.

use std::collections::BTreeSet;

use user_events_core::Attribute;

use super::columns::{ADDRESS, ASSIGNMENT};
use super::convert::{Converted, Place, convert, mapped};
use super::field::{Field, Fields};
use super::proposal::{Line, Rule};
use super::words::normal;
use super::yaml::{dotted, map, path, quoted, text};
use crate::map::item::present;

const ROLES: &[&str] = &["roles", "role", "userroles", "groups", "authorities"];
const ADDRESSES: &[&str] = &[
    "addresses",
    "addressbook",
    "shippingaddresses",
    "deliveryaddresses",
];
const SINGLE_ADDRESSES: &[&str] = &[
    "address",
    "homeaddress",
    "shippingaddress",
    "billingaddress",
    "postaladdress",
];
const SECOND_FACTORS: &[&str] = &[
    "twofactorenabled",
    "istwofactorenabled",
    "mfaenabled",
    "ismfaenabled",
    "totpenabled",
    "twofaenabled",
    "2faenabled",
    "otpenabled",
];
const ELEMENT_IDS: &[&str] = &["id", "addressid", "roleid", "key", "uuid", "name", "role"];
const ADDRESS_TYPES: [(&str, &str); 6] = [
    ("shipping", "SHIPPING"),
    ("delivery", "SHIPPING"),
    ("billing", "BILLING"),
    ("invoice", "BILLING"),
    ("both", "BOTH"),
    ("all", "BOTH"),
];

/// Rules for the parts of a user's item.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) rules: Vec<Rule>,
    pub(super) notes: Vec<String>,
    pub(super) used: Vec<String>,
}

/// The rules for the parts of an item. `base` has their conditions and the user's identifier. A kind that has items of its own
/// is left out.
pub(super) fn parts(base: &Rule, fields: &Fields<'_>, dedicated: &BTreeSet<&str>) -> Parts {
    let mut parts = Parts::default();
    if !dedicated.contains("role-assignment")
        && let Some(field) = fields.find(ROLES)
    {
        parts.add(field, roles(base, field));
    }
    if !dedicated.contains("address") {
        if let Some(field) = fields.find(ADDRESSES) {
            parts.add(field, addresses(base, field));
        } else if let Some(field) = fields.find(SINGLE_ADDRESSES).filter(|field| field.is_all(&["M"])) {
            parts.add(field, single_address(base, field));
        }
    }
    if !dedicated.contains("second-factor")
        && let Some(field) = fields
            .find(SECOND_FACTORS)
            .filter(|field| field.is_all(&["BOOL"]))
    {
        parts.add(field, second_factor(base, field, fields));
    }
    parts
}

impl Parts {
    fn add(&mut self, field: &Field<'_>, rule: Result<Rule, String>) {
        match rule {
            Ok(rule) => self.rules.push(rule),
            Err(why) => self
                .notes
                .push(format!("`{}` is not read: {why}.", field.path.join("."))),
        }
        self.used.push(field.path[0].clone());
    }
}

fn of_kind(base: &Rule, kind: &'static str) -> Rule {
    Rule { kind, ..base.clone() }
}

fn add(rule: &mut Rule, converted: Converted) {
    rule.attributes.extend(converted.lines);
    rule.notes.extend(converted.notes);
    if rule.unusable.is_none() {
        rule.unusable = converted.unusable;
    }
}

/// The maps inside of a list or a map.
fn elements<'a>(field: &Field<'a>) -> Vec<&'a std::collections::BTreeMap<String, Attribute>> {
    let inner = field.values.iter().flat_map(|value| -> Vec<&'a Attribute> {
        match value {
            Attribute::M(members) => present(members).map(|(_, value)| value).collect(),
            Attribute::L(list) => list.iter().collect(),
            _ => Vec::new(),
        }
    });
    let maps = inner.filter_map(|value| match value {
        Attribute::M(members) => Some(members),
        _ => None,
    });
    maps.collect()
}

/// Whether every value is a list or a map, and every element of it passes.
fn all_elements(field: &Field<'_>, of: &str, test: fn(&Attribute) -> bool) -> bool {
    field.is_all(&[of])
        && field.values.iter().all(|value| match value {
            Attribute::M(members) => present(members).all(|(_, value)| test(value)),
            Attribute::L(list) => list.iter().all(test),
            _ => false,
        })
}

/// A collection of maps, as the member `each`.
fn collection(field: &Field<'_>) -> Result<String, String> {
    let is_map = |value: &Attribute| matches!(value, Attribute::M(_));
    if all_elements(field, "M", is_map) {
        return Ok(map([("map", path(&field.path))]));
    }
    if !all_elements(field, "L", is_map) {
        return Err("it is neither a map nor a list of maps".to_owned());
    }
    let maps = elements(field);
    let inner = Fields::new(maps.iter().map(|map| present(map)), &[]);
    let id = inner
        .find_all(ELEMENT_IDS)
        .find(|id| id.is_all(&["S", "N"]) && id.values.len() == maps.len());
    let id =
        id.ok_or("the elements of the list have no identifier, so one that moves cannot be recognised")?;
    Ok(map([("list", path(&field.path)), ("id", path(&id.path))]))
}

fn roles(base: &Rule, field: &Field<'_>) -> Result<Rule, String> {
    let mut rule = of_kind(base, "role-assignment");
    let is_text = |value: &Attribute| matches!(value, Attribute::S(_) | Attribute::N(_));
    let source = path(&field.path);
    let id = if field.is_all(&["SS", "NS"]) || all_elements(field, "L", is_text) {
        rule.each = Some(map([("set", source)]));
        "value"
    } else if field.is_all(&["S"]) {
        rule.each = Some(map([("split", source), ("by", quoted(","))]));
        "value"
    } else {
        rule.each = Some(collection(field)?);
        "key"
    };
    rule.ids
        .push(Line::new("roleId", map([("element", id.to_owned())])));
    let maps = elements(field);
    add(
        &mut rule,
        convert(
            ASSIGNMENT,
            &Fields::new(maps.iter().map(|map| present(map)), &[]),
            Place::Element,
        ),
    );
    Ok(rule)
}

fn addresses(base: &Rule, field: &Field<'_>) -> Result<Rule, String> {
    let mut rule = of_kind(base, "address");
    rule.each = Some(collection(field)?);
    rule.ids
        .push(Line::new("addressId", map([("element", "key".to_owned())])));
    let maps = elements(field);
    let inner = Fields::new(maps.iter().map(|map| present(map)), &[]);
    rule.attributes.push(address_type(&inner, Place::Element));
    add(&mut rule, convert(ADDRESS, &inner, Place::Element));
    Ok(rule)
}

fn single_address(base: &Rule, field: &Field<'_>) -> Result<Rule, String> {
    let exists = dotted(&field.path).ok_or("its name has a dot")?;
    let mut rule = of_kind(base, "address");
    rule.conditions
        .push((exists, map([("exists", "true".to_owned())])));
    let id = normal(field.path.last().map_or("address", String::as_str));
    rule.ids.push(
        Line::new("addressId", text(&id))
            .noted("The user has one address here, so its identifier is a constant."),
    );
    let maps = field.values.iter().filter_map(|value| match value {
        Attribute::M(members) => Some(present(members)),
        _ => None,
    });
    let inner = Fields::new(maps, &field.path);
    rule.attributes.push(address_type(&inner, Place::Item));
    add(&mut rule, convert(ADDRESS, &inner, Place::Item));
    Ok(rule)
}

/// What an address is for.
pub(super) fn address_type(fields: &Fields<'_>, place: Place) -> Line {
    let typed = fields
        .find(&["addresstype", "type", "kind", "usage"])
        .filter(|field| field.is_all(&["S"]));
    let known = |value: &str| ADDRESS_TYPES.iter().any(|(word, _)| *word == normal(value));
    match typed.filter(|field| field.texts().any(known)) {
        Some(field) => Line::new("addressType", mapped(field, &ADDRESS_TYPES, Some("BOTH"), place)),
        None => Line::new("addressType", map([("value", "BOTH".to_owned())]))
            .noted("Nothing says whether it is for shipping or for billing."),
    }
}

fn second_factor(base: &Rule, field: &Field<'_>, fields: &Fields<'_>) -> Result<Rule, String> {
    let exists = dotted(&field.path).ok_or("its name has a dot")?;
    let mut rule = of_kind(base, "second-factor");
    rule.conditions
        .push((exists, map([("exists", "true".to_owned())])));
    rule.ids.push(
        Line::new("method", "TOTP")
            .noted("Nothing says the method. Write yours: TOTP, SMS, EMAIL, WEBAUTHN."),
    );
    rule.attributes.push(Line::new("enabled", path(&field.path)));
    let updated = super::columns::SECOND_FACTOR
        .iter()
        .filter(|column| column.name == "updatedAt")
        .copied();
    add(
        &mut rule,
        convert(&updated.collect::<Vec<_>>(), fields, Place::Item),
    );
    Ok(rule)
}
