//! A write as the page's editor has it.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use user_events_local::writes::{Layout, Write, parse_line};

/// A write as the page's editor has it.
#[derive(Debug, Deserialize)]
pub(super) struct Draft {
    /// The table, as writes call it.
    table: String,
    action: Action,
    /// The row as text: plain JSON or, with a mapping, DynamoDB's JSON, too.
    row: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Put,
    Delete,
}

impl Draft {
    /// The write.
    ///
    /// Fails with all mistakes: the text is no JSON object, the table is unknown, a key is missing, DynamoDB cannot hold a value.
    pub(super) fn write(&self, layout: Layout<'_>) -> Result<Write, Vec<String>> {
        let row: &RawValue = serde_json::from_str(&self.row).map_err(|error| vec![no_json(&error)])?;
        let table = Value::from(self.table.as_str());
        let line = match self.action {
            Action::Put => format!(r#"{{"table":{table},"put":{row}}}"#),
            Action::Delete => {
                let key = Value::Object(self.key(row, layout)?);
                format!(r#"{{"table":{table},"delete":{key}}}"#)
            }
        };
        let written = parse_line(&line, layout)
            .map_err(|misfits| misfits.into_iter().map(without_action).collect::<Vec<_>>())?;
        Ok(written.write)
    }

    /// The key attributes of the row; a missing one is left out.
    fn key(&self, row: &RawValue, layout: Layout<'_>) -> Result<Map<String, Value>, Vec<String>> {
        let members: Map<String, Value> =
            serde_json::from_str(row.get()).map_err(|_| vec!["the row is not a JSON object".to_owned()])?;
        let Some(keys) = layout.keys(&self.table) else {
            return Ok(Map::new());
        };
        let key = |name: &str| Some((name.to_owned(), members.get(name)?.clone()));
        Ok(keys.all().filter_map(key).collect())
    }
}

/// Where the text stops being JSON. The message of `serde_json` can quote it.
fn no_json(error: &serde_json::Error) -> String {
    format!(
        "the row is not JSON from line {}, column {} on",
        error.line(),
        error.column()
    )
}

/// A mistake of a writes file as one of the row: `put.email` is `email`.
fn without_action(misfit: String) -> String {
    misfit
        .replace("`put.", "`")
        .replace("`delete.", "`")
        .replace("`put`", "the row")
        .replace("`delete`", "the row")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn misfits(action: Action, row: &str) -> Vec<String> {
        let draft = Draft {
            table: "accounts".to_owned(),
            action,
            row: row.to_owned(),
        };
        draft.write(Layout::Native).unwrap_err()
    }

    #[test]
    fn a_mistake_is_named_by_its_attribute_and_never_by_its_value() {
        assert_eq!(
            misfits(Action::Put, "{\n\"pk\": secret}"),
            ["the row is not JSON from line 2, column 7 on"]
        );
        assert_eq!(
            misfits(Action::Put, r#"{"pk":"USER#secret"}"#),
            ["`sk` is missing"]
        );
        assert_eq!(
            misfits(Action::Delete, r#"{"sk":"ACCOUNT","email":1}"#),
            ["`pk` is missing"]
        );
        assert_eq!(misfits(Action::Put, "[]")[0], "the row is not an object");
    }

    #[test]
    fn a_removal_needs_the_keys_only() {
        let draft = Draft {
            table: "accounts".to_owned(),
            action: Action::Delete,
            row: r#"{"pk":"USER#1","sk":"ACCOUNT","email":"a@example.com"}"#.to_owned(),
        };
        let write = draft.write(Layout::Native).unwrap();
        assert_eq!(write.action.name(), "delete");
        assert_eq!(write.key.to_string(), "USER#1 ACCOUNT");
    }
}
