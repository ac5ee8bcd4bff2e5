//! What the rules of a policy look for, to find those that no message can meet.

use std::fmt;

use serde_json::Value;

use crate::numeric::Range;
use crate::rule::Rule;

/// A value, or a kind of values, that a rule names.
#[derive(Debug, Clone, PartialEq)]
pub enum Sought<'a> {
    /// This value, to let through or, inside `anything-but`, to keep out.
    Value(&'a Value),
    /// Strings with this prefix.
    Prefix(&'a str),
    /// Strings with this suffix.
    Suffix(&'a str),
    /// This string, ignoring case.
    IgnoringCase(&'a str),
    /// Numbers of a range.
    Numbers(NumbersOf<'a>),
}

/// The range of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct NumbersOf<'a>(&'a Range);

impl<'a> Sought<'a> {
    /// What the rule names. Nothing for a rule that is about the existence or about addresses.
    pub(crate) fn by(rule: &'a Rule) -> Vec<Self> {
        match rule {
            Rule::Exactly(value) => vec![Self::Value(value)],
            Rule::AnythingBut(values) => values.iter().map(Self::Value).collect(),
            Rule::Prefix(text) | Rule::AnythingButPrefix(text) => vec![Self::Prefix(text)],
            Rule::Suffix(text) => vec![Self::Suffix(text)],
            Rule::EqualsIgnoreCase(text) => vec![Self::IgnoringCase(text)],
            Rule::Numeric(range) => vec![Self::Numbers(NumbersOf(range))],
            Rule::Cidr(_) | Rule::Exists(_) => Vec::new(),
        }
    }

    /// Whether it is this value.
    pub fn is(&self, value: &Value) -> bool {
        match self {
            Self::Value(wanted) => Rule::Exactly((*wanted).clone()).holds(value),
            Self::Prefix(text) => Rule::Prefix((*text).to_owned()).holds(value),
            Self::Suffix(text) => Rule::Suffix((*text).to_owned()).holds(value),
            Self::IgnoringCase(text) => Rule::EqualsIgnoreCase((*text).to_owned()).holds(value),
            Self::Numbers(NumbersOf(range)) => value.as_f64().is_some_and(|number| range.contains(number)),
        }
    }

    /// Its text, to find similar ones. `None` if it has none.
    pub fn text(&self) -> Option<&'a str> {
        match self {
            Self::Value(value) => value.as_str(),
            Self::Prefix(text) | Self::Suffix(text) | Self::IgnoringCase(text) => Some(text),
            Self::Numbers(_) => None,
        }
    }
}

impl fmt::Display for Sought<'_> {
    /// Continues "no event has".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(Value::String(text)) => write!(f, "the value `{text}`"),
            Self::Value(value) => write!(f, "the value {value}"),
            Self::Prefix(text) => write!(f, "a value with the prefix `{text}`"),
            Self::Suffix(text) => write!(f, "a value with the suffix `{text}`"),
            Self::IgnoringCase(text) => write!(f, "the value `{text}` in any case"),
            Self::Numbers(_) => write!(f, "a number of that range"),
        }
    }
}
