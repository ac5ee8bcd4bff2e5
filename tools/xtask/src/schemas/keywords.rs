//! The keywords of JSON Schema 2020-12 that contain schemas, and the integer formats.

use serde_json::{Value, json};

/// Keywords with one schema as their value.
pub(super) const ONE: [&str; 11] = [
    "items",
    "contains",
    "additionalProperties",
    "propertyNames",
    "contentSchema",
    "not",
    "if",
    "then",
    "else",
    "unevaluatedProperties",
    "unevaluatedItems",
];
/// Keywords with a list of schemas as their value.
pub(super) const LISTS: [&str; 4] = ["oneOf", "anyOf", "allOf", "prefixItems"];
/// Keywords with a map of named schemas as their value.
pub(super) const MAPS: [&str; 4] = ["properties", "patternProperties", "dependentSchemas", "$defs"];

/// The smallest and largest number of an integer format; `None` for any other format. The generator uses these formats,
/// but no draft defines them.
pub(super) fn range(format: Option<&Value>) -> Option<(i128, i128)> {
    Some(match format?.as_str()? {
        "int8" => (i8::MIN.into(), i8::MAX.into()),
        "int16" => (i16::MIN.into(), i16::MAX.into()),
        "int32" => (i32::MIN.into(), i32::MAX.into()),
        "int64" => (i64::MIN.into(), i64::MAX.into()),
        "uint8" => (0, u8::MAX.into()),
        "uint16" => (0, u16::MAX.into()),
        "uint32" => (0, u32::MAX.into()),
        "uint64" => (0, u64::MAX.into()),
        _ => return None,
    })
}

/// Replaces an integer format by its range as `minimum` and `maximum`, unless the schema has narrower ones.
pub(super) fn bound_instead_of_format(keywords: &mut serde_json::Map<String, Value>) {
    let Some((least, greatest)) = range(keywords.get("format")) else {
        return;
    };
    let given = |name: &str| keywords.get(name).and_then(Value::as_i64).map(i128::from);
    let least = given("minimum").map_or(least, |given| given.max(least));
    let greatest = given("maximum").map_or(greatest, |given| given.min(greatest));
    keywords.shift_remove("format");
    keywords.insert("minimum".to_owned(), number(least));
    keywords.insert("maximum".to_owned(), number(greatest));
}

fn number(number: i128) -> Value {
    i64::try_from(number).map_or_else(|_| json!(u64::try_from(number).ok()), |number| json!(number))
}
