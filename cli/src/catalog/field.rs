//! The fields of an event.

use serde::Serialize;
use serde_json::Value;

/// A field of an event's data, or of a class.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// The name on the wire.
    pub name: String,
    /// What it means.
    pub meaning: String,
    /// The type of its values.
    pub kind: Kind,
    /// Whether every event has it. An optional field is absent if it has no value, never `null`.
    pub required: bool,
    /// Whether it identifies the subject, or a part of the subject such as an address.
    pub identifier: bool,
    /// Who may read it.
    pub disclosure: Disclosure,
    /// The value in the example; absent if it is sealed or the example has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Value>,
    /// The values of a [`Kind::OneOf`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Choice>,
    /// The members of a [`Kind::Sealed`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Field>,
}

/// The types of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Any string.
    Text,
    /// An RFC 3339 date-time in UTC with milliseconds.
    Time,
    /// `true` or `false`.
    Flag,
    /// A whole number from 0.
    Count,
    /// A list of strings.
    Texts,
    /// One of the listed values, or one that a later version adds.
    OneOf,
    /// A sealed class.
    Sealed,
}

/// Who may read a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Disclosure {
    /// Every subscriber, for the given reason.
    Public(String),
    /// Subscribers with a grant for the class.
    Class(String),
}

/// A value of an enumeration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// The value on the wire.
    pub value: String,
    /// What it means.
    pub meaning: String,
}

impl Field {
    /// The type and whether every event has the field: `string, required` or `boolean, optional`.
    pub fn kind_and_need(&self) -> String {
        let need = if self.required { "required" } else { "optional" };
        format!("{}, {need}", self.kind.as_str())
    }
}

impl Kind {
    /// The type's name, in a word or two.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Time => "date-time",
            Self::Flag => "boolean",
            Self::Count => "integer",
            Self::Texts => "string array",
            Self::OneOf => "enum",
            Self::Sealed => "sealed",
        }
    }
}
