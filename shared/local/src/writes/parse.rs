//! Reads a writes file: one write per line, all checked before the first is written.
//!
//! ```text
//! {"table":"accounts","put":{"pk":"USER#1","sk":"ACCOUNT","email":"anna@example.com"}}
//! {"table":"accounts","update":{"key":{"pk":"USER#1","sk":"ACCOUNT"},"set":{"emailVerified":true},"remove":["phoneNumber"]}}
//! {"table":"accounts","delete":{"pk":"USER#1","sk":"ACCOUNT"}}
//! {"title":"Ada becomes an admin","table":"users","put":{"id":{"S":"1"},"roles":{"SS":["admin"]}},"expect":[]}
//! ```

use std::fmt;

use serde_json::value::RawValue;

use super::attribute::Members;
use super::declared::{Declared, declared};
use super::layout::{KeyNames, Layout};
use super::row::Rows;
use super::write::{Action, Item, Key, Write};

/// A line of a writes file.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What the write means; empty if the line does not say it.
    pub title: String,
    /// The write.
    pub write: Write,
    /// The result that the line declares.
    pub declared: Option<Declared>,
}

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

/// Reads a writes file. Returns each line with its number. Empty lines are skipped but counted.
///
/// Fails with the mistakes of all lines.
pub fn parse(text: &str, layout: Layout<'_>) -> Result<Vec<(usize, Line)>, Vec<Misfit>> {
    let mut lines = Vec::new();
    let mut misfits = Vec::new();
    for (line, text) in (1..)
        .zip(text.lines())
        .filter(|(_, text)| !text.trim().is_empty())
    {
        match parse_line(text, layout) {
            Ok(read) => lines.push((line, read)),
            Err(found) => misfits.extend(found.into_iter().map(|what| Misfit { line, what })),
        }
    }
    if misfits.is_empty() {
        Ok(lines)
    } else {
        Err(misfits)
    }
}

/// Reads one line.
///
/// Fails with all its mistakes.
pub fn parse_line(text: &str, layout: Layout<'_>) -> Result<Line, Vec<String>> {
    let Members(members) = serde_json::from_str(text).map_err(|error| {
        vec![match error.classify() {
            serde_json::error::Category::Data => "is not a JSON object".to_owned(),
            _ => format!("is not JSON from column {} on", error.column()),
        }]
    })?;
    let mut misfits = Vec::new();
    let (table, keys) = table(&members, layout, &mut misfits);
    let mut title = String::new();
    let mut expected = None;
    let mut actions = Vec::new();
    for (name, value) in &members {
        match name.as_ref() {
            "table" => {}
            "title" => match serde_json::from_str(value.get()) {
                Ok(text) => title = text,
                Err(_) => misfits.push("`title` is not a string".to_owned()),
            },
            "expect" => expected = declared(value, "expect", &mut misfits),
            // Without its table, nothing is known of the row.
            "put" => actions.push(keys.as_ref().and_then(|keys| put(value, keys, &mut misfits))),
            "update" => actions.push(keys.as_ref().and_then(|keys| update(value, keys, &mut misfits))),
            "delete" => actions.push(keys.as_ref().and_then(|keys| delete(value, keys, &mut misfits))),
            other => misfits.push(format!(
                "`{other}` is not one of `table`, `put`, `update`, `delete`, `title`, `expect`"
            )),
        }
    }
    if actions.len() != 1 {
        misfits.push(format!(
            "it must have exactly one of `put`, `update`, `delete`, but has {}",
            actions.len()
        ));
    }
    match (table, actions.pop().flatten()) {
        (Some(table), Some((key, action))) if misfits.is_empty() => Ok(Line {
            title,
            write: Write { table, key, action },
            declared: expected,
        }),
        _ => Err(misfits),
    }
}

type Named<'a> = (std::borrow::Cow<'a, str>, &'a RawValue);

/// The table of a line and its keys.
fn table(
    members: &[Named<'_>],
    layout: Layout<'_>,
    misfits: &mut Vec<String>,
) -> (Option<String>, Option<KeyNames>) {
    let mut given = members.iter().filter(|(name, _)| name == "table");
    let Some((_, first)) = given.next() else {
        misfits.push("`table` is missing".to_owned());
        return (None, None);
    };
    if given.next().is_some() {
        misfits.push("`table` is given twice".to_owned());
    }
    let name: Option<String> = serde_json::from_str(first.get()).ok();
    let keys = name.as_deref().and_then(|name| layout.keys(name));
    if keys.is_none() {
        misfits.push(format!("`table` must be {}", layout.names()));
    }
    (name, keys)
}

fn put(raw: &RawValue, keys: &KeyNames, misfits: &mut Vec<String>) -> Option<(Key, Action)> {
    let rows = Rows::new(raw, keys);
    let item = rows.item(raw, "put", misfits);
    let key = rows.key(&item, "put", misfits)?;
    Some((key, Action::Put(item)))
}

fn update(raw: &RawValue, keys: &KeyNames, misfits: &mut Vec<String>) -> Option<(Key, Action)> {
    let Ok(Members(members)) = serde_json::from_str(raw.get()) else {
        misfits.push("`update` is not an object".to_owned());
        return None;
    };
    let key = members
        .iter()
        .find(|(name, _)| name == "key")
        .map(|(_, key)| *key);
    let rows = Rows::new(key.unwrap_or(raw), keys);
    let mut found_key = None;
    let mut set = Item::new();
    let mut remove = Vec::new();
    for (name, value) in &members {
        match name.as_ref() {
            "key" => found_key = rows.whole_key(value, "update.key", misfits),
            "set" => set = rows.item(value, "update.set", misfits),
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
    if key.is_none() {
        misfits.push("`update.key` is missing".to_owned());
    }
    if !members.iter().any(|(name, _)| name == "set" || name == "remove")
        || (set.is_empty() && remove.is_empty() && misfits.is_empty())
    {
        misfits.push("`update` has nothing in `set` or `remove`".to_owned());
    }
    for key in keys.all() {
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
    Some((found_key?, Action::Update { set, remove }))
}

fn delete(raw: &RawValue, keys: &KeyNames, misfits: &mut Vec<String>) -> Option<(Key, Action)> {
    let key = Rows::new(raw, keys).whole_key(raw, "delete", misfits)?;
    Some((key, Action::Delete))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::writes::row::MAX_ROW_BYTES;

    fn parse(text: &str) -> Result<Vec<(usize, Line)>, Vec<Misfit>> {
        super::parse(text, Layout::Native)
    }

    fn parse_line(text: &str) -> Result<Line, Vec<String>> {
        super::parse_line(text, Layout::Native)
    }

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
            .map(|(line, Line { write, .. })| {
                (
                    *line,
                    write.table.as_str(),
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
                "line 2: is not JSON from column 2 on",
                "line 3: is not a JSON object",
                "line 4: it must have exactly one of `put`, `update`, `delete`, but has 0",
                "line 5: `delete.z` is not a key attribute; a key has `pk` and `sk`",
                "line 5: `delete.sk` is not a string of 1 to 1024 bytes",
                "line 5: `extra` is not one of `table`, `put`, `update`, `delete`, `title`, `expect`",
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

    #[test]
    fn a_row_in_dynamodbs_json_is_told_by_its_keys() {
        let line = parse_line(
            r#"{"table":"access","put":{"pk":{"S":"a"},"sk":{"S":"b"},"roles":{"SS":["x"]}},"title":"t"}"#,
        )
        .unwrap();
        let Action::Put(item) = &line.write.action else {
            panic!("it is a put")
        };
        assert_eq!(item["roles"].as_ss().unwrap(), &["x"]);
        assert_eq!(
            (line.title.as_str(), line.write.key.to_string().as_str()),
            ("t", "a b")
        );
        let update =
            r#"{"table":"access","update":{"set":{"n":{"N":"1"}},"key":{"pk":{"S":"a"},"sk":{"S":"b"}}}}"#;
        let Action::Update { set, .. } = parse_line(update).unwrap().write.action else {
            panic!("it is an update")
        };
        assert_eq!(set["n"].as_n().unwrap(), "1");
        let plain = r#"{"table":"access","put":{"pk":"a","sk":"b","roles":{"SS":["x"]}}}"#;
        let Action::Put(item) = parse_line(plain).unwrap().write.action else {
            panic!("it is a put")
        };
        assert!(item["roles"].is_m(), "a map of a plain row stays one");
    }

    #[test]
    fn a_line_can_declare_its_events() {
        let line = |expect: &str| {
            parse_line(&format!(
                r#"{{"table":"access","delete":{{"pk":"a","sk":"b"}},"expect":{expect}}}"#
            ))
        };
        let declared = line(r#"[{"type":"UserDeletedEventV1","subject":"users/1","data":{"kind":"SOFT"}}]"#)
            .unwrap()
            .declared;
        let Some(Declared::Events(events)) = declared else {
            panic!("it declares events")
        };
        assert_eq!(
            (events[0].category, events[0].subject.as_deref()),
            ("account", Some("users/1"))
        );
        assert_eq!(line("[]").unwrap().declared, Some(Declared::Events(Vec::new())));
        assert_eq!(line(r#""parked""#).unwrap().declared, Some(Declared::Parked));
        for (expect, misfit) in [
            (r#""secret""#, "`expect` must be a list of events, or \"parked\""),
            (r#"["secret"]"#, "`expect[0]` is not an object"),
            (
                r#"[{"type":"Secret"}]"#,
                "`expect[0].type` is not the type of an event, such as UserRegisteredEventV1",
            ),
            (
                r#"[{"type":"UserDeletedEventV1","subject":7}]"#,
                "`expect[0].subject` is not a string",
            ),
            (
                r#"[{"type":"UserDeletedEventV1","dat":{}}]"#,
                "`expect[0].dat` is not one of `type`, `subject`, `data`",
            ),
        ] {
            assert_eq!(line(expect).unwrap_err(), [misfit]);
        }
    }
}
