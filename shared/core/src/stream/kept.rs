//! A record without what nobody reads of it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

/// How much of a record is kept.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kept {
    /// All of it: it could not be decoded, or its row is of an unknown kind, so that nobody knows what of it is read.
    #[default]
    Whole,
    /// What is read of it: the keys, and the attributes of an allow-list.
    Known,
}

/// What is read of a record's `userIdentity`.
const IDENTITY: [&str; 4] = ["type", "Type", "principalId", "PrincipalId"];

/// A member of an object, or what is kept of it; `None` when nothing is.
type Keep<'k> = dyn for<'a> Fn(&str, &'a RawValue) -> Option<Cow<'a, RawValue>> + 'k;

/// What is kept of a record: the members that decoding reads, and of the keys and of the images those with these names. Every
/// value keeps its bytes; if nothing is removed, the record keeps its own. A member that is not what it should be is removed:
/// only a record that can be decoded stays the same record.
pub(crate) fn kept_of(
    json: &RawValue,
    keys: &BTreeSet<String>,
    attributes: &BTreeSet<String>,
) -> Box<RawValue> {
    let record = trimmed(json, &|name, value| match name {
        "eventID" | "eventName" | "eventSourceARN" => scalar(value),
        "userIdentity" => scalar(value).or_else(|| {
            trimmed(value, &|name, value| {
                IDENTITY.contains(&name).then(|| scalar(value)).flatten()
            })
        }),
        "dynamodb" => trimmed(value, &|name, value| match name {
            "ApproximateCreationDateTime" | "SequenceNumber" | "StreamViewType" => scalar(value),
            "Keys" => trimmed(value, &|name, value| named(keys, name, value)),
            "NewImage" | "OldImage" => trimmed(value, &|name, value| named(attributes, name, value)),
            _ => None,
        }),
        _ => None,
    });
    record.map_or_else(|| RawValue::NULL.to_owned(), Cow::into_owned)
}

fn named<'a>(names: &BTreeSet<String>, name: &str, value: &'a RawValue) -> Option<Cow<'a, RawValue>> {
    names.contains(name).then_some(Cow::Borrowed(value))
}

fn scalar(value: &RawValue) -> Option<Cow<'_, RawValue>> {
    (!value.get().starts_with(['{', '['])).then_some(Cow::Borrowed(value))
}

/// The object with those members that are kept. Of two with the same name the later counts, as everywhere. `None` when it
/// is not an object.
fn trimmed<'a>(json: &'a RawValue, keep: &Keep<'_>) -> Option<Cow<'a, RawValue>> {
    let members = serde_json::Deserializer::from_str(json.get())
        .deserialize_map(Members)
        .ok()?;
    let all = members.len();
    let mut kept: Vec<(Cow<'a, str>, Cow<'a, RawValue>)> = Vec::with_capacity(all);
    for (name, value) in members {
        kept.retain(|(earlier, _)| *earlier != name);
        if let Some(value) = keep(&name, value) {
            kept.push((name, value));
        }
    }
    if kept.len() == all && kept.iter().all(|(_, value)| matches!(value, Cow::Borrowed(_))) {
        return Some(Cow::Borrowed(json));
    }
    let members: Vec<String> = kept
        .iter()
        .map(|(name, value)| Some(format!("{}:{}", serde_json::to_string(name).ok()?, value.get())))
        .collect::<Option<_>>()?;
    let object = format!("{{{}}}", members.join(","));
    RawValue::from_string(object).ok().map(Cow::Owned)
}

/// All members of an object, in their order.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = object.next_entry::<Name<'de>, _>()? {
            members.push((name.0, value));
        }
        Ok(members)
    }
}

/// A member's name, borrowed if it has no escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(json: &str) -> String {
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        kept_of(raw, &names(&["pk"]), &names(&["pk", "a"]))
            .get()
            .to_owned()
    }

    #[test]
    fn a_record_of_which_nothing_is_removed_keeps_its_bytes() {
        let json = r#"{ "eventID" : "1",  "dynamodb": { "NewImage": {"a":{"N": "1.50"} }, "Keys":{}} }"#;
        assert_eq!(kept(json), json);
    }

    #[test]
    fn what_is_not_named_is_removed_and_the_rest_keeps_its_bytes() {
        let json = r#"{"eventID":"1","awsRegion":"x","dynamodb":{"SizeBytes":1,"ApproximateCreationDateTime":1.50E9,
            "Keys":{"pk":{"S":"\u0041"},"other":{"S":"x"}},
            "NewImage":{"a":{"N": "1.50" },"b":{"S":"x"}},"OldImage":{"\u0061":{"M":{"any":{"N":"0100"}}},"c":1}}}"#;
        assert_eq!(
            kept(json),
            r#"{"eventID":"1","dynamodb":{"ApproximateCreationDateTime":1.50E9,"Keys":{"pk":{"S":"\u0041"}},"NewImage":{"a":{"N": "1.50" }},"OldImage":{"a":{"M":{"any":{"N":"0100"}}}}}}"#
        );
    }

    #[test]
    fn an_earlier_member_with_the_same_name_is_removed() {
        let json = r#"{"dynamodb":{"NewImage":{"b":1}},"dynamodb":{"NewImage":{"b":{"S":"x"}},"NewImage":{"a":1,"\u0061":2}}}"#;
        assert_eq!(kept(json), r#"{"dynamodb":{"NewImage":{"a":2}}}"#);
    }

    #[test]
    fn what_is_not_what_it_should_be_is_removed() {
        for (json, expected) in [
            ("7", "null"),
            ("[{}]", "null"),
            (r#"{"dynamodb":"x"}"#, "{}"),
            (
                r#"{"eventID":{"x":1},"dynamodb":{"NewImage":["x"],"Keys":7}}"#,
                r#"{"dynamodb":{}}"#,
            ),
        ] {
            assert_eq!(kept(json), expected, "{json}");
        }
    }
}
