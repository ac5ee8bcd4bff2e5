//! The built-in story: two users, a role, and what happens to them. Each step says by hand which events it
//! must become, so that playing it tests the catalogue and does not ask it. All data is synthetic: example.com, the
//! documentation's IP ranges, 555-01xx numbers.

mod access;
mod account;
mod authentication;
mod profile;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::expectation::{Expected, ExpectedEvent};
use crate::writes::{Write, parse_line};

/// One write, with its meaning and what it must become.
#[derive(Debug, Clone)]
pub struct Step {
    /// What the write means; empty where nobody says.
    pub title: String,
    /// The write.
    pub write: Write,
    /// What it must become.
    pub expected: Expected,
}

/// The story, with identifiers of its own for every telling (`run`), so that it can be told again on an
/// engine in use.
///
/// Fails when a step is no write; the tests hold that none is.
pub fn story(run: &str) -> Result<Vec<Step>> {
    let mut teller = Teller {
        run: run.to_owned(),
        anna: format!("anna-{run}"),
        ben: format!("ben-{run}"),
        editor: format!("editor-{run}"),
        steps: Vec::new(),
    };
    account::registration(&mut teller)?;
    profile::profile(&mut teller)?;
    authentication::sessions(&mut teller)?;
    authentication::credentials(&mut teller)?;
    account::contact(&mut teller)?;
    access::roles(&mut teller)?;
    account::farewell(&mut teller)?;
    Ok(teller.steps)
}

struct Teller {
    run: String,
    anna: String,
    ben: String,
    editor: String,
    steps: Vec<Step>,
}

impl Teller {
    /// A row written whole.
    fn put(&mut self, title: &str, table: &str, row: Value, events: &[(&str, String)]) -> Result<()> {
        self.step(title, &json!({ "table": table, "put": row }), events)
    }

    /// Attributes of a row set; those that are null are removed.
    fn update(
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

    /// A row removed.
    fn delete(&mut self, title: &str, table: &str, key: [&str; 2], events: &[(&str, String)]) -> Result<()> {
        self.step(
            title,
            &json!({ "table": table, "delete": { "pk": key[0], "sk": key[1] } }),
            events,
        )
    }

    fn step(&mut self, title: &str, write: &Value, events: &[(&str, String)]) -> Result<()> {
        let write = match parse_line(&write.to_string()) {
            Ok(write) => write,
            Err(misfits) => bail!("the step \"{title}\" is no write: {}", misfits.join(", ")),
        };
        let event = |(event_type, subject): &(&str, String)| ExpectedEvent {
            category: write.table.category().to_owned(),
            event_type: (*event_type).to_owned(),
            subject: subject.clone(),
        };
        let expected = Expected::Events(events.iter().map(event).collect());
        self.steps.push(Step {
            title: title.to_owned(),
            write,
            expected,
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expectation::Tables;
    use std::collections::BTreeSet;

    #[test]
    fn the_story_tells_every_event_but_the_one_that_needs_a_time_to_live() {
        let story = story("1").unwrap();
        let told: BTreeSet<_> = story
            .iter()
            .filter_map(|step| match &step.expected {
                Expected::Events(events) => Some(events),
                Expected::Parked(_) => None,
            })
            .flatten()
            .map(|event| event.event_type.as_str())
            .collect();
        let published = user_events_catalog::CATEGORIES
            .iter()
            .flat_map(|category| category.events);
        let untold: Vec<_> = published
            .map(|registration| registration.event_type().as_str())
            .filter(|event_type| !told.contains(event_type))
            .collect();
        assert_eq!(untold, ["UserSessionExpiredEventV1"]);
    }

    #[test]
    fn the_story_and_the_catalogue_agree() {
        let mut tables = Tables::default();
        for step in story("1").unwrap() {
            assert_eq!(
                tables.apply(&step.write).unwrap(),
                step.expected,
                "{}",
                step.title
            );
        }
    }
}
