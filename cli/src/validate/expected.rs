//! Describes what a schema expected. The validator's own messages quote the value; these use only the schema.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

/// What the schema expected at the place of this error.
pub(super) fn expected(kind: &Kind) -> String {
    match kind {
        Kind::Required { property } => format!("the member `{}`", plain(property)),
        Kind::Type { kind } => types(kind),
        Kind::Format { format } => format!("a string in the format `{format}`"),
        Kind::Constant { expected_value } => plain(expected_value),
        Kind::Enum { options } => one_of(options.as_array().map(Vec::as_slice).unwrap_or_default().iter()),
        Kind::Pattern { pattern } => format!("a string that matches the pattern `{pattern}`"),
        Kind::MinLength { limit } => format!("a string of at least {limit} characters"),
        Kind::MaxLength { limit } => format!("a string of at most {limit} characters"),
        Kind::MinItems { limit } => format!("an array of at least {limit} elements"),
        Kind::MaxItems { limit } => format!("an array of at most {limit} elements"),
        Kind::UniqueItems => "an array without duplicate elements".to_owned(),
        Kind::Minimum { limit } => format!("a number of at least {limit}"),
        Kind::Maximum { limit } => format!("a number of at most {limit}"),
        Kind::ContentEncoding { content_encoding } => format!("a string encoded as {content_encoding}"),
        Kind::ContentMediaType { content_media_type } => {
            format!("a string with content of the type {content_media_type}")
        }
        Kind::AdditionalProperties { .. } | Kind::UnevaluatedProperties { .. } => {
            "only members that the schema has".to_owned()
        }
        Kind::OneOfNotValid { context } | Kind::AnyOf { context } => {
            let alternatives = context.iter().flatten().map(|error| expected(error.kind()));
            let mut alternatives: Vec<_> = alternatives.collect();
            alternatives.dedup();
            alternatives.join(" or ")
        }
        kind => format!("a value that the keyword `{}` accepts", kind.keyword()),
    }
}

fn types(kind: &TypeKind) -> String {
    let name = |name: &str| match name {
        "array" | "integer" | "object" => format!("an {name}"),
        "null" => "null".to_owned(),
        name => format!("a {name}"),
    };
    match kind {
        TypeKind::Single(one) => name(one.as_str()),
        TypeKind::Multiple(several) => {
            let names: Vec<_> = several.iter().map(|one| name(one.as_str())).collect();
            names.join(" or ")
        }
    }
}

fn one_of<'a>(options: impl Iterator<Item = &'a Value>) -> String {
    let options: Vec<_> = options.map(plain).collect();
    match options.as_slice() {
        [only] => only.clone(),
        options => format!("one of {}", options.join(", ")),
    }
}

/// A value of the schema, strings without quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
