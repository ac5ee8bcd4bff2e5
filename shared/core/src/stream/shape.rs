//! The shape of a row: how its keys look, and which attributes are read.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

/// The shape of a row of the user tables. The prefixes of a row's keys identify its kind.
#[derive(Debug)]
pub struct RowShape {
    /// The kind's name in error messages.
    pub kind: &'static str,
    /// The prefixes that the partition key can have.
    pub pk: &'static [&'static str],
    /// The name of the identifier in the partition key: `userId`.
    pub pk_id: &'static str,
    /// The whole sort key; or its prefix, if it ends in `#`.
    pub sk: &'static str,
    /// The name of the identifier in the sort key; `None` when the sort key has none.
    pub sk_id: Option<&'static str>,
    /// The attributes that are read.
    pub columns: &'static [Column],
}

/// An attribute that is read.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub content: Content,
    /// Whether every such row needs it. (A row that is removed, and an account with the status `DELETED`, need less.)
    pub required: bool,
    /// The class of personal data that it belongs to; `None` when it is public.
    pub class: Option<&'static str>,
}

/// What an attribute holds.
#[derive(Debug, Clone, Copy)]
pub enum Content {
    /// A string.
    Text,
    /// A boolean.
    Flag,
    /// A whole number from 0 to 4,294,967,295.
    Count,
    /// An RFC 3339 date-time with its offset, as a string.
    Time,
    /// A value of an enumeration, as a string. The function lists the values that this version knows.
    Choice(fn() -> Vec<String>),
}

impl RowShape {
    /// The column with this name; `None` when it is not read.
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl Column {
    /// A public attribute.
    pub const fn new(name: &'static str, content: Content) -> Self {
        Self {
            name,
            content,
            required: false,
            class: None,
        }
    }

    /// The same attribute, which every such row needs.
    #[must_use]
    pub const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    /// The same attribute, which belongs to this class of personal data.
    #[must_use]
    pub const fn in_class(self, class: &'static str) -> Self {
        Self {
            class: Some(class),
            ..self
        }
    }
}

impl Content {
    /// The values of an enumeration.
    pub const fn choice<T: JsonSchema>() -> Self {
        Self::Choice(known_values::<T>)
    }
}

/// The values of an enumeration, from its schema.
fn known_values<T: JsonSchema>() -> Vec<String> {
    let schema = T::json_schema(&mut SchemaGenerator::default());
    let described = schema
        .get("oneOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let plain = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    // Values without a description are together in one list, also beside described ones.
    let values = described.flat_map(|value| {
        let listed = value["enum"].as_array().into_iter().flatten();
        listed.chain([&value["const"]])
    });
    let values = values.chain(plain);
    values.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(JsonSchema)]
    #[allow(dead_code, reason = "only its schema is read")]
    #[schemars(inline, rename_all = "SCREAMING_SNAKE_CASE")]
    enum Light {
        /// Stop.
        DeepRed,
        Green,
    }

    #[test]
    fn the_values_of_an_enumeration_are_listed() {
        let Content::Choice(values) = Content::choice::<Light>() else {
            panic!("it is an enumeration");
        };
        assert_eq!(values(), ["GREEN", "DEEP_RED"].map(str::to_owned).to_vec());
    }
}
