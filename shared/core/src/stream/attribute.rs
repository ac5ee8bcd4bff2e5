//! DynamoDB attribute values, kept so that no digit and no byte is lost.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::stream::choice::Choice;
use crate::stream::selected::selected;

/// One attribute value of a row, in DynamoDB's own types (Amazon DynamoDB API Reference, *AttributeValue*). Numbers and
/// binaries stay text, so nothing is rounded and nothing is decoded without need.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub enum Attribute {
    /// A string.
    S(String),
    /// A number of up to 38 digits.
    N(String),
    /// A binary, base64.
    B(String),
    /// A boolean.
    #[serde(rename = "BOOL")]
    Bool(bool),
    /// No value: the attribute counts as absent.
    #[serde(rename = "NULL")]
    Null(bool),
    /// A map.
    M(BTreeMap<String, Attribute>),
    /// A list.
    L(Vec<Attribute>),
    /// A set of strings. Sets have no order, so they are kept sorted for comparison.
    #[serde(rename = "SS")]
    TextSet(BTreeSet<String>),
    /// A set of numbers.
    #[serde(rename = "NS")]
    NumberSet(BTreeSet<String>),
    /// A set of binaries.
    #[serde(rename = "BS")]
    BinarySet(BTreeSet<String>),
    /// A value in none of DynamoDB's types, kept as JSON so that two images can still be compared.
    #[serde(skip)]
    Unknown(String),
}

impl Attribute {
    /// Reads an attribute value. One that has no known type becomes [`Attribute::Unknown`].
    pub(super) fn read(json: &RawValue) -> Self {
        serde_json::from_str(json.get()).unwrap_or_else(|_| Self::Unknown(json.get().to_owned()))
    }

    /// The type's name in DynamoDB, for error messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::S(_) => "S",
            Self::N(_) => "N",
            Self::B(_) => "B",
            Self::Bool(_) => "BOOL",
            Self::Null(_) => "NULL",
            Self::M(_) => "M",
            Self::L(_) => "L",
            Self::TextSet(_) => "SS",
            Self::NumberSet(_) => "NS",
            Self::BinarySet(_) => "BS",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The text of an `S`; `None` for another type.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::S(text) => Some(text),
            _ => None,
        }
    }
}

/// All attributes of a row at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image(BTreeMap<String, Attribute>);

impl Image {
    /// Reads an image. An attribute that has no known type becomes [`Attribute::Unknown`].
    ///
    /// `None` when the JSON is not an object.
    pub(super) fn read(json: &RawValue) -> Option<Self> {
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(json.get()).ok()?;
        let attributes = members
            .into_iter()
            .map(|(name, json)| (name, Attribute::read(json)));
        Some(attributes.collect())
    }

    /// Reads those attributes of an image that have one of these names. Nothing else is looked at.
    ///
    /// `None` when the JSON is not an object.
    pub(crate) fn read_selected(json: &RawValue, names: &BTreeSet<String>) -> Option<Self> {
        let members = selected(json, names)?;
        let read = |(name, json)| (name, Attribute::read(json));
        Some(members.into_iter().map(read).collect())
    }

    /// Sets an attribute.
    pub fn set(&mut self, name: &str, attribute: Attribute) {
        self.0.insert(name.to_owned(), attribute);
    }

    /// The attribute with this name. An attribute of type `NULL` is absent.
    pub fn get(&self, name: &str) -> Option<&Attribute> {
        self.0
            .get(name)
            .filter(|attribute| !matches!(attribute, Attribute::Null(_)))
    }

    /// The text of the attribute with this name; `None` when it is absent or has another type.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Attribute::as_text)
    }

    /// The text of the attribute with this name; `None` when it is absent, is empty or has another type.
    pub fn filled_text(&self, name: &str) -> Option<&str> {
        self.text(name).filter(|text| !text.is_empty())
    }

    /// The attribute with this name as a value of an enumeration; `None` when it is absent, or can be no such value.
    pub fn choice<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Option<Choice<T>> {
        self.text(name).and_then(Choice::from_row)
    }

    /// Whether the attribute with this name is the boolean `true`.
    pub fn is_true(&self, name: &str) -> bool {
        self.get(name) == Some(&Attribute::Bool(true))
    }

    /// The names of the attributes that have no known type.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(|(_, attribute)| matches!(attribute, Attribute::Unknown(_)))
            .map(|(name, _)| name.as_str())
    }
}

impl FromIterator<(String, Attribute)> for Image {
    fn from_iter<I: IntoIterator<Item = (String, Attribute)>>(attributes: I) -> Self {
        Self(attributes.into_iter().collect())
    }
}
