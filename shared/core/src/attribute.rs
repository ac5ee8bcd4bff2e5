//! DynamoDB attribute values, as they are and without a way to lose digits or bytes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as Refusal, StrDeserializer};

/// One attribute value of a row, in DynamoDB's own types (Amazon DynamoDB API Reference,
/// *AttributeValue*). Numbers and binaries stay text: nothing is rounded, nothing is decoded in vain.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub enum Attribute {
    /// Text.
    S(String),
    /// A number of up to 38 digits.
    N(String),
    /// A binary, base64.
    B(String),
    /// A boolean.
    #[serde(rename = "BOOL")]
    Bool(bool),
    /// No value; the attribute counts as absent.
    #[serde(rename = "NULL")]
    Null(bool),
    /// A map.
    M(BTreeMap<String, Attribute>),
    /// A list.
    L(Vec<Attribute>),
    /// A set of texts. Sets have no order, so they are compared sorted.
    #[serde(rename = "SS")]
    TextSet(BTreeSet<String>),
    /// A set of numbers.
    #[serde(rename = "NS")]
    NumberSet(BTreeSet<String>),
    /// A set of binaries.
    #[serde(rename = "BS")]
    BinarySet(BTreeSet<String>),
    /// Something in none of DynamoDB's types, kept as its JSON so that two images can still be compared.
    #[serde(skip)]
    Unknown(String),
}

impl Attribute {
    /// The type as DynamoDB writes it, for error messages.
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

    /// The text of an `S`.
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
    /// The attribute of that name. An attribute of type `NULL` is absent.
    pub fn get(&self, name: &str) -> Option<&Attribute> {
        self.0
            .get(name)
            .filter(|attribute| !matches!(attribute, Attribute::Null(_)))
    }

    /// The text of the attribute of that name; `None` when it is absent or of another type.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Attribute::as_text)
    }

    /// One of an enumeration's values; `None` when the attribute is absent or names none of them.
    pub fn choice<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Option<T> {
        self.text(name).and_then(choose)
    }

    /// Whether the attribute of that name is the boolean `true`.
    pub fn is_true(&self, name: &str) -> bool {
        self.get(name) == Some(&Attribute::Bool(true))
    }

    /// The names of the attributes that are in none of DynamoDB's types.
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

/// The enumeration's value of that name.
pub(crate) fn choose<T: for<'de> Deserialize<'de>>(name: &str) -> Option<T> {
    let deserializer: StrDeserializer<'_, Refusal> = name.into_deserializer();
    T::deserialize(deserializer).ok()
}
