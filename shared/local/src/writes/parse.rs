//! Reads a writes file: one write per line, all checked before the first is written.
//!
//! ```text
//! {"table":"accounts","put":{"pk":"USER#1","sk":"ACCOUNT","email":"anna@example.com"}}
//! {"table":"accounts","update":{"key":{"pk":"USER#1","sk":"ACCOUNT"},"set":{"emailVerified":true},"remove":["phoneNumber"]}}
//! {"table":"accounts","delete":{"pk":"USER#1","sk":"ACCOUNT"}}
//! ```

use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::value::RawValue;

use super::attribute::{Members, bytes, item};
use super::write::{Action, Item, Key, Table, Write};

/// The largest row (Amazon DynamoDB Developer Guide, *Service quotas*).
const MAX_ROW_BYTES: usize = 400 * 1024;
/// The longest keys (the same page).
const MAX_KEY_BYTES: [(&str, usize); 2] = [("pk", 2048), ("sk", 1024)];

/// A mistake in a line. Names fields, never values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The line, counted from one.
    pub line: usize,
    /// The mistake.
    pub what: String,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// Reads a writes file. Returns each write with its line number. Empty lines are skipped but counted.
///
/// Fails with the mistakes of all lines.
pub fn parse(text: &str) -> Result<Vec<(usize, Write)>, Vec<Misfit>> {
    let mut writes = Vec::new();
    let mut misfits = Vec::new();
    for (line, text) in (1..)
        .zip(text.lines())
        .filter(|(_, text)| !text.trim().is_empty())
    {
        match parse_line(text) {
            Ok(write) => writes.push((line, write)),
            Err(found) => misfits.extend(found.into_iter().map(|what| Misfit { line, what })),
        }
    }
    if misfits.is_empty() {
        Ok(writes)
    } else {
        Err(misfits)
    }
}

/// Reads one write.
///
/// Fails with all its mistakes.
pub fn parse_line(text: &str) -> Result<Write, Vec<String>> {
    let Members(members) = serde_json::from_str(text).map_err(|error| {
        vec![match error.classify() {
            serde_json::error::Category::Data => "is not a JSON object".to_owned(),
            _ => format!("is not JSON from column {} on", error.column()),
        }]
    })?;
    let mut misfits = Vec::new();
    let mut table = None;
    let mut actions = Vec::new();
    for (name, value) in &members {
        match name.as_ref() {
            "table" => match table_named(value) {
                Some(named) if table.is_none() => table = Some(named),
                Some(_) => misfits.push("`table` is given twice".to_owned()),
                None => misfits.push(
                    "`table` must be \"accounts\", \"profiles\", \"authentication\" or \"access\"".to_owned(),
                ),
            },
            "put" => actions.push(put(value, &mut misfits)),
            "update" => actions.push(update(value, &mut misfits)),
            "delete" => actions.push(delete(value, &mut misfits)),
            other => misfits.push(format!(
                "`{other}` is not one of `table`, `put`, `update`, `delete`"
            )),
        }
    }
    if !members.iter().any(|(name, _)| name == "table") {
        misfits.push("`table` is missing".to_owned());
    }
    if actions.len() != 1 {
        misfits.push(format!(
            "it must have exactly one of `put`, `update`, `delete`, but has {}",
            actions.len()
        ));
    }
    match (table, actions.pop().flatten()) {
        (Some(table), Some((key, action))) if misfits.is_empty() => Ok(Write { table, key, action }),
        _ => Err(misfits),
    }
}

fn table_named(raw: &RawValue) -> Option<Table> {
    let name: String = serde_json::from_str(raw.get()).ok()?;
    Table::ALL.into_iter().find(|table| table.name() == name)
}

fn put(raw: &RawValue, misfits: &mut Vec<String>) -> Option<(Key, Action)> {
    let item = item(raw, "put", misfits);
    let key = key(&item, "put", misfits)?;
    check_size(&item, "put", misfits);
    Some((key, Action::Put(item)))
}

fn update(raw: &RawValue, misfits: &mut Vec<String>) -> Option<(Key, Action)> {
    let Ok(Members(members)) = serde_json::from_str(raw.get()) else {
        misfits.push("`update` is not an object".to_owned());
        return None;
    };
    let mut found_key = None;
    let mut set = Item::new();
    let mut remove = Vec::new();
    for (name, value) in &members {
        match name.as_ref() {
            "key" => found_key = whole_key(value, "update.key", misfits),
            "set" => set = item(value, "update.set", misfits),
            "remove" => match serde_json::from_str::<Vec<String>>(value.get()) {
                Ok(names) => remove = names,
                Err(_) => misfits.push("`update.remove` is not a list of attribute names".to_owned()),
            },
            other => misfits.push(format!("`update.{other}` is not one of `key`, `set`, `remove`")),
        }
    }
    for required in ["key", "set", "remove"]
        .into_iter()
        .filter(|name| members.iter().filter(|(it, _)| it == name).count() > 1)
    {
        misfits.push(format!("`update.{required}` is given twice"));
    }
    if !members.iter().any(|(name, _)| name == "key") {
        misfits.push("`update.key` is missing".to_owned());
    }
    if !members.iter().any(|(name, _)| name == "set" || name == "remove")
        || (set.is_empty() && remove.is_empty() && misfits.is_empty())
    {
        misfits.push("`update` has nothing in `set` or `remove`".to_owned());
    }
    for key in ["pk", "sk"] {
        if set.contains_key(key) || remove.iter().any(|name| name == key) {
            misfits.push(format!("`update` cannot change the key `{key}`"));
        }
    }
    for (index, name) in remove.iter().enumerate() {
        if name.is_empty() || remove[..index].contains(name) || set.contains_key(name) {
            misfits.push(format!(
                "`update.remove[{index}]` is empty or a duplicate; name each attribute once"
            ));
        }
    }
    check_size(&set, "update.set", misfits);
    Some((found_key?, Action::Update { set, remove }))
}

fn delete(raw: &RawValue, misfits: &mut Vec<String>) -> Option<(Key, Action)> {
    Some((whole_key(raw, "delete", misfits)?, Action::Delete))
}

/// A key without other attributes.
fn whole_key(raw: &RawValue, path: &str, misfits: &mut Vec<String>) -> Option<Key> {
    let item = item(raw, path, misfits);
    for name in item.keys().filter(|name| !["pk", "sk"].contains(&name.as_str())) {
        misfits.push(format!(
            "`{path}.{name}` is not a key attribute; a key has `pk` and `sk`"
        ));
    }
    key(&item, path, misfits)
}

fn key(item: &Item, path: &str, misfits: &mut Vec<String>) -> Option<Key> {
    let [pk, sk] = MAX_KEY_BYTES.map(|(name, max_bytes)| match item.get(name) {
        Some(AttributeValue::S(text)) if !text.is_empty() && text.len() <= max_bytes => Some(text.clone()),
        Some(_) => {
            misfits.push(format!(
                "`{path}.{name}` is not a string of 1 to {max_bytes} bytes"
            ));
            None
        }
        None => {
            misfits.push(format!("`{path}.{name}` is missing"));
            None
        }
    });
    Some(Key { pk: pk?, sk: sk? })
}

fn check_size(item: &Item, path: &str, misfits: &mut Vec<String>) {
    if bytes(item) > MAX_ROW_BYTES {
        misfits.push(format!(
            "`{path}` is larger than the {} KB that a row may have",
            MAX_ROW_BYTES / 1024
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_write_is_read_with_the_number_of_its_line() {
        let writes = parse(concat!(
            r#"{"table":"accounts","put":{"pk":"USER#1","sk":"ACCOUNT","version":3}}"#,
            "\n\n",
            r#"{"table":"profiles","update":{"key":{"pk":"a","sk":"b"},"set":{"x":null},"remove":["y"]}}"#,
            "\r\n",
            r#"{"table":"access","delete":{"pk":"a","sk":"b"}}"#,
        ))
        .unwrap();
        let found: Vec<_> = writes
            .iter()
            .map(|(line, write)| {
                (
                    *line,
                    write.table.name(),
                    write.action.name(),
                    write.key.to_string(),
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                (1, "accounts", "put", "USER#1 ACCOUNT".to_owned()),
                (3, "profiles", "update", "a b".to_owned()),
                (4, "access", "delete", "a b".to_owned()),
            ]
        );
    }

    #[test]
    fn every_misfit_of_every_line_is_reported_with_its_number_and_without_its_value() {
        let misfits = parse(concat!(
            "{\"table\":\"secret\",\"put\":{\"pk\":\"secret\"}}\n",
            "not secret json\n",
            "[\"secret\"]\n",
            "{\"table\":\"access\"}\n",
            "{\"table\":\"access\",\"delete\":{\"pk\":\"a\",\"sk\":\"\",\"z\":1},\"extra\":\"secret\"}\n",
            "{\"table\":\"access\",\"delete\":{\"pk\":\"a\",\"sk\":\"b\"}}\n",
        ))
        .unwrap_err();
        let found: Vec<_> = misfits.iter().map(Misfit::to_string).collect();
        assert_eq!(
            found,
            [
                "line 1: `table` must be \"accounts\", \"profiles\", \"authentication\" or \"access\"",
                "line 1: `put.sk` is missing",
                "line 2: is not JSON from column 2 on",
                "line 3: is not a JSON object",
                "line 4: it must have exactly one of `put`, `update`, `delete`, but has 0",
                "line 5: `delete.z` is not a key attribute; a key has `pk` and `sk`",
                "line 5: `delete.sk` is not a string of 1 to 1024 bytes",
                "line 5: `extra` is not one of `table`, `put`, `update`, `delete`",
            ]
        );
        assert!(found.iter().all(|line| !line.contains("secret")));
    }

    #[test]
    fn an_update_changes_something_and_no_key() {
        let misfits =
            |update: &str| parse_line(&format!(r#"{{"table":"access","update":{update}}}"#)).unwrap_err();
        let key = r#""key":{"pk":"a","sk":"b"}"#;
        assert_eq!(misfits(r#"{"set":{"x":1}}"#), ["`update.key` is missing"]);
        assert_eq!(
            misfits(&format!("{{{key}}}")),
            ["`update` has nothing in `set` or `remove`"]
        );
        assert_eq!(
            misfits(&format!(r#"{{{key},"set":{{"pk":"c"}}}}"#)),
            ["`update` cannot change the key `pk`"]
        );
        assert_eq!(
            misfits(&format!(r#"{{{key},"set":{{"x":1}},"remove":["x"]}}"#)),
            ["`update.remove[0]` is empty or a duplicate; name each attribute once"]
        );
    }

    #[test]
    fn a_row_of_exactly_400_kilobytes_fits_and_one_byte_more_does_not() {
        let line = |bytes: usize| {
            // `pk`, `sk`, `v` and the two one-letter keys are seven bytes.
            let value = "x".repeat(bytes - 7);
            format!(r#"{{"table":"access","put":{{"pk":"a","sk":"b","v":"{value}"}}}}"#)
        };
        assert!(parse_line(&line(MAX_ROW_BYTES)).is_ok());
        assert_eq!(
            parse_line(&line(MAX_ROW_BYTES + 1)).unwrap_err(),
            ["`put` is larger than the 400 KB that a row may have"]
        );
    }
}
