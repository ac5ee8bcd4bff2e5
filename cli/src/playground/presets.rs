//! The writes that the page proposes: changes of a user in the native shape, or the items of a mapping's cases.

mod native;

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use user_events_local::writes::{Action, Case, Item, Layout, Line, Write, cases, parse, read};

use super::place::Place;
use super::preset::{Preset, Proposal};
use super::rows;

/// The writes that the page proposes.
#[derive(Debug)]
pub(super) enum Presets {
    /// Of a user with rows of the native shape.
    Native,
    /// Of a file of cases: a row before and after a change.
    Cases(Vec<Case>),
    /// Of a file of writes.
    Lines(Vec<Line>),
}

impl Presets {
    /// The presets of a layout: with a mapping, those of a file of cases or writes; without a file, none.
    ///
    /// Fails when the file cannot be read, and with all mistakes in it.
    pub(super) fn read(layout: Layout<'_>, file: Option<&Path>) -> Result<Self> {
        let Some(path) = file else {
            return Ok(match layout {
                Layout::Native => Self::Native,
                Layout::Mapped(_) => Self::Lines(Vec::new()),
            });
        };
        let name = path.display();
        let text = std::fs::read_to_string(path).with_context(|| format!("{name} cannot be read"))?;
        let read = if text.trim_start().starts_with('[') {
            cases(&text, layout)
                .map(|cases| Self::Cases(cases.into_iter().filter(|case| !case.expires).collect()))
        } else {
            let lines = parse(&text, layout)
                .map(|lines| Self::Lines(lines.into_iter().map(|(_, line)| line).collect()));
            lines.map_err(|misfits| misfits.iter().map(ToString::to_string).collect())
        };
        read.map_err(|misfits: Vec<String>| {
            let lines = misfits.iter().map(|misfit| format!("\n  {misfit}"));
            anyhow!(
                "{name} has neither writes nor cases:{}",
                lines.collect::<String>()
            )
        })
    }

    /// All of them, in their order.
    pub(super) fn all(&self) -> Vec<Preset> {
        match self {
            Self::Native => native::all(),
            Self::Cases(cases) => cases
                .iter()
                .map(|case| &case.change)
                .enumerate()
                .map(listed)
                .collect(),
            Self::Lines(lines) => lines.iter().enumerate().map(listed).collect(),
        }
    }

    /// The write of a preset, made from the rows as they are. `None` if there is no such preset.
    ///
    /// Fails when a row cannot be read, and when the preset needs a row that does not exist.
    pub(super) async fn propose(&self, id: &str, user: &str, place: &Place) -> Result<Option<Proposal>> {
        let index = id.parse::<usize>().ok();
        match self {
            Self::Native => native::propose(id, user, place).await,
            Self::Cases(cases) => match index.and_then(|index| cases.get(index)) {
                Some(case) => Ok(Some(of_case(case, place).await?)),
                None => Ok(None),
            },
            Self::Lines(lines) => match index.and_then(|index| lines.get(index)) {
                Some(line) => Ok(Some(of_write(&line.write, place).await?)),
                None => Ok(None),
            },
        }
    }
}

fn listed((index, line): (usize, &Line)) -> Preset {
    let write = &line.write;
    Preset {
        id: index.to_string(),
        title: match line.title.as_str() {
            "" => format!("{} {}", write.action.name(), write.table),
            title => title.to_owned(),
        },
        hint: format!("{} in {}", write.action.name(), write.table),
    }
}

/// The change of a case, if the row is as the case finds it; otherwise the row as the case finds it.
async fn of_case(case: &Case, place: &Place) -> Result<Proposal> {
    let change = &case.change.write;
    let row = read(
        &place.clients.dynamodb,
        place.deployed(&change.table)?,
        &change.key,
    )
    .await?;
    let found = match &case.before {
        Some(Write {
            action: Action::Put(before),
            ..
        }) => Some(before),
        _ => None,
    };
    if row.as_ref() == found {
        return of_write(change, place).await;
    }
    let (write, what) = match &case.before {
        Some(before) => (before.clone(), "the row as it is before the change"),
        None => {
            let delete = Write {
                action: Action::Delete,
                ..change.clone()
            };
            (delete, "the removal of the row, which the change inserts")
        }
    };
    Ok(Proposal {
        note: Some(format!(
            "This is {what}. Make this write, then choose the preset again."
        )),
        ..of_write(&write, place).await?
    })
}

/// The write, as a row to put or to remove. An update is shown as the row that it makes.
async fn of_write(write: &Write, place: &Place) -> Result<Proposal> {
    let proposal = |action, item: &Item| Proposal {
        table: write.table.clone(),
        action,
        row: rows::text(place.layout(), &write.table, item),
        note: None,
    };
    Ok(match &write.action {
        Action::Put(item) => proposal("put", item),
        Action::Delete => proposal("delete", &write.key.attributes()),
        Action::Update { set, remove } => {
            let row = read(&place.clients.dynamodb, place.deployed(&write.table)?, &write.key).await?;
            let mut row = row.unwrap_or_else(|| write.key.attributes());
            row.extend(set.clone());
            row.retain(|name, _| !remove.contains(name));
            proposal("put", &row)
        }
    })
}
