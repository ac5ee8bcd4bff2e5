//! The attributes of a group of items, by path, and what their values look like.

use std::collections::{BTreeMap, BTreeSet};

use user_events_core::{Attribute, Time};

use super::words::normal;
use crate::map::item::{digits_or_text, present};

/// Maps that hold attributes of the user, and not a thing of its own.
const WRAPPERS: [&str; 17] = [
    "profile",
    "user",
    "data",
    "attributes",
    "attrs",
    "details",
    "info",
    "settings",
    "preferences",
    "contact",
    "personal",
    "personalinfo",
    "name",
    "meta",
    "metadata",
    "audit",
    "account",
];
/// The longest path into maps.
const MAX_DEPTH: usize = 3;

/// All values at one path.
#[derive(Debug, Clone)]
pub(super) struct Field<'a> {
    pub(super) path: Vec<String>,
    pub(super) values: Vec<&'a Attribute>,
}

/// How a field writes times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeForm {
    /// RFC 3339.
    Iso,
    /// ISO 8601 without an offset.
    IsoWithoutOffset,
    EpochSeconds,
    EpochMillis,
}

/// The fields of a group.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields<'a>(Vec<Field<'a>>);

impl<'a> Fields<'a> {
    /// The fields of these maps, which are at this path of their items.
    pub(super) fn new<M>(maps: impl IntoIterator<Item = M>, prefix: &[String]) -> Self
    where
        M: IntoIterator<Item = (&'a str, &'a Attribute)>,
    {
        let mut values: BTreeMap<Vec<String>, Vec<&'a Attribute>> = BTreeMap::new();
        for map in maps {
            for (name, value) in map {
                collect(
                    &[prefix, &[name.to_owned()]].concat(),
                    prefix.len(),
                    value,
                    &mut values,
                );
            }
        }
        let mut fields: Vec<_> = values
            .into_iter()
            .map(|(path, values)| Field { path, values })
            .collect();
        fields.sort_by_key(|field| field.path.len());
        Self(fields)
    }

    /// The fields without those of these names.
    pub(super) fn without(mut self, names: &[&str]) -> Self {
        self.0
            .retain(|field| field.path.len() > 1 || !names.contains(&field.path[0].as_str()));
        self
    }

    /// The field with one of these names, in normal form. An earlier name wins, then the shorter path.
    pub(super) fn find(&self, names: &[&str]) -> Option<&Field<'a>> {
        names
            .iter()
            .find_map(|name| self.0.iter().find(|field| field.is_named(name)))
    }

    /// All fields with one of these names, in their order.
    pub(super) fn find_all<'f>(&'f self, names: &'f [&str]) -> impl Iterator<Item = &'f Field<'a>> {
        names.iter().filter_map(|name| self.find(&[name]))
    }

    /// The fields at the top of the items.
    pub(super) fn top(&self) -> impl Iterator<Item = &Field<'a>> {
        self.0.iter().filter(|field| field.path.len() == 1)
    }

    /// Whether one of these names is a field.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.find(names).is_some()
    }
}

fn collect<'a>(
    path: &[String],
    top: usize,
    value: &'a Attribute,
    values: &mut BTreeMap<Vec<String>, Vec<&'a Attribute>>,
) {
    values.entry(path.to_vec()).or_default().push(value);
    let wraps = path
        .last()
        .is_some_and(|name| WRAPPERS.contains(&normal(name).as_str()));
    if let (Attribute::M(members), true) = (value, wraps && path.len() - top < MAX_DEPTH) {
        for (name, value) in present(members) {
            collect(&[path, &[name.to_owned()]].concat(), top, value, values);
        }
    }
}

impl Field<'_> {
    /// Whether its name, or its last two names together, are this one.
    fn is_named(&self, name: &str) -> bool {
        let last = self.path.last().is_some_and(|last| normal(last) == name);
        last || self.path.len() > 1 && normal(&self.path[self.path.len() - 2..].concat()) == name
    }

    /// Whether all values have one of these types.
    pub(super) fn is_all(&self, types: &[&str]) -> bool {
        self.values.iter().all(|value| types.contains(&value.type_name()))
    }

    /// The texts and digits of the values.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.values.iter().filter_map(|value| digits_or_text(value))
    }

    /// The different texts of the values.
    pub(super) fn different(&self) -> BTreeSet<&str> {
        self.texts().collect()
    }

    /// Whether all values are texts that satisfy this.
    pub(super) fn all_texts(&self, test: impl Fn(&str) -> bool) -> bool {
        self.is_all(&["S"]) && self.texts().all(test)
    }

    /// How all values write times; `None` when one is no time, or they differ.
    pub(super) fn time_form(&self) -> Option<TimeForm> {
        let mut forms = self.values.iter().map(|value| time_form(value));
        let first = forms.next()??;
        forms.all(|form| form == Some(first)).then_some(first)
    }
}

fn time_form(value: &Attribute) -> Option<TimeForm> {
    /// From 2001 to 2286, in seconds.
    const SECONDS: std::ops::Range<f64> = 1e9..1e10;
    match value {
        Attribute::S(text) if Time::parse(text).is_some() => Some(TimeForm::Iso),
        Attribute::S(text) if Time::parse(&format!("{text}Z")).is_some() => Some(TimeForm::IsoWithoutOffset),
        Attribute::N(digits) => match digits.parse::<f64>().ok()? {
            seconds if SECONDS.contains(&seconds) => Some(TimeForm::EpochSeconds),
            millis if SECONDS.contains(&(millis / 1_000.0)) => Some(TimeForm::EpochMillis),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(values: &[Attribute]) -> Option<TimeForm> {
        let field = Field {
            path: vec!["at".to_owned()],
            values: values.iter().collect(),
        };
        field.time_form()
    }

    #[test]
    fn the_form_of_a_time_is_seen_from_all_values() {
        let text = |text: &str| Attribute::S(text.to_owned());
        let number = |digits: &str| Attribute::N(digits.to_owned());
        for (value, form) in [
            (text("2026-03-01T12:00:00Z"), Some(TimeForm::Iso)),
            (text("2026-03-01T12:00:00.123+01:00"), Some(TimeForm::Iso)),
            (text("2026-03-01T12:00:00.123"), Some(TimeForm::IsoWithoutOffset)),
            (number("1772366400"), Some(TimeForm::EpochSeconds)),
            (number("1772366400.25"), Some(TimeForm::EpochSeconds)),
            (number("1772366400000"), Some(TimeForm::EpochMillis)),
            (text("2026-03-01"), None),
            (text("Ada"), None),
            (number("3"), None),
        ] {
            assert_eq!(field(std::slice::from_ref(&value)), form, "{value:?}");
        }
        assert_eq!(field(&[number("1772366400"), text("2026-03-01T12:00:00Z")]), None);
        assert_eq!(field(&[]), None);
    }

    #[test]
    fn fields_are_found_by_name_in_any_spelling_and_inside_of_wrappers() {
        let name = Attribute::M([("first".to_owned(), Attribute::S("Ada".to_owned()))].into());
        let text = Attribute::S("x".to_owned());
        let items = [vec![("Email_Address", &text), ("name", &name), ("other", &name)]];
        let fields = Fields::new(items, &[]);
        assert_eq!(fields.find(&["emailaddress"]).unwrap().path, ["Email_Address"]);
        assert_eq!(fields.find(&["namefirst"]).unwrap().path, ["name", "first"]);
        assert!(!fields.has(&["otherfirst"]) && fields.top().count() == 3);
    }
}
