//! The older drafts of JSON Schema and their formats.

use clap::ValueEnum;

/// An older draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Draft {
    /// Draft-07: the newest that the AWS Glue Schema Registry takes (AWS Glue Developer Guide, *AWS Glue Schema
    /// registry*).
    #[value(name = "7")]
    Seven,
    /// Draft 4: the one that the Amazon EventBridge schema registry takes (Amazon EventBridge User Guide, *Amazon
    /// EventBridge schemas*).
    #[value(name = "4")]
    Four,
}

/// Keywords that no older draft has.
pub(super) const NEW: [&str; 8] = [
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "$vocabulary",
    "minContains",
    "maxContains",
    "unevaluatedItems",
    "unevaluatedProperties",
];
/// Keywords that draft 4 does not have either.
pub(super) const NEWER_THAN_FOUR: [&str; 5] = ["contains", "propertyNames", "if", "then", "else"];

/// JSON Schema Validation, draft-handrews-json-schema-validation-01, section 7.3.
const FORMATS_OF_SEVEN: [&str; 17] = [
    "date-time",
    "date",
    "time",
    "email",
    "idn-email",
    "hostname",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uri-reference",
    "iri",
    "iri-reference",
    "uri-template",
    "json-pointer",
    "relative-json-pointer",
    "regex",
];
/// JSON Schema Validation, draft-fge-json-schema-validation-00, section 7.3.
const FORMATS_OF_FOUR: [&str; 6] = ["date-time", "email", "hostname", "ipv4", "ipv6", "uri"];

/// RFC 9562, section 4.
pub(super) const UUID: &str = "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$";

impl Draft {
    /// The identifier of its meta-schema.
    pub fn meta_schema(self) -> &'static str {
        match self {
            Self::Seven => "http://json-schema.org/draft-07/schema#",
            Self::Four => "http://json-schema.org/draft-04/schema#",
        }
    }

    pub(super) fn formats(self) -> &'static [&'static str] {
        match self {
            Self::Seven => &FORMATS_OF_SEVEN,
            Self::Four => &FORMATS_OF_FOUR,
        }
    }
}
