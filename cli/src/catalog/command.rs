//! `user-events catalog`.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};

use super::model::Catalogue;
use super::{asyncapi, documents, listing, site};
use crate::console::Console;
use crate::names;
use crate::workspace::Workspace;

/// What is published: list it, look at one event, write the documents
#[derive(Debug, Args)]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(List),
    Show(Show),
    /// Print the AsyncAPI 3 document, JSON
    Asyncapi,
    Site(site::Options),
    Write(Write),
}

/// List the events
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  user-events catalog list --category account\n  \
                        user-events catalog list --class contact --json")]
struct List {
    /// Only those of this category
    #[arg(long)]
    category: Option<String>,
    /// Only those that may hold this class of personal data
    #[arg(long)]
    class: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Show one event: when it is published, its fields, the change that causes it, an example
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  user-events catalog show UserRegistered\n  \
                        user-events catalog show user-deleted --schema")]
struct Show {
    /// Its type or name, in any case: UserRegisteredEventV1, UserRegistered, user-registered
    event: String,
    /// All of it as JSON
    #[arg(long, conflicts_with = "schema")]
    json: bool,
    /// Its schema only, JSON Schema 2020-12
    #[arg(long)]
    schema: bool,
}

/// Write everything that is generated: schemas/, docs/events/, docs/data-protection.md, docs/asyncapi.json,
/// infra/registry.yaml
#[derive(Debug, Args)]
struct Write {
    /// Write nothing; fail if a file is stale
    #[arg(long)]
    check: bool,
}

/// Does what the options ask for.
///
/// Fails when there is no such event, category or class, and when a file cannot be read or written.
pub fn run(options: &Options, console: &Console) -> Result<ExitCode> {
    match &options.action {
        Action::List(options) => list(options, console),
        Action::Show(options) => show(options, console),
        Action::Asyncapi => {
            console.line(format_args!("{:#}", asyncapi::document(&Catalogue::read()?)?));
            Ok(ExitCode::SUCCESS)
        }
        Action::Site(options) => site::run(options, &Workspace::find()?, console),
        Action::Write(options) if options.check => check(&Workspace::find()?, console),
        Action::Write(_) => write(&Workspace::find()?, console),
    }
}

/// Writes all that is generated, and says what changed.
///
/// Fails when a file cannot be written or removed.
pub fn write(workspace: &Workspace, console: &Console) -> Result<ExitCode> {
    for path in documents::write(workspace)? {
        let verb = if workspace.root().join(&path).is_file() {
            "written"
        } else {
            "removed"
        };
        console.line(format_args!("{verb} {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn check(workspace: &Workspace, console: &Console) -> Result<ExitCode> {
    let stale = documents::stale(workspace)?;
    for path in &stale {
        console.line(format_args!("{} is stale; run cargo schemas", path.display()));
    }
    Ok(match stale.as_slice() {
        [] => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn list(options: &List, console: &Console) -> Result<ExitCode> {
    let mut catalogue = Catalogue::read()?;
    if let Some(name) = &options.category {
        let name = names::category(name)?;
        catalogue.categories.retain(|category| category.name == name);
    }
    if let Some(class) = &options.class {
        let known: Vec<_> = catalogue
            .classes
            .iter()
            .map(|class| class.name.as_str())
            .collect();
        if !known.contains(&class.as_str()) {
            bail!("the classes are {}", known.join(", "));
        }
        for category in &mut catalogue.categories {
            category.events.retain(|event| event.classes.contains(class));
        }
    }
    if options.json {
        console.line(listing::json(&catalogue));
    } else {
        listing::print(&catalogue, console);
    }
    Ok(ExitCode::SUCCESS)
}

fn show(options: &Show, console: &Console) -> Result<ExitCode> {
    let (_, registration) = names::event(&options.event)?;
    let catalogue = Catalogue::read()?;
    let wanted = registration.event_type();
    for event in catalogue
        .events()
        .filter(|event| event.event_type == wanted.as_str())
    {
        if options.schema {
            console.line(format_args!("{:#}", event.schema));
        } else if options.json {
            console.line(format_args!("{:#}", serde_json::to_value(event)?));
        } else {
            listing::show(event, console);
        }
    }
    Ok(ExitCode::SUCCESS)
}
