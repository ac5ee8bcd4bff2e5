//! Builds the story step by step.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::expectation::{Expected, ExpectedEvent, Tables};
use crate::writes::{Declared, Layout, Line, Write, native, parse_line};

/// A write, its meaning, and its expected result.
#[derive(Debug, Clone)]
pub struct Step {
    /// What the write means; empty for writes from a file.
    pub title: String,
    /// The write.
    pub write: Write,
    /// Its expected result.
    pub expected: Expected,
    /// The result that a file declares, with the data of its events.
    pub declared: Option<Declared>,
    /// The result that the rules give, if a file declares another one.
    pub derived: Option<Expected>,
    /// Why the write causes no event, if it causes none.
    pub silence: Option<String>,
}

/// The steps so far, and the identifiers of this run.
pub(super) struct Teller {
    pub(super) run: String,
    pub(super) anna: String,
    pub(super) ben: String,
    pub(super) editor: String,
    pub(super) tables: Tables<'static>,
    pub(super) steps: Vec<Step>,
}

impl Teller {
    /// Writes a whole row.
    pub(super) fn put(
        &mut self,
        title: &str,
        table: &str,
        row: Value,
        events: &[(&str, String)],
    ) -> Result<()> {
        self.step(title, &json!({ "table": table, "put": row }), events)
    }

    /// Sets attributes of a row. Removes those that are null.
    pub(super) fn update(
        &mut self,
        title: &str,
        table: &str,
        key: [&str; 2],
        change: Value,
        events: &[(&str, String)],
    ) -> Result<()> {
        let (mut set, mut remove) = (serde_json::Map::new(), Vec::new());
        for (name, value) in change.as_object().into_iter().flatten() {
            match value {
                Value::Null => remove.push(name.clone()),
                value => drop(set.insert(name.clone(), value.clone())),
            }
        }
        let key = json!({ "pk": key[0], "sk": key[1] });
        self.step(
            title,
            &json!({ "table": table, "update": { "key": key, "set": set, "remove": remove } }),
            events,
        )
    }

    /// Removes a row.
    pub(super) fn delete(
        &mut self,
        title: &str,
        table: &str,
        key: [&str; 2],
        events: &[(&str, String)],
    ) -> Result<()> {
        self.step(
            title,
            &json!({ "table": table, "delete": { "pk": key[0], "sk": key[1] } }),
            events,
        )
    }

    fn step(&mut self, title: &str, write: &Value, events: &[(&str, String)]) -> Result<()> {
        let write = match parse_line(&write.to_string(), Layout::Native) {
            Ok(Line { write, .. }) => write,
            Err(misfits) => bail!(
                "the step \"{title}\" is not a valid write: {}",
                misfits.join(", ")
            ),
        };
        let event = |(event_type, subject): &(&str, String)| ExpectedEvent {
            category: native(&write.table).map_or_else(String::new, |category| category.name.to_owned()),
            event_type: (*event_type).to_owned(),
            subject: subject.clone(),
        };
        let expected = Expected::Events(events.iter().map(event).collect());
        let silence = self.tables.why_no_event(&write);
        self.tables.apply(&write)?;
        self.steps.push(Step {
            title: title.to_owned(),
            write,
            expected,
            declared: None,
            derived: None,
            silence,
        });
        Ok(())
    }
}
