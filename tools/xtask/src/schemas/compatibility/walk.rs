//! Walks through two schemas side by side and reports where they differ.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::finding::Break;
use super::proof::{self, Readers};

/// Keywords that the walk follows. It compares the other keywords as they are.
const FOLLOWED: [&str; 6] = [
    "properties",
    "required",
    "items",
    "contentSchema",
    "contentMediaType",
    "contentEncoding",
];

const KEEP_VALUES: &str = "keep the value in the schema, even if it is no longer sent";
const KEEP_FIELD: &str = "keep the field; if it is optional, it can be absent from now on";
const KEEP_REQUIRED: &str = "keep it required";
const OPTIONAL: &str = "make it optional";
const NEW_FIELD: &str = "keep this and add a new optional field beside it";
const STAY_OPEN: &str = "leave objects open, so that a field can be added later";
const KEEP_CONTENT: &str = "keep the content as it was described";

#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) found: Vec<Break>,
}

impl Walk {
    /// Compares the schemas at a path.
    pub(super) fn compare(&mut self, path: &str, released: &Value, current: &Value) -> Result<()> {
        let (Value::Object(old), Value::Object(new)) = (released, current) else {
            return self.prove(path, released, current);
        };
        if old == new {
            return Ok(());
        }
        // The proof reports another type.
        if old.get("type") == new.get("type") {
            self.values(path, old, new);
            self.texts(path, old, new);
        }
        self.content(path, old, new)?;
        self.fields(path, old, new)?;
        if let (Some(old), Some(new)) = (old.get("items"), new.get("items")) {
            self.compare(&format!("{path}[*]"), old, new)?;
        }
        if new.get("additionalProperties") == Some(&json!(false)) && !old.contains_key("additionalProperties")
        {
            let what = "fields that the schema does not name are forbidden now".to_owned();
            self.report(path, what, &[Readers::OfTheCurrent], STAY_OPEN);
            return Ok(());
        }
        self.prove(path, &own(old, new), &own(new, old))
    }

    /// A listed value stays listed, because archived events contain it and readers handle it.
    fn values(&mut self, path: &str, old: &Map<String, Value>, new: &Map<String, Value>) {
        let Some(listed) = old.get("enum").and_then(Value::as_array) else {
            return;
        };
        let still = new.get("enum").or_else(|| new.get("const"));
        let still = match still {
            Some(Value::Array(values)) => values.clone(),
            Some(constant) => vec![constant.clone()],
            None => {
                let what = "its values are no longer listed".to_owned();
                return self.report(path, what, &[Readers::OfTheRelease], KEEP_VALUES);
            }
        };
        let gone: Vec<_> = listed
            .iter()
            .filter(|value| !still.contains(value))
            .map(Value::to_string)
            .collect();
        if !gone.is_empty() {
            let what = format!("it no longer lists {}", gone.join(", "));
            self.report(path, what, &[Readers::OfTheCurrent], KEEP_VALUES);
        }
    }

    /// The format and the encoding of a string stay the same.
    fn texts(&mut self, path: &str, old: &Map<String, Value>, new: &Map<String, Value>) {
        for keyword in ["format", "contentMediaType", "contentEncoding"] {
            let readers: &[Readers] = match (old.get(keyword), new.get(keyword)) {
                (old, new) if old == new => continue,
                (Some(_), Some(_)) => &Readers::BOTH,
                (Some(_), None) => &[Readers::OfTheRelease],
                (None, _) => &[Readers::OfTheCurrent],
            };
            let what = format!(
                "`{keyword}` was {} and is {}",
                shown(old, keyword),
                shown(new, keyword)
            );
            self.report(path, what, readers, NEW_FIELD);
        }
    }

    /// The content of sealed members is part of the contract, too.
    fn content(&mut self, path: &str, old: &Map<String, Value>, new: &Map<String, Value>) -> Result<()> {
        match (old.get("contentSchema"), new.get("contentSchema")) {
            (Some(old), Some(new)) => {
                let inside = format!("{path}→");
                let before = self.found.len();
                self.compare(&inside, old, new)?;
                if self.found.len() == before {
                    self.prove(&inside, old, new)?;
                }
            }
            (Some(_), None) => {
                let what = "its content is no longer described".to_owned();
                self.report(path, what, &[Readers::OfTheRelease], KEEP_CONTENT);
            }
            (None, Some(_)) => {
                let what = "its content was not described and is now".to_owned();
                self.report(path, what, &[Readers::OfTheCurrent], KEEP_CONTENT);
            }
            (None, None) => {}
        }
        Ok(())
    }

    fn fields(&mut self, path: &str, old: &Map<String, Value>, new: &Map<String, Value>) -> Result<()> {
        let (old_fields, new_fields) = (fields(old), fields(new));
        let (old_required, new_required) = (required(old), required(new));
        for (name, old) in old_fields.into_iter().flatten() {
            let Some(new) = new_fields.and_then(|fields| fields.get(name)) else {
                let what = "the field is gone".to_owned();
                self.report(&at(path, name), what, &[Readers::OfTheRelease], KEEP_FIELD);
                continue;
            };
            if old_required.contains(name.as_str()) && !new_required.contains(name.as_str()) {
                let what = "it was required and is optional".to_owned();
                self.report(&at(path, name), what, &[Readers::OfTheRelease], KEEP_REQUIRED);
            }
            self.compare(&at(path, name), old, new)?;
        }
        for name in new_required.difference(&old_required) {
            let known = old_fields.is_some_and(|fields| fields.contains_key(*name));
            let what = if known {
                "it was optional and is required"
            } else {
                "a new field is required"
            };
            self.report(
                &at(path, name),
                what.to_owned(),
                &[Readers::OfTheCurrent],
                OPTIONAL,
            );
        }
        Ok(())
    }

    /// Compares the schemas here as a whole.
    fn prove(&mut self, path: &str, old: &Value, new: &Value) -> Result<()> {
        let mut readers = Vec::new();
        for side in Readers::BOTH {
            if !proof::holds(side, old, new)? {
                readers.push(side);
            }
        }
        if !readers.is_empty() && !self.found.iter().any(|found| found.path == path) {
            self.report(path, difference(old, new), &readers, NEW_FIELD);
        }
        Ok(())
    }

    fn report(&mut self, path: &str, what: String, readers: &[Readers], advice: &'static str) {
        self.found.push(Break {
            path: path.to_owned(),
            what,
            readers: readers.to_vec(),
            advice,
        });
    }
}

/// The schema at this place, without the keywords that the walk follows on both sides.
fn own(keywords: &Map<String, Value>, other: &Map<String, Value>) -> Value {
    let followed = |name: &str| {
        let both = other.contains_key(name) || name != "items";
        FOLLOWED.contains(&name) && both
    };
    let own = keywords.iter().filter(|(name, _)| !followed(name));
    Value::Object(own.map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn fields(keywords: &Map<String, Value>) -> Option<&Map<String, Value>> {
    keywords.get("properties").and_then(Value::as_object)
}

fn required(keywords: &Map<String, Value>) -> BTreeSet<&str> {
    let names = keywords.get("required").and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str).collect()
}

fn at(path: &str, name: &str) -> String {
    if path.ends_with('→') {
        format!("{path}{name}")
    } else {
        format!("{path}.{name}")
    }
}

fn difference(old: &Value, new: &Value) -> String {
    let (Value::Object(old), Value::Object(new)) = (old, new) else {
        return format!("it was `{old}` and is `{new}`");
    };
    let keywords: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let different: Vec<_> = keywords
        .into_iter()
        .filter(|keyword| old.get(*keyword) != new.get(*keyword))
        .map(|keyword| {
            format!(
                "`{keyword}` was {} and is {}",
                shown(old, keyword),
                shown(new, keyword)
            )
        })
        .collect();
    different.join(", ")
}

fn shown(keywords: &Map<String, Value>, keyword: &str) -> String {
    keywords
        .get(keyword)
        .map_or_else(|| "absent".to_owned(), Value::to_string)
}
