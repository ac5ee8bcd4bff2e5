//! Reads a file of cases: a row before and after a change, and the events of the change.
//!
//! ```json
//! [{"name": "Ada registers", "table": "users", "new": {"id": {"S": "1"}}, "events": [{"type": "UserRegisteredEventV1"}]}]
//! ```

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::layout::Layout;
use super::parse::{Line, parse_line};
use super::write::{Action, Write};

/// A change of a row, and its declared result.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Puts the row as it is before the change; absent if there is no row then.
    pub before: Option<Write>,
    /// The change.
    pub change: Line,
    /// The row is removed by its time to live, not by a write.
    pub expires: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    name: String,
    table: String,
    #[serde(borrow, default)]
    old: Option<&'a RawValue>,
    #[serde(borrow, default)]
    new: Option<&'a RawValue>,
    #[serde(default)]
    ttl: bool,
    #[serde(borrow)]
    events: &'a RawValue,
}

/// Reads the cases.
///
/// Fails with the mistakes of all cases. They name fields, never values of a row.
pub fn cases(text: &str, layout: Layout<'_>) -> Result<Vec<Case>, Vec<String>> {
    let written: Vec<&RawValue> = serde_json::from_str(text)
        .map_err(|error| vec![format!("is not a JSON list from line {} on", error.line())])?;
    let mut cases = Vec::new();
    let mut misfits = Vec::new();
    for (place, written) in (1..).zip(written) {
        match case(written, layout) {
            Ok(case) => cases.push(case),
            Err(found) => misfits.extend(found.into_iter().map(|what| format!("case {place}: {what}"))),
        }
    }
    if misfits.is_empty() {
        Ok(cases)
    } else {
        Err(misfits)
    }
}

fn case(written: &RawValue, layout: Layout<'_>) -> Result<Case, Vec<String>> {
    let Ok(written) = serde_json::from_str::<Written<'_>>(written.get()) else {
        return Err(vec![
            "it must have `name`, `table`, `old` or `new` or both, `events`, and can have `ttl`".to_owned(),
        ]);
    };
    let put = |row: &RawValue| {
        let line = json!({ "title": written.name, "table": written.table });
        let rest = format!(r#","put":{},"expect":{}}}"#, row.get(), written.events.get());
        parse_line(
            &(line.to_string().trim_end_matches('}').to_owned() + &rest),
            layout,
        )
    };
    let old = written.old.map(&put).transpose()?;
    let new = written.new.map(&put).transpose()?;
    let expires = written.ttl;
    match (old, new) {
        (Some(old), Some(new)) if old.write.key != new.write.key => Err(vec![
            "`old` and `new` have different keys: they are two rows".to_owned(),
        ]),
        (_, Some(_)) if expires => Err(vec!["a row that expires has no `new`".to_owned()]),
        (old, Some(change)) => Ok(Case {
            before: old.map(|old| old.write),
            change,
            expires,
        }),
        (Some(old), None) => {
            let before = Some(old.write.clone());
            let write = Write {
                action: Action::Delete,
                ..old.write
            };
            let change = Line { write, ..old };
            Ok(Case {
                before,
                change,
                expires,
            })
        }
        (None, None) => Err(vec!["`old` and `new` are missing: give at least one".to_owned()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = r#"{"pk":{"S":"USER#1"},"sk":{"S":"ACCOUNT"},"name":{"S":"}"}}"#;

    fn read(members: &str) -> Result<Case, Vec<String>> {
        let case = format!(r#"[{{"name":"A \"}}\"","table":"accounts",{members},"events":[]}}]"#);
        cases(&case, Layout::Native).map(|mut cases| cases.remove(0))
    }

    #[test]
    fn a_case_is_a_row_before_and_a_write() {
        let inserted = read(&format!(r#""new":{ROW}"#)).unwrap();
        assert!(inserted.before.is_none() && inserted.change.title == "A \"}\"");
        let modified = read(&format!(r#""new":{ROW},"old":{ROW}"#)).unwrap();
        assert_eq!(modified.before.as_ref(), Some(&modified.change.write));
        let removed = read(&format!(r#""old":{ROW},"ttl":true"#)).unwrap();
        assert_eq!(removed.change.write.action, Action::Delete);
        assert!(removed.expires && removed.change.declared.is_some());
    }

    #[test]
    fn what_is_no_case_is_named_by_its_place() {
        let other = ROW.replace("USER#1", "USER#2");
        for (members, misfit) in [
            (r#""ttl":true"#.to_owned(), "case 1: `old` and `new` are missing"),
            (
                format!(r#""old":{ROW},"new":{other}"#),
                "case 1: `old` and `new` have different keys",
            ),
            (
                format!(r#""old":{ROW},"new":{ROW},"ttl":true"#),
                "case 1: a row that expires has no `new`",
            ),
            (
                format!(r#""old":{ROW},"now":{ROW}"#),
                "case 1: it must have `name`",
            ),
            (
                r#""new":{"pk":{"S":"secret"}}"#.to_owned(),
                "case 1: `put.sk` is missing",
            ),
        ] {
            let misfits = read(&members).unwrap_err();
            assert!(misfits[0].starts_with(misfit), "{misfits:?}");
        }
        assert_eq!(
            cases("[{}", Layout::Native).unwrap_err(),
            ["is not a JSON list from line 1 on"]
        );
    }
}
