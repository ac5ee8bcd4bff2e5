//! The writes of a run: the built-in story, those of a file, or the cases of a mapping.

use std::path::Path;

use anyhow::{Context, Result, bail};

use user_events_local::clients::Clients;
use user_events_local::expectation::{Expected, Tables};
use user_events_local::story::{Step, story};
use user_events_local::writes::{Action, Case, Key, Layout, Line, Write, cases, parse, read};

use super::names::TableNames;

/// The writes of a run.
pub(super) enum Script {
    /// The story: each step's events are waited for before the next step.
    Story(Vec<Step>),
    /// Writes with the numbers of their lines: made one after another without waiting.
    Writes(Vec<(usize, Line)>),
    /// Changes of rows: each change's events are waited for before the next change.
    Cases(Vec<Case>),
}

impl Script {
    /// The story, or the writes or cases of a file. Checks the whole file first.
    pub(super) fn read(writes: Option<&Path>, layout: Layout<'_>, run: &str) -> Result<Self> {
        let Some(path) = writes else {
            return Ok(Self::Story(story(run)?));
        };
        let file = path.display();
        let text = std::fs::read_to_string(path).with_context(|| format!("{file} cannot be read"))?;
        // A line of writes is an object, and cases are a list.
        let read = if text.trim_start().starts_with('[') {
            cases(&text, layout).map(Self::Cases)
        } else {
            let lines = parse(&text, layout).map(Self::Writes);
            lines.map_err(|misfits| misfits.iter().map(ToString::to_string).collect())
        };
        match read {
            Ok(script) if script.writes().next().is_none() => bail!("{file} contains no writes"),
            Ok(script) => Ok(script),
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
        !matches!(self, Self::Writes(_))
    }

    /// The writes.
    pub(super) fn writes(&self) -> Box<dyn Iterator<Item = &Write> + '_> {
        match self {
            Self::Story(steps) => Box::new(steps.iter().map(|step| &step.write)),
            Self::Writes(lines) => Box::new(lines.iter().map(|(_, line)| &line.write)),
            Self::Cases(cases) => Box::new(cases.iter().map(|case| &case.change.write)),
        }
    }

    /// How many changes cannot be made here: no engine makes a stream record when a time to live removes a row.
    pub(super) fn left_out(&self) -> usize {
        match self {
            Self::Story(_) | Self::Writes(_) => 0,
            Self::Cases(cases) => cases.iter().filter(|case| case.expires).count(),
        }
    }

    /// The steps with their numbers (of a file of writes: its line numbers). What a file does not declare is derived
    /// from the catalog and the current rows.
    pub(super) async fn steps(
        self,
        clients: &Clients,
        names: &TableNames,
        layout: Layout<'_>,
    ) -> Result<Vec<(usize, Step)>> {
        let mut derivation = Derivation {
            clients,
            names,
            tables: Tables::new(layout),
        };
        let mut steps = Vec::new();
        match self {
            Self::Story(story) => steps.extend((1..).zip(story)),
            Self::Writes(lines) => {
                for (number, line) in lines {
                    steps.push((number, derivation.step(line).await?));
                }
            }
            Self::Cases(cases) => {
                for case in cases.into_iter().filter(|case| !case.expires) {
                    for line in derivation.lines(case).await? {
                        steps.push((steps.len() + 1, derivation.step(line).await?));
                    }
                }
            }
        }
        Ok(steps)
    }
}

/// Derives the expected results of writes.
struct Derivation<'a> {
    clients: &'a Clients,
    names: &'a TableNames,
    tables: Tables<'a>,
}

impl Derivation<'_> {
    async fn step(&mut self, line: Line) -> Result<Step> {
        self.learn(&line.write.table, &line.write.key).await?;
        let silence = self.tables.why_no_event(&line.write);
        let derived = self.tables.apply(&line.write)?;
        let (expected, derived) = match &line.declared {
            Some(declared) => {
                let expected = Expected::declared(declared, &derived);
                let other = !expected.agrees_with(&derived);
                (expected, other.then_some(derived))
            }
            None => (derived, None),
        };
        Ok(Step {
            title: line.title,
            write: line.write,
            expected,
            declared: line.declared,
            derived,
            silence,
        })
    }

    /// The change of a case, and before it what makes the row as the change finds it.
    async fn lines(&mut self, case: Case) -> Result<Vec<Line>> {
        let change = &case.change.write;
        self.learn(&change.table, &change.key).await?;
        let before = match (self.tables.row(&change.table, &change.key), case.before) {
            (None, None) => None,
            (
                Some(row),
                Some(Write {
                    action: Action::Put(wanted),
                    ..
                }),
            ) if *row == wanted => None,
            (_, Some(before)) => Some(before),
            (Some(_), None) => Some(Write {
                action: Action::Delete,
                ..change.clone()
            }),
        };
        let before = before.map(|write| Line {
            title: format!("before: {}", case.change.title),
            write,
            declared: None,
        });
        Ok(before.into_iter().chain([case.change]).collect())
    }

    async fn learn(&mut self, table: &str, key: &Key) -> Result<()> {
        if !self.tables.knows(table, key) {
            let row = read(&self.clients.dynamodb, self.names.deployed(table)?, key).await?;
            self.tables.learn(table, key.clone(), row);
        }
        Ok(())
    }
}
