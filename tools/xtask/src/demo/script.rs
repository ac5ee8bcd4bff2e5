//! The writes of a run: the built-in story, or those of a file.

use std::path::Path;

use anyhow::{Context, Result, bail};

use user_events_local::clients::Clients;
use user_events_local::deploy::Stack;
use user_events_local::expectation::Tables;
use user_events_local::story::{Step, story};
use user_events_local::writes::{Write, parse, read};

/// The writes of a run.
pub(super) enum Script {
    /// The story: each step's events are waited for before the next step.
    Story(Vec<Step>),
    /// Writes with the numbers of their lines: made one after another without waiting.
    Writes(Vec<(usize, Write)>),
}

impl Script {
    /// The story, or the writes of a file. Checks the whole file first.
    pub(super) fn read(writes: Option<&Path>, run: &str) -> Result<Self> {
        let Some(path) = writes else {
            return Ok(Self::Story(story(run)?));
        };
        let file = path.display();
        let text = std::fs::read_to_string(path).with_context(|| format!("{file} cannot be read"))?;
        match parse(&text) {
            Ok(writes) if writes.is_empty() => bail!("{file} contains no writes"),
            Ok(writes) => Ok(Self::Writes(writes)),
            Err(misfits) => {
                let lines: Vec<_> = misfits.iter().map(|misfit| format!("\n  {misfit}")).collect();
                bail!(
                    "nothing was written, because {file} does not fit (cargo demo --help shows what does):{}",
                    lines.concat()
                )
            }
        }
    }

    /// Whether each step waits for its events.
    pub(super) fn waits(&self) -> bool {
        matches!(self, Self::Story(_))
    }

    /// The steps with their numbers (of a file: its line numbers). The expected events of a file's writes are derived
    /// from the catalog and the current rows.
    pub(super) async fn steps(self, clients: &Clients, stack: &Stack) -> Result<Vec<(usize, Step)>> {
        let writes = match self {
            Self::Story(steps) => return Ok((1..).zip(steps).collect()),
            Self::Writes(writes) => writes,
        };
        let mut tables = Tables::default();
        let mut steps = Vec::with_capacity(writes.len());
        for (line, write) in writes {
            if !tables.knows(write.table, &write.key) {
                let row = read(
                    &clients.dynamodb,
                    stack.table_name(write.table.name())?,
                    &write.key,
                )
                .await?;
                tables.learn(write.table, write.key.clone(), row);
            }
            let expected = tables.apply(&write)?;
            steps.push((
                line,
                Step {
                    title: String::new(),
                    write,
                    expected,
                },
            ));
        }
        Ok(steps)
    }
}
